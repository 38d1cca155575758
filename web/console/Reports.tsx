import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { instantText } from '../frame/time.ts';
import { listReports } from '../generated/client.ts';

/** What the weekly reports say of exam versions, the newest first. */
export function Reports() {
  const { t, i18n } = useTranslation('console');
  const reports = useQuery({ queryKey: ['reports'], queryFn: () => listReports() });
  const numbers = new Intl.NumberFormat(i18n.language);
  return (
    <Page title={t('reports.title')}>
      <p className="soft">{t('reports.about')}</p>
      <Loaded query={reports}>
        {({ reports: all }) =>
          all.length === 0 ? (
            <p className="empty">{t('reports.none')}</p>
          ) : (
            <div className="table-frame" role="region" aria-label={t('reports.title')} tabIndex={0}>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">{t('reports.exam')}</th>
                    <th scope="col">{t('reports.until')}</th>
                    <th scope="col">{t('reports.candidates')}</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map(({ id, title, examVersion, until, candidates }) => (
                    <tr key={id}>
                      <td>
                        <Link to={`/reports/${id}`}>{title}</Link> <span className="soft">{examVersion}</span>
                      </td>
                      <td>{instantText(until, i18n.language)}</td>
                      <td>{numbers.format(candidates)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
