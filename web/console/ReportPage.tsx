import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { FiguresList } from '../frame/FiguresList.tsx';
import { save } from '../frame/download.ts';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import {
  getReport,
  getReportDocument,
  type ExamVersionReport,
  type PeriodReport,
  type ReportedItem,
  type StandardSettingReport,
} from '../generated/client.ts';
import { useExamVersion } from './ExamVersionPage.tsx';
import { hasFault, ItemPlot } from './ItemPlot.tsx';
import { CaseStudyFigures } from './CaseStudyFigures.tsx';
import { FlagWords } from './FlagWords.tsx';
import { useEstimates } from './estimates.ts';
import { ReportTables, type TabledReport } from './ReportTables.tsx';
import { StandardFigures } from './StandardFigures.tsx';
import { dayText } from './report-days.ts';

/** Of an exam version how sure a pass is, which items mislead and why, and all figures of each item; of a period or a panel’s round its tables. */
export function ReportPage() {
  const { t, i18n } = useTranslation('console');
  const { reportId = '' } = useParams();
  const report = useQuery({ queryKey: ['report', reportId], queryFn: () => getReport({ reportId }), staleTime: Infinity });
  const taken = useMutation({
    mutationFn: async (as: Format) =>
      save(await getReportDocument({ reportId }, { headers: { Accept: MEDIA_TYPES[as], 'Accept-Language': i18n.language } })),
  });
  return (
    <Page
      title={report.data ? t('reports.of', { title: titleOf(report.data) }) : t('reports.title')}
      actions={
        report.data && (
          <>
            {FORMATS.map((as) => (
              <Button className="button" key={as} isDisabled={taken.isPending} onPress={() => taken.mutate(as)}>
                {t(as === 'csv' ? 'reports.download' : 'reports.downloadPdf')}
              </Button>
            ))}
          </>
        )
      }
    >
      {taken.error && <TroubleNote error={taken.error} onRetry={() => taken.mutate(taken.variables)} />}
      <Loaded query={report}>{(loaded) => <Said report={loaded} />}</Loaded>
    </Page>
  );

  function titleOf(one: ReportOfAny): string {
    if ('since' in one) return `${t(`reportKind.${one.kind}`)}, ${t('reports.period', daysOf(one, i18n.language))}`;
    return one.kind === 'items' ? one.title : t('reports.ofRound', { title: one.title, round: one.round });
  }
}

type ReportOfAny = ExamVersionReport | TabledReport;

const FORMATS = ['csv', 'pdf'] as const;
type Format = (typeof FORMATS)[number];
const MEDIA_TYPES: Readonly<Record<Format, string>> = { csv: 'text/csv', pdf: 'application/pdf' };

function Said({ report }: { readonly report: ReportOfAny }) {
  if (report.kind === 'items') return <Figures report={report} />;
  return 'since' in report ? <OfPeriod report={report} /> : <OfRound report={report} />;
}

function OfRound({ report }: { readonly report: StandardSettingReport }) {
  const { t } = useTranslation('console');
  return (
    <>
      <StandardFigures report={report} />
      <ReportTables report={report} />
      <p className="soft">{t('reports.record', { method: report.method, hash: report.contentHash })}</p>
    </>
  );
}

function daysOf({ since, until }: Pick<PeriodReport, 'since' | 'until'>, locale: string) {
  return { since: dayText(since, locale), until: dayText(until, locale) };
}

function OfPeriod({ report }: { readonly report: PeriodReport }) {
  const { t, i18n } = useTranslation('console');
  return (
    <>
      <p className="soft">{t('reports.knowsPeriod', { count: report.candidates, ...daysOf(report, i18n.language) })}</p>
      <ReportTables report={report} />
      <p className="soft">{t('reports.record', { method: report.method, hash: report.contentHash })}</p>
    </>
  );
}

/** The name of an item: the first line of what is asked. */
export type NameOf = (itemId: string) => string;

function Figures({ report }: { readonly report: ExamVersionReport }) {
  const { t, i18n } = useTranslation('console');
  const [examId = '', version] = report.examVersion.split('@');
  const { data } = useExamVersion(examId, Number(version));
  const nameOf: NameOf = (itemId) => data?.form.aptitudeTest.items.find(({ id }) => id === itemId)?.prompt.split('\n', 1)[0] ?? itemId;
  return (
    <>
      <p className="soft">
        {t('reports.knows', { count: report.candidates, until: instantText(report.until, i18n.language), examVersion: report.examVersion })}
      </p>
      <Sureness test={report.test} />
      <Flagged report={report} nameOf={nameOf} />
      <section className="section" aria-labelledby="plot">
        <h2 id="plot">{t('itemReport.plot')}</h2>
        <p>{t('reports.plotAbout')}</p>
        <ItemPlot items={report.items} nameOf={nameOf} />
      </section>
      <Items items={report.items} nameOf={nameOf} />
      {report.caseStudies.map((one) => (
        <CaseStudyFigures key={one.caseStudyId} figures={one} form={data?.form.caseStudies.find(({ id }) => id === one.caseStudyId)} />
      ))}
      <p className="soft">{t('reports.record', { method: report.method, hash: report.contentHash })}</p>
    </>
  );
}

function Sureness({ test }: Pick<ExamVersionReport, 'test'>) {
  const { t } = useTranslation('console');
  const { share, number, points, interval } = useEstimates();
  const { decisions } = test;
  const rows: readonly (readonly [string, string])[] = [
    [t('itemReport.passed'), t('itemReport.passedOf', { passed: number(test.passed), candidates: number(test.candidates) })],
    [t('itemReport.mean'), points(test.mean)],
    [t('itemReport.alpha'), interval(test.alpha)],
    [t('itemReport.error'), points(test.standardErrorAtPassMark ?? test.standardError)],
    [t('itemReport.consistency'), share(decisions?.consistency)],
    [t('itemReport.accuracy'), share(decisions?.accuracy)],
    [t('itemReport.falsePasses'), share(decisions?.falsePasses)],
    [t('itemReport.falseFails'), share(decisions?.falseFails)],
  ];
  return (
    <section className="section" aria-labelledby="sureness">
      <h2 id="sureness">{t('itemReport.sureness')}</h2>
      <p>{t('itemReport.surenessAbout', { passMark: share(test.passMark), points: points(test.points) })}</p>
      <FiguresList figures={rows} />
    </section>
  );
}

/** What may have cost points before remarks, and what is said of the whole test last: it explains the rest. */
function Flagged({ report: { test, items }, nameOf }: { readonly report: ExamVersionReport; readonly nameOf: NameOf }) {
  const { t } = useTranslation('console');
  const flagged = [
    ...items.map(({ id, flags }) => ({ id, about: nameOf(id), flags })),
    { id: '', about: t('itemReport.wholeTest'), flags: test.flags },
  ]
    .filter(({ flags }) => flags.length > 0)
    .toSorted((one, other) => Number(hasFault(other)) - Number(hasFault(one)));
  return (
    <section className="section" aria-labelledby="flagged">
      <h2 id="flagged">{t('itemReport.flagged')}</h2>
      {flagged.length === 0 && <p className="empty">{t('itemReport.nothingFlagged')}</p>}
      <ul className="plain-list">
        {flagged.map(({ id, about, flags }) => (
          <li className="card" key={id}>
            <div className="row spread">
              <h3>{about}</h3>
              <span className={`badge ${hasFault({ flags }) ? 'warning' : ''}`}>
                {t(`itemReport.grade.${hasFault({ flags }) ? 'fault' : 'remark'}`)}
              </span>
            </div>
            {flags.map((flag) => (
              <FlagWords key={flag.kind} flag={flag} />
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

const COLUMNS = ['item', 'answered', 'facility', 'discrimination', 'omitted', 'notReached', 'difficulty', 'without'] as const;

function Items({ items, nameOf }: { readonly items: readonly ReportedItem[]; readonly nameOf: NameOf }) {
  const { t } = useTranslation('console');
  const { share, number, interval, decimal } = useEstimates();
  return (
    <section className="section" aria-labelledby="items">
      <h2 id="items">{t('itemReport.items')}</h2>
      <p>{t('itemReport.itemsAbout')}</p>
      <FramedTable label={t('reports.table')} headings={COLUMNS.map((column) => t(`itemReport.${column}`))}>
        {items.map((item, index) => (
          <tr key={item.id}>
            <td>
              {index + 1}. {nameOf(item.id)}
            </td>
            <td>{number(item.answered)}</td>
            <td>{share(item.facility)}</td>
            <td>{interval(item.discrimination)}</td>
            <td>{number(item.omitted)}</td>
            <td>{number(item.notReached)}</td>
            <td>{decimal(item.rasch?.difficulty)}</td>
            <td>{t('itemReport.withoutIt', { toPass: number(item.decisionsWithout.toPass), toFail: number(item.decisionsWithout.toFail) })}</td>
          </tr>
        ))}
      </FramedTable>
      {items.map((item, index) => item.choices.length > 0 && <Choices key={item.id} item={item} name={`${index + 1}. ${nameOf(item.id)}`} />)}
    </section>
  );
}

function Choices({ item: { choices }, name }: { readonly item: ReportedItem; readonly name: string }) {
  const { t } = useTranslation('console');
  const { share, number, interval, decimal } = useEstimates();
  return (
    <details>
      <summary>{t('itemReport.choicesOf', { name })}</summary>
      <FramedTable
        label={t('itemReport.choicesOf', { name })}
        headings={(['choice', 'taken', 'share', 'discrimination', 'standing'] as const).map((column) => t(`itemReport.${column}`))}
      >
        {choices.map(({ id, isKey, taken, share: part, discrimination, standing }) => (
          <tr key={id}>
            <td>
              {id} {isKey && <span className="badge">{t('itemReport.key')}</span>}
            </td>
            <td>{number(taken)}</td>
            <td>{share(part)}</td>
            <td>{interval(discrimination)}</td>
            <td>{decimal(standing)}</td>
          </tr>
        ))}
      </FramedTable>
    </details>
  );
}
