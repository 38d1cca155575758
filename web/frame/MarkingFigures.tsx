import { useTranslation } from 'react-i18next';
import type { Agreement } from '../generated/client.ts';
import { FiguresList } from './FiguresList.tsx';
import { FramedTable } from './FramedTable.tsx';
import { durationText } from './time.ts';

type Exam = Agreement['exams'][number];
type Item = Exam['items'][number];

/** How one grader marks: beside others who marked the same, and how long a script takes, by exam and test. */
export function MarkingFigures({ exams }: { readonly exams: readonly Exam[] }) {
  const { t, i18n } = useTranslation('frame');
  const { numbers, interval, share } = useFigures();
  return (
    <div className="cards">
      {exams.map((exam) => (
        <article className="card" key={`${exam.examId} ${exam.test}`}>
          <h2>
            {exam.examId} · {t(`figures.test.${exam.test}`)}
          </h2>
          <FiguresList
            figures={[
              [t('figures.scripts'), numbers.format(exam.scripts)],
              [t('figures.pairs'), numbers.format(exam.pairs)],
              [t('figures.kappa'), interval(exam.kappa)],
              [t('figures.icc'), interval(exam.icc)],
              [t('figures.severity'), share(exam.severity)],
              [t('figures.spread'), share(exam.spread)],
              [t('figures.distance'), share(exam.distance)],
              [t('figures.seenAgain'), numbers.format(exam.seenAgain)],
              [t('figures.overturned'), share(exam.overturnedShare)],
              [t('figures.timed'), numbers.format(exam.timed)],
              [
                t('figures.median'),
                exam.activeSecondsMedian === null ? t('figures.notTimed') : durationText(exam.activeSecondsMedian, i18n.language),
              ],
            ]}
          />
          {exam.items.length > 0 && <Items items={exam.items} />}
        </article>
      ))}
    </div>
  );
}

function Items({ items }: { readonly items: readonly Item[] }) {
  const { t } = useTranslation('frame');
  const { numbers, share } = useFigures();
  return (
    <details>
      <summary>{t('figures.items')}</summary>
      <FramedTable
        label={t('figures.items')}
        headings={[t('figures.item'), t('figures.shortPairs'), t('figures.shortSeverity'), t('figures.shortSpread'), t('figures.shortDistance')]}
      >
        {items.map(({ version, caseStudyId, itemId, pairs, severity, spread, distance }) => (
          <tr key={`${version} ${caseStudyId} ${itemId}`}>
            <td>{[`@${version}`, caseStudyId, itemId].filter((part) => part !== null).join(' · ')}</td>
            <td>{numbers.format(pairs)}</td>
            <td>{share(severity)}</td>
            <td>{share(spread)}</td>
            <td>{share(distance)}</td>
          </tr>
        ))}
      </FramedTable>
    </details>
  );
}

function useFigures() {
  const { t, i18n } = useTranslation('frame');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 });
  const interval = (value: Exam['kappa']) =>
    value === null
      ? t('figures.tooFew')
      : t('figures.interval', { value: numbers.format(value.value), low: numbers.format(value.low), high: numbers.format(value.high) });
  return { numbers, interval, share: (value: number | null) => (value === null ? t('figures.tooFew') : percent.format(value)) };
}
