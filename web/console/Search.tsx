import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { Input, Label, SearchField, Text } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Page } from '../frame/Page.tsx';
import { byCursor } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { searchAttempts, type FoundAttempt } from '../generated/client.ts';
import { NOTHING_SOUGHT, searchFor, type Sought } from './filters.ts';
import { Filters } from './Filters.tsx';
import { ShowMore } from './ShowMore.tsx';
import './console.css';

const PAGE_ROWS = 50;

/** Attempts as one types. What is sought stays with the window's history, so that "back" finds it again, and never stands in an address: it may be a name. */
export function Search() {
  const { t } = useTranslation('console');
  const navigate = useNavigate();
  const { state } = useLocation() as { readonly state: Partial<Sought> | null };
  // Kept here as well: what is typed must not wait for the router.
  const [sought, setSought] = useState<Sought>({ ...NOTHING_SOUGHT, ...state });
  const seek = (changed: Sought) => {
    setSought(changed);
    void navigate('/', { replace: true, state: changed });
  };
  const deferred = useDeferredValue(sought.text.trim());
  const query = useInfiniteQuery({
    queryKey: ['attempts', { ...sought, text: deferred }],
    queryFn: ({ pageParam, signal }) =>
      searchAttempts(
        {
          attemptSearch: {
            ...searchFor({ ...sought, text: deferred }, new Date()),
            ...(pageParam !== null && { after: pageParam }),
            limit: PAGE_ROWS,
          },
        },
        { signal },
      ),
    ...byCursor,
    placeholderData: keepPreviousData,
  });
  const found = query.data?.pages.flatMap(({ attempts }) => attempts);
  return (
    <Page title={t('search.title')}>
      <SearchField className="field" value={sought.text} onChange={(text) => seek({ ...sought, text })}>
        <Label>{t('search.label')}</Label>
        <Input className="input" autoComplete="off" />
        <Text slot="description">{t('search.hint')}</Text>
      </SearchField>
      <Filters sought={sought} onChange={seek} />
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      <p className="soft" role="status">
        {found === undefined ? t('search.searching') : t('search.found', { count: found.length, context: query.hasNextPage ? 'more' : undefined })}
      </p>
      {query.data?.pages.some(({ isPartial }) => isPartial) && <p className="note warning">{t('search.isPartial')}</p>}
      {found && found.length > 0 && <Found attempts={found} />}
      <ShowMore query={query} />
    </Page>
  );
}

function Found({ attempts }: { readonly attempts: readonly FoundAttempt[] }) {
  const { t, i18n } = useTranslation('console');
  return (
    <FramedTable label={t('search.title')} headings={[t('search.candidate'), t('search.exam'), t('search.phase'), t('search.due')]}>
      {attempts.map(({ id, candidate, examVersion, phase, dueAt, needsAttention }) => (
        <tr key={id}>
          <td>
            <Link to={`/attempts/${id}`}>{candidate.name}</Link>
            <br />
            <small>{candidate.email ?? candidate.subject}</small>
          </td>
          <td>{examVersion}</td>
          <td>
            {t(`phase.${phase}`)} {needsAttention && <span className="badge warning">{t('search.needsAttention')}</span>}
          </td>
          <td>{dueAt === null ? '–' : instantText(dueAt, i18n.language)}</td>
        </tr>
      ))}
    </FramedTable>
  );
}
