import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { instantText } from '../frame/time.ts';
import { listReports, type Reports as Listed } from '../generated/client.ts';
import { dayText } from './report-days.ts';

/** What the weekly reports say of exam versions and of periods, the newest first. */
export function Reports() {
  const { t, i18n } = useTranslation('console');
  const reports = useQuery({ queryKey: ['reports'], queryFn: () => listReports({}) });
  const numbers = new Intl.NumberFormat(i18n.language);
  return (
    <Page title={t('reports.title')}>
      <p className="soft">{t('reports.about')}</p>
      <Loaded query={reports}>
        {({ reports: all }) =>
          all.length === 0 ? (
            <p className="empty">{t('reports.none')}</p>
          ) : (
            <FramedTable
              label={t('reports.title')}
              headings={(['what', 'scope', 'until', 'candidates'] as const).map((column) => t(`reports.${column}`))}
            >
              {all.map((report) => (
                <tr key={report.id}>
                  <td>
                    <Link to={`/reports/${report.id}`}>{t(`reportKind.${report.kind}`)}</Link>
                  </td>
                  <td>
                    <Scope report={report} />
                  </td>
                  <td>{instantText(report.until, i18n.language)}</td>
                  <td>{numbers.format(report.candidates)}</td>
                </tr>
              ))}
            </FramedTable>
          )
        }
      </Loaded>
    </Page>
  );
}

function Scope({ report }: { readonly report: Listed['reports'][number] }) {
  const { t, i18n } = useTranslation('console');
  if ('since' in report) return t('reports.period', { since: dayText(report.since, i18n.language), until: dayText(report.until, i18n.language) });
  return (
    <>
      {report.title} <span className="soft">{report.examVersion}</span>
    </>
  );
}
