import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { listAllAssignments, type StaffAssignment } from '../generated/client.ts';
import { ShowMore } from './ShowMore.tsx';

const PAGE_ROWS = 50;
const REFRESH_SECONDS = 30;

/** Work under way, what is due first at the top: who holds what until when. It is taken from somebody on the attempt's page. */
export function Leases() {
  const { t } = useTranslation(['console', 'frame']);
  const query = useInfiniteQuery({
    queryKey: ['leases'],
    queryFn: ({ pageParam }) => listAllAssignments({ state: 'open', limit: PAGE_ROWS, ...(pageParam !== null && { after: pageParam }) }),
    ...byCursor,
    ...live(REFRESH_SECONDS),
  });
  const assignments = query.data?.pages.flatMap((page) => page.assignments);
  return (
    <Page title={t('leases.title')}>
      <p className="soft">{t('leases.about')}</p>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {assignments === undefined && !query.error && (
        <p className="loading" role="status">
          {t('frame:loading')}
        </p>
      )}
      {assignments?.length === 0 && <p className="empty">{t('leases.none')}</p>}
      {assignments && assignments.length > 0 && <Held assignments={assignments} />}
      <ShowMore query={query} />
    </Page>
  );
}

function Held({ assignments }: { readonly assignments: readonly StaffAssignment[] }) {
  const { t, i18n } = useTranslation('console');
  return (
    <FramedTable label={t('leases.title')} headings={[t('leases.work'), t('leases.holder'), t('leases.until'), t('leases.due')]}>
      {assignments.map(({ id, attemptId, test, purpose, seat, holder, leaseExpiresAt, dueAt, unstaffedBecause }) => (
        <tr key={id}>
          <td>
            <Link to={`/attempts/${attemptId}`}>{t(`purpose.${purpose}`, { test: t(`test.${test}`), seat })}</Link>
            {unstaffedBecause !== null && (
              <>
                <br />
                <span className="badge warning">{t('leases.unstaffed')}</span> <small lang="en">{unstaffedBecause}</small>
              </>
            )}
          </td>
          <td>{holder ?? t('leases.nobody')}</td>
          <td>{leaseExpiresAt === null ? '–' : instantText(leaseExpiresAt, i18n.language)}</td>
          <td>{instantText(dueAt, i18n.language)}</td>
        </tr>
      ))}
    </FramedTable>
  );
}
