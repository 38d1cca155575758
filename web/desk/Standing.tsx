import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { getOwnStandardisation, type OwnStandardisation } from '../generated/client.ts';

type Exam = OwnStandardisation['exams'][number];

/** How far somebody in training is, by exam and test, and what comes next. */
export function Standing() {
  const { t } = useTranslation('desk');
  const standing = useQuery({ queryKey: ['standardisation'], queryFn: () => getOwnStandardisation() });
  return (
    <Loaded query={standing}>
      {({ exams }) =>
        exams.length === 0 ? (
          <p className="empty">{t('training.none')}</p>
        ) : (
          <div className="cards">
            {exams.map((exam) => (
              <OfExam key={`${exam.examId} ${exam.test}`} exam={exam} />
            ))}
          </div>
        )
      }
    </Loaded>
  );
}

function OfExam({ exam: { examId, test, scripts, needed, kappa, kappaNeeded, kappaLowAbove, isReached } }: { readonly exam: Exam }) {
  const { t, i18n } = useTranslation('desk');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const number = (value: number) => numbers.format(value);
  const asked = { needed: number(needed), kappa: number(kappaNeeded), low: number(kappaLowAbove) };
  return (
    <article className="card">
      <div className="row spread">
        <h3>{t(`seeds.script.${test}`, { examId })}</h3>
        {isReached && <span className="badge good">{t('training.proposed')}</span>}
      </div>
      <p>{t('training.progress', { scripts: number(scripts), needed: number(needed) })}</p>
      <progress value={scripts} max={needed} aria-label={t('training.progress', { scripts: number(scripts), needed: number(needed) })} />
      <p>
        {kappa === null
          ? t('training.tooFew')
          : t('training.kappa', { value: number(kappa.value), low: number(kappa.low), high: number(kappa.high) })}
      </p>
      <p className="soft">{t('training.asked', asked)}</p>
      {isReached && <p className="note good">{t('training.reached')}</p>}
      {!isReached && scripts >= needed && <p className="note">{t('training.notYet')}</p>}
    </article>
  );
}
