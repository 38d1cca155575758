import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { listAppeals, recordAppealRefund, type Appeal } from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { ShowMore } from './ShowMore.tsx';
import { WrittenAct } from './WrittenAct.tsx';
import './console.css';

const REFRESH_SECONDS = 15;
const PAGE_ROWS = 50;

/** Results that candidates appealed: those that wait for an answer, and all. What marks them is reassigned with their attempt. */
export function Appeals() {
  const { t } = useTranslation('console');
  return (
    <Page title={t('appeals.title')}>
      <p className="soft">{t('appeals.about')}</p>
      <AppealList which="refundDue" />
      <AppealList which="open" />
      <AppealList which="settled" />
    </Page>
  );
}

type Which = 'refundDue' | 'open' | 'settled';

const ASKED = { refundDue: { refundDue: 'true' }, open: { open: 'true' }, settled: {} } as const satisfies Record<Which, object>;

function AppealList({ which }: { readonly which: Which }) {
  const { t } = useTranslation('console');
  const query = useInfiniteQuery({
    queryKey: ['appeals', which],
    queryFn: ({ pageParam }) => listAppeals({ ...ASKED[which], ...(pageParam !== null && { after: pageParam }), limit: PAGE_ROWS }),
    ...byCursor,
    ...live(REFRESH_SECONDS),
  });
  const appeals = query.data?.pages.flatMap((page) => page.appeals).filter((appeal) => stands(appeal) === which);
  // Where fees are asked for at all.
  if (which === 'refundDue' && !query.error && !appeals?.length) return null;
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

/** In which list it is: what staff have to do comes first. */
function stands({ state, refund }: Appeal): Which {
  if (state === 'open') return 'open';
  return refund === 'due' ? 'refundDue' : 'settled';
}

function Filed({ appeal }: { readonly appeal: Appeal }) {
  const { t, i18n } = useTranslation('console');
  const {
    attemptId,
    examVersion,
    test,
    state,
    items,
    feeReference,
    filedAt,
    promisedBy,
    settledAt,
    needsAttention,
    refund,
    refundReference,
    refundedBy,
    refundedAt,
  } = appeal;
  const facts = [
    [t('appeals.filedAt'), instantText(filedAt, i18n.language)] as const,
    ...(promisedBy === null ? [] : [[t('appeals.promisedBy'), instantText(promisedBy, i18n.language)] as const]),
    ...(settledAt === null ? [] : [[t('appeals.settledAt'), instantText(settledAt, i18n.language)] as const]),
    ...(feeReference === null ? [] : [[t('appeals.fee'), feeReference] as const]),
    ...(refundedAt === null ? [] : [[t('appeals.refundedAt'), instantText(refundedAt, i18n.language)] as const]),
    ...(refundReference === null ? [] : [[t('appeals.refundReference'), refundReference] as const]),
    ...(refundedBy === null ? [] : [[t('appeals.refundedBy'), refundedBy] as const]),
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
      {refund === 'due' && <Refund appeal={appeal} />}
    </li>
  );
}

/** The payment back is made elsewhere; that it was made is said here. */
function Refund({ appeal: { id: appealId, attemptId } }: { readonly appeal: Appeal }) {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  const [isAsked, setAsked] = useState(false);
  if (!mayAct) return null;
  return (
    <div>
      <Button className="button" onPress={() => setAsked(true)}>
        {t('appeals.refund')}
      </Button>
      {isAsked && (
        <WrittenAct
          title={t('appeals.refund')}
          label={t('appeals.refundReference')}
          perform={({ text: reference, idempotencyKey }) => recordAppealRefund({ appealId, idempotencyKey, appealRefund: { reference } })}
          changes={[['appeals'], ['story', attemptId]]}
          onClose={() => setAsked(false)}
        >
          <p>{t('appeals.refundAbout')}</p>
        </WrittenAct>
      )}
    </div>
  );
}
