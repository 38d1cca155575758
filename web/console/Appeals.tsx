import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { listAppeals, type Appeal } from '../generated/client.ts';
import { ShowMore } from './ShowMore.tsx';
import './console.css';

const REFRESH_SECONDS = 15;
const PAGE_ROWS = 50;

/** Results that candidates appealed: those that wait for an answer, and all. What marks them is reassigned with their attempt. */
export function Appeals() {
  const { t } = useTranslation('console');
  return (
    <Page title={t('appeals.title')}>
      <p className="soft">{t('appeals.about')}</p>
      <AppealList which="open" />
      <AppealList which="settled" />
    </Page>
  );
}

function AppealList({ which }: { readonly which: 'open' | 'settled' }) {
  const { t } = useTranslation('console');
  const isOpen = which === 'open';
  const query = useInfiniteQuery({
    queryKey: ['appeals', which],
    queryFn: ({ pageParam }) =>
      listAppeals({ ...(isOpen && { open: 'true' as const }), ...(pageParam !== null && { after: pageParam }), limit: PAGE_ROWS }),
    ...byCursor,
    ...live(REFRESH_SECONDS),
  });
  const appeals = query.data?.pages.flatMap((page) => page.appeals).filter(({ state }) => isOpen === (state === 'open'));
  return (
    <section className="section" aria-labelledby={which}>
      <h2 id={which}>{t(`appeals.${which}`)}</h2>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {appeals?.length === 0 && <p className="empty">{t('appeals.none')}</p>}
      <ul className="plain-list">
        {appeals?.map((appeal) => (
          <Filed key={appeal.id} appeal={appeal} />
        ))}
      </ul>
      <ShowMore query={query} />
    </section>
  );
}

function Filed({ appeal }: { readonly appeal: Appeal }) {
  const { t, i18n } = useTranslation('console');
  const { attemptId, examVersion, test, state, items, feeReference, filedAt, promisedBy, settledAt, needsAttention } = appeal;
  const facts = [
    [t('appeals.filedAt'), instantText(filedAt, i18n.language)] as const,
    ...(promisedBy === null ? [] : [[t('appeals.promisedBy'), instantText(promisedBy, i18n.language)] as const]),
    ...(settledAt === null ? [] : [[t('appeals.settledAt'), instantText(settledAt, i18n.language)] as const]),
    ...(feeReference === null ? [] : [[t('appeals.fee'), feeReference] as const]),
  ];
  return (
    <li className="card">
      <div className="row spread">
        <h3>
          {examVersion}, {t(`test.${test}`)}
        </h3>
        <span className="row">
          {needsAttention && <span className="badge warning">{t('appeals.needsAttention')}</span>}
          <span className="badge">{t(`appeals.state.${state}`)}</span>
        </span>
      </div>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <ul className="plain-list">
        {items.map(({ itemId, reason, text }) => (
          <li key={itemId}>
            <strong>
              {itemId}: {t(`appeals.reason.${reason}`)}
            </strong>
            <p className="written">{text}</p>
          </li>
        ))}
      </ul>
      <p>
        <Link to={`/attempts/${attemptId}`}>{t('claims.attempt')}</Link>
      </p>
    </li>
  );
}
