import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { instantText } from '../frame/time.ts';
import { getGraderTraining, grantQualification, type GraderTraining } from '../generated/client.ts';
import { useMayActOn } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

type Exam = GraderTraining['exams'][number];
type Script = GraderTraining['scripts'][number];

/** What somebody gave in training beside what is agreed, how far they are, and the grant; nothing of who never was in training. */
export function Training({ grader }: { readonly grader: string }) {
  const { t } = useTranslation('console');
  const training = useQuery({ queryKey: ['training', grader], queryFn: () => getGraderTraining({ subject: grader }) });
  if (training.data?.scripts.length === 0) return null;
  return (
    <section className="section" aria-labelledby="training">
      <h2 id="training">{t('training.title')}</h2>
      <Loaded query={training}>
        {({ exams, scripts }) => (
          <>
            <div className="cards">
              {exams.map((exam) => (
                <Standing key={`${exam.examId} ${exam.test}`} grader={grader} exam={exam} />
              ))}
            </div>
            <ul className="plain-list">
              {scripts.map((script) => (
                <Compared key={script.assignmentId} script={script} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </section>
  );
}

function Standing({ grader, exam }: { readonly grader: string; readonly exam: Exam }) {
  const { t } = useTranslation('console');
  const { examId, test, isReached } = exam;
  return (
    <article className="card">
      <div className="row spread">
        <h3>{t('training.of', { examId, test: t(`test.${test}`) })}</h3>
        {isReached && <span className="badge good">{t('training.proposed')}</span>}
      </div>
      <StandingFigures exam={exam} />
      <Grant grader={grader} exam={exam} />
    </article>
  );
}

export function StandingFigures({ exam: { scripts, needed, kappa, kappaNeeded, kappaLowAbove } }: { readonly exam: Exam }) {
  const { t, i18n } = useTranslation('console');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  return (
    <>
      <p>
        {t('training.progress', { scripts: numbers.format(scripts), needed: numbers.format(needed) })}{' '}
        {kappa === null
          ? t('training.tooFew')
          : t('training.kappa', { value: numbers.format(kappa.value), low: numbers.format(kappa.low), high: numbers.format(kappa.high) })}
      </p>
      <p className="soft">{t('training.asked', { kappa: numbers.format(kappaNeeded), low: numbers.format(kappaLowAbove) })}</p>
    </>
  );
}

/** Granted only where it is proposed, and never by who it is about. */
export function Grant({ grader, exam: { examId, test, isReached } }: { readonly grader: string; readonly exam: Exam }) {
  const { t } = useTranslation('console');
  const mayAct = useMayActOn(grader);
  const [isOpen, setIsOpen] = useState(false);
  if (!mayAct || !isReached) return null;
  return (
    <>
      <div>
        <Button className="button primary" onPress={() => setIsOpen(true)}>
          {t('training.grant')}
        </Button>
      </div>
      {isOpen && (
        <ReasonedAct
          title={t('training.grant')}
          perform={({ reason, idempotencyKey }) =>
            grantQualification({ subject: grader, idempotencyKey, qualificationGrant: { examId, test, reason } })
          }
          changes={[['training', grader], ['grader', grader], ['graders'], ['standardisations']]}
          onClose={() => setIsOpen(false)}
        >
          <p>{t('training.grantAbout', { grader, what: t('training.of', { examId, test: t(`test.${test}`) }) })}</p>
          <p className="soft">{t('training.refuseAbout')}</p>
        </ReasonedAct>
      )}
    </>
  );
}

function Compared({ script: { examId, test, completedAt, isEnded, items } }: { readonly script: Script }) {
  const { t, i18n } = useTranslation('console');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const pointsOf = (hundredths: number) => numbers.format(hundredths / 100);
  const sum = (side: 'given' | 'agreed') => items.reduce((total, item) => total + Math.round(item[side].points * 100), 0);
  const title = t('training.scriptOf', { examId, test: t(`test.${test}`), when: instantText(completedAt, i18n.language) });
  return (
    <li className="card">
      <div className="row spread">
        <h3>{title}</h3>
        {isEnded && <span className="badge">{t('training.counts')}</span>}
      </div>
      <p>{t('training.sums', { given: pointsOf(sum('given')), agreed: pointsOf(sum('agreed')) })}</p>
      <details>
        <summary>{t('training.parts')}</summary>
        <FramedTable label={title} headings={[t('training.part'), t('training.given'), t('training.agreed')]}>
          {items.map(({ itemId, title: part, pointsMax, given, agreed }) => (
            <tr key={itemId}>
              <td>{part.split('\n', 1)[0]}</td>
              {[given, agreed].map(({ points, reason }, side) => (
                <td key={side === 0 ? 'given' : 'agreed'}>
                  {t('training.points', { points: numbers.format(points), max: numbers.format(pointsMax) })}
                  {reason !== '' && <p className="soft">{reason}</p>}
                </td>
              ))}
            </tr>
          ))}
        </FramedTable>
      </details>
    </li>
  );
}
