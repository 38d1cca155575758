import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import {
  applyRegrade,
  cancelRegrade,
  getRegrade,
  listRegradedDecisions,
  previewRegrade,
  type Regrade,
  type RegradedDecision,
} from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';
import { ShowMore } from './ShowMore.tsx';
import './console.css';

const REFRESH_SECONDS = 5;
const PAGE_ROWS = 50;
const EFFECTS = ['passes', 'raised', 'would_fail', 'would_lower', 'unchanged'] as const;
type Effect = (typeof EFFECTS)[number];

/** One regrade: what it would do to whom, then how far it has come; applied by another person than who opened it. */
export function RegradePage() {
  const { t } = useTranslation('console');
  const { regradeId = '' } = useParams();
  const query = useQuery({ queryKey: ['regrades', regradeId], queryFn: () => getRegrade({ regradeId }), ...live(REFRESH_SECONDS) });
  return (
    <Page
      title={query.data ? t('regrades.of', query.data) : t('regrades.title')}
      actions={query.data?.state === 'open' && <Acts regrade={query.data} />}
    >
      <Loaded query={query}>
        {(regrade) => (
          <>
            <Facts regrade={regrade} />
            <Counts regrade={regrade} />
            <Decisions regrade={regrade} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

const ACTS = ['apply', 'preview', 'cancel'] as const;

function Acts({ regrade }: { readonly regrade: Regrade }) {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  const isOwn = usePerson()?.subject === regrade.openedBy;
  const [act, setAct] = useState<(typeof ACTS)[number]>();
  if (!mayAct) return null;
  const { id: regradeId, previewHash } = regrade;
  return (
    <div className="row">
      {ACTS.filter((one) => one !== 'apply' || (!isOwn && previewHash !== null)).map((one) => (
        <Button className={`button ${one === 'apply' ? 'primary' : ''}`} key={one} onPress={() => setAct(one)}>
          {t(`regrades.${one}`)}
        </Button>
      ))}
      {act && (
        <ReasonedAct
          title={t(`regrades.${act}`)}
          perform={({ reason, idempotencyKey }) => {
            switch (act) {
              case 'apply':
                return applyRegrade({ regradeId, idempotencyKey, regradeApplication: { previewHash: previewHash ?? '', reason } });
              case 'preview':
                return previewRegrade({ regradeId, idempotencyKey });
              case 'cancel':
                return cancelRegrade({ regradeId, idempotencyKey, regradeCancellation: { reason } });
            }
          }}
          changes={[['regrades']]}
          onClose={() => setAct(undefined)}
        >
          <p>{t(`regrades.${act}About`)}</p>
        </ReasonedAct>
      )}
    </div>
  );
}

function Facts({ regrade }: { readonly regrade: Regrade }) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const isOwn = usePerson()?.subject === regrade.openedBy;
  const {
    examId,
    versions,
    caseStudyId,
    itemId,
    change,
    submittedFrom,
    submittedUntil,
    state,
    openedBy,
    openedAt,
    reason,
    settledBy,
    settledAt,
    settledReason,
    finishedAt,
  } = regrade;
  const when = (instant: string | null) => (instant === null ? '–' : instantText(instant, i18n.language));
  const facts = [
    [t('regrades.exam'), `${examId}, ${versions.join(', ')}`],
    ...(caseStudyId === null ? [] : [[t('test.case_study'), caseStudyId]]),
    [t('regrades.item'), itemId],
    [t('regrades.change'), t(`regradeChange.${change.kind}`)],
    ...(change.kind === 'key' ? [[t('regrades.correct'), change.correct.join(', ')]] : []),
    ...(change.kind === 'mapping'
      ? [
          [
            t('regrades.points'),
            Object.entries(change.pointsByChoice)
              .map(([id, points]) => `${id} ${points}`)
              .join(', '),
          ],
        ]
      : []),
    ...(submittedFrom === null ? [] : [[t('regrades.submittedFrom'), when(submittedFrom)]]),
    ...(submittedUntil === null ? [] : [[t('regrades.submittedUntil'), when(submittedUntil)]]),
  ] as const;
  return (
    <section className="section" aria-label={t('regrades.title')}>
      <p>
        <span className="badge">{t(`regrades.state.${state}`)}</span> {t('regrades.openedBy', { who: openedBy, when: when(openedAt), reason })}{' '}
        {settledBy !== null && t('regrades.settledBy', { who: settledBy, when: when(settledAt), reason: settledReason ?? '' })}{' '}
        {finishedAt !== null && t('regrades.finished', { when: when(finishedAt) })}
      </p>
      {state === 'open' && mayAct && isOwn && <p className="note">{t('regrades.secondPerson')}</p>}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Counts({ regrade: { counts } }: { readonly regrade: Regrade }) {
  const { t } = useTranslation('console');
  return (
    <section className="section" aria-labelledby="counts">
      <h2 id="counts">{t('regrades.counts')}</h2>
      {counts.length === 0 && <p className="empty">{t('regrades.nobody')}</p>}
      <ul>
        {counts.map(({ effect, state, decisions }) => (
          <li key={`${effect} ${state}`}>
            {t(`regrades.effect.${effect}`)}, {t(`regrades.changeState.${state}`)}: <strong>{decisions}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Decisions({ regrade: { id: regradeId, state, counts } }: { readonly regrade: Regrade }) {
  const { t } = useTranslation('console');
  const [chosen, setEffect] = useState<Effect>();
  // First what weighs most of what there is.
  const effect = chosen ?? EFFECTS.find((one) => counts.some((count) => count.effect === one)) ?? 'passes';
  const query = useInfiniteQuery({
    queryKey: ['regrades', regradeId, 'changes', effect, state],
    queryFn: ({ pageParam }) => listRegradedDecisions({ regradeId, effect, limit: PAGE_ROWS, ...(pageParam !== null && { after: pageParam }) }),
    ...byCursor,
  });
  const changes = query.data?.pages.flatMap((page) => page.changes);
  return (
    <section className="section" aria-labelledby="decisions">
      <h2 id="decisions">{t('regrades.decisions')}</h2>
      <div className="field">
        <label htmlFor="effect">{t('regrades.which')}</label>
        <select id="effect" className="input" value={effect} onChange={({ target }) => setEffect(target.value as Effect)}>
          {EFFECTS.map((one) => (
            <option key={one} value={one}>
              {t(`regrades.effect.${one}`)}
            </option>
          ))}
        </select>
      </div>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {changes?.length === 0 && <p className="empty">{t('regrades.nobody')}</p>}
      {changes && changes.length > 0 && <Table changes={changes} label={t(`regrades.effect.${effect}`)} />}
      <ShowMore query={query} />
    </section>
  );
}

function Table({ changes, label }: { readonly changes: readonly RegradedDecision[]; readonly label: string }) {
  const { t, i18n } = useTranslation('console');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const resultText = ({ points, pointsMax, score }: RegradedDecision['before']) =>
    `${t('regrades.result', { points: numbers.format(points), max: numbers.format(pointsMax) })}${score === null ? '' : `, ${numbers.format(Number(score))} %`}`;
  return (
    <FramedTable
      label={label}
      headings={[
        t('regrades.attempt'),
        t('regrades.before'),
        t('regrades.after'),
        t('regrades.told'),
        t('regrades.certificate'),
        t('regrades.standing'),
      ]}
    >
      {changes.map(({ decisionId, attemptId, before, after, toldAt, certificateId, state, waitsFor }) => (
        <tr key={decisionId}>
          <td>
            <Link to={`/attempts/${attemptId}`}>{t('claims.attempt')}</Link>
          </td>
          <td>{resultText(before)}</td>
          <td>{resultText(after)}</td>
          <td>{instantText(toldAt, i18n.language)}</td>
          <td>{certificateId === null ? '–' : t('regrades.hasCertificate')}</td>
          <td>
            {t(`regrades.changeState.${state}`)}
            {waitsFor !== null && <>: {t(`regrades.wait.${waitsFor}`)}</>}
          </td>
        </tr>
      ))}
    </FramedTable>
  );
}
