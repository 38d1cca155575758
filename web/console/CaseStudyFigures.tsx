import { useTranslation } from 'react-i18next';
import { FramedTable } from '../frame/FramedTable.tsx';
import type { CompleteExamForm, ReportedCaseStudy } from '../generated/client.ts';
import { FlagWords } from './FlagWords.tsx';
import { useEstimates } from './estimates.ts';

type FormOf = CompleteExamForm['caseStudies'][number];

const COLUMNS = ['criterion', 'answered', 'facility', 'discrimination', 'alphaWithout', 'without'] as const;

/** How hard each criterion of a case study is, and what should be looked at. People mark it: there are no choices, and nothing is left blank. */
export function CaseStudyFigures({
  figures: { caseStudyId, test, items },
  form,
}: {
  readonly figures: ReportedCaseStudy;
  readonly form: FormOf | undefined;
}) {
  const { t } = useTranslation('console');
  const { share, number, interval, decimal } = useEstimates();
  const title = t('itemReport.caseStudy', { title: form?.title ?? caseStudyId });
  const nameOf = (criterionId: string) => form?.rubric.find(({ id }) => id === criterionId)?.title ?? criterionId;
  const flagged = items.filter(({ flags }) => flags.length > 0);
  return (
    <section className="section" aria-labelledby={`case-study-${caseStudyId}`}>
      <h2 id={`case-study-${caseStudyId}`}>{title}</h2>
      <p>{t('reports.caseStudyAbout', { candidates: number(test.candidates), passed: number(test.passed), alpha: interval(test.alpha) })}</p>
      <ul className="plain-list">
        {flagged.map(({ id, flags }) => (
          <li className="card" key={id}>
            <h3>{nameOf(id)}</h3>
            {flags.map((flag) => (
              <FlagWords key={flag.kind} flag={flag} />
            ))}
          </li>
        ))}
      </ul>
      <FramedTable label={t('reports.figuresOf', { title })} headings={COLUMNS.map((column) => t(`itemReport.${column}`))}>
        {items.map((criterion) => (
          <tr key={criterion.id}>
            <td>{nameOf(criterion.id)}</td>
            <td>{number(criterion.answered)}</td>
            <td>{share(criterion.facility)}</td>
            <td>{interval(criterion.discrimination)}</td>
            <td>{decimal(criterion.alphaWithout)}</td>
            <td>
              {t('itemReport.withoutIt', { toPass: number(criterion.decisionsWithout.toPass), toFail: number(criterion.decisionsWithout.toFail) })}
            </td>
          </tr>
        ))}
      </FramedTable>
    </section>
  );
}
