import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { listRegrades } from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { OpenRegrade } from './OpenRegrade.tsx';
import { ShowMore } from './ShowMore.tsx';
import './console.css';

const REFRESH_SECONDS = 15;
const PAGE_ROWS = 50;

/** Items, criteria and keys that were wrong, put right for everybody who had them; opened by one, applied by another. */
export function Regrades() {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const [isOpening, setIsOpening] = useState(false);
  const query = useInfiniteQuery({
    queryKey: ['regrades'],
    queryFn: ({ pageParam }) => listRegrades({ ...(pageParam !== null && { after: pageParam }), limit: PAGE_ROWS }),
    ...byCursor,
    ...live(REFRESH_SECONDS),
  });
  const regrades = query.data?.pages.flatMap((page) => page.regrades);
  return (
    <Page
      title={t('regrades.title')}
      actions={
        mayAct && (
          <Button className="button primary" onPress={() => setIsOpening(true)}>
            {t('regrades.open')}
          </Button>
        )
      }
    >
      <p className="soft">{t('regrades.about')}</p>
      {isOpening && <OpenRegrade onClose={() => setIsOpening(false)} />}
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {regrades?.length === 0 && <p className="empty">{t('regrades.none')}</p>}
      {regrades && regrades.length > 0 && (
        <ul className="plain-list">
          {regrades.map(({ id, examId, itemId, change, state, openedBy, openedAt, reason }) => (
            <li className="card" key={id}>
              <div className="row spread">
                <h2>
                  <Link to={`/regrades/${id}`}>{t('regrades.of', { itemId, examId })}</Link>
                </h2>
                <span className={`badge ${state === 'open' || state === 'applying' ? 'warning' : ''}`}>{t(`regrades.state.${state}`)}</span>
              </div>
              <p>{t(`regradeChange.${change.kind}`)}</p>
              <p>{t('regrades.openedBy', { who: openedBy, when: instantText(openedAt, i18n.language), reason })}</p>
            </li>
          ))}
        </ul>
      )}
      <ShowMore query={query} />
    </Page>
  );
}
