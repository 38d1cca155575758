import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { confirmClaimedAct, dismissClaimedAct, getAttemptStory, listClaimedActs, listCorrections, type ClaimedAct } from '../generated/client.ts';
import { Changes } from './Changes.tsx';
import { changesOfClaim, problemOfClaim } from './claims.ts';
import { inWords } from './words.ts';
import { ShowMore } from './ShowMore.tsx';
import './console.css';

const REFRESH_SECONDS = 15;
const PAGE_ROWS = 50;

/** Acts that were typed in the Temporal UI: who typed them nobody knows, so somebody else of staff confirms or dismisses them. */
export function Claims() {
  const { t } = useTranslation('console');
  const [done, setDone] = useState<string>();
  return (
    <Page title={t('claims.title')}>
      <p className="soft">{t('claims.about')}</p>
      {done && (
        <p className="note good" role="status">
          {done}
        </p>
      )}
      <ClaimList which="pending" onDone={setDone} />
      <ClaimList which="settled" onDone={setDone} />
    </Page>
  );
}

type ListProps = { readonly which: 'pending' | 'settled'; readonly onDone: (what: string) => void };

function ClaimList({ which, onDone }: ListProps) {
  const { t } = useTranslation('console');
  const isPending = which === 'pending';
  const query = useInfiniteQuery({
    queryKey: ['claimed-acts', which],
    queryFn: ({ pageParam }) =>
      listClaimedActs({ ...(isPending && { state: 'pending' as const }), ...(pageParam !== null && { after: pageParam }), limit: PAGE_ROWS }),
    ...byCursor,
    ...live(REFRESH_SECONDS),
  });
  const claims = query.data?.pages.flatMap(({ claimedActs }) => claimedActs).filter(({ state }) => isPending === (state === 'pending'));
  return (
    <section className="section" aria-labelledby={which}>
      <h2 id={which}>{t(`claims.${which}`)}</h2>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {claims?.length === 0 && <p className="empty">{t(isPending ? 'claims.none' : 'claims.noneSettled')}</p>}
      <ul className="plain-list">
        {claims?.map((claim) => (
          <Claim key={claim.id} claim={claim} onDone={onDone} />
        ))}
      </ul>
      <ShowMore query={query} />
    </section>
  );
}

const TERMS = ['window', 'test', 'deadline', 'assignmentId', 'grader', 'resolution', 'replacementHash', 'certificateId'] as const;

function Claim({ claim, onDone }: { readonly claim: ClaimedAct; readonly onDone: (what: string) => void }) {
  const { t, i18n } = useTranslation('console');
  // An auditor reads all and changes nothing.
  const mayAct = usePerson()?.roles.includes('staff') ?? false;
  const [asking, setAsking] = useState<'confirm' | 'dismiss'>();
  const { act, terms, attemptId, claimedBy, claimedAt, reason, state, settledBy, settledAt } = claim;
  const close = (what?: string) => {
    setAsking(undefined);
    if (what !== undefined) onDone(what);
  };
  const told = TERMS.flatMap((name) => {
    const value = terms[name];
    return value === undefined ? [] : [[t(`claims.term.${name}`), termInWords(i18n, name, value)] as const];
  });
  const facts = [
    ...told,
    [t('claims.claimedBy'), claimedBy] as const,
    [t('claims.claimedAt'), instantText(claimedAt, i18n.language)] as const,
    [t('claims.reason'), reason] as const,
    ...(settledBy === null ? [] : [[t('claims.settledBy'), settledBy] as const]),
    ...(settledAt === null ? [] : [[t('claims.settledAt'), instantText(settledAt, i18n.language)] as const]),
  ];
  return (
    <li className="card">
      <div className="row spread">
        <h3>{t(`claimedAct.${act}`)}</h3>
        <span className={`badge ${state === 'pending' ? 'warning' : ''}`}>{t(`claims.state.${state}`)}</span>
      </div>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        {t('claims.on')} {attemptId === null ? t('claims.correction') : <Link to={`/attempts/${attemptId}`}>{t('claims.attempt')}</Link>}
      </p>
      {mayAct && state === 'pending' && (
        <div className="row">
          <Button className="button" onPress={() => setAsking('confirm')}>
            {t('claims.confirm')}
          </Button>
          <Button className="button quiet" onPress={() => setAsking('dismiss')}>
            {t('claims.dismiss')}
          </Button>
        </div>
      )}
      {asking === 'confirm' && <Confirmation claim={claim} onClose={close} />}
      {asking === 'dismiss' && <Dismissal claim={claim} onClose={close} />}
    </li>
  );
}

function termInWords(texts: ReturnType<typeof useTranslation<'console'>>['i18n'], name: (typeof TERMS)[number], value: string): string {
  const words = inWords(texts, { [name]: value })[name];
  return typeof words === 'string' ? words : value;
}

type DialogProps = { readonly claim: ClaimedAct; readonly onClose: (done?: string) => void };

/** What it will change is read before it is confirmed, as of now: it may be another than when it was typed. */
function Confirmation({ claim, onClose }: DialogProps) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const { id: claimId, attemptId, correctionId } = claim;
  // One for each dialog that was opened: pressed twice, or repeated after a lost answer, the act is done once.
  const idempotencyKey = useRef(crypto.randomUUID());
  const story = useQuery({
    queryKey: ['story', attemptId],
    queryFn: () => getAttemptStory({ attemptId: attemptId ?? '' }),
    enabled: attemptId !== null,
  });
  const isSeen = attemptId === null || story.data !== undefined;
  const problem = problemOfClaim(claim, story.data);
  const act = t(`claimedAct.${claim.act}`);
  const doing = useMutation({
    mutationFn: () => confirmClaimedAct({ claimId, idempotencyKey: idempotencyKey.current }),
    onSuccess: async (done) => {
      await Promise.all(['claimed-acts', 'proposed-acts', 'story'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      onClose(t('operation' in done ? 'claims.proposed' : 'claims.done', { act }));
    },
  });
  return (
    <Confirm
      isOpen
      title={t('claims.confirmAsk', { act })}
      action={t('claims.confirm')}
      isPending={doing.isPending}
      onConfirm={() => isSeen && problem === undefined && doing.mutate()}
      onCancel={() => onClose()}
    >
      {correctionId !== null && <Doubt correctionId={correctionId} />}
      {!isSeen && !story.error && <p role="status">{t('claims.looking')}</p>}
      {story.error && <TroubleNote error={story.error} onRetry={() => void story.refetch()} />}
      {problem && (
        <p className="note warning" role="alert">
          {t(`problem.${problem.key}`)}
        </p>
      )}
      {isSeen && !problem && <Changes changes={changesOfClaim(claim, story.data)} />}
      {doing.error && <TroubleNote error={doing.error} />}
    </Confirm>
  );
}

/** Which certificate it is about, and why it is suspended. */
function Doubt({ correctionId }: { readonly correctionId: string }) {
  const { t } = useTranslation('console');
  const corrections = useQuery({ queryKey: ['corrections', 'open'], queryFn: () => listCorrections({ open: true }) });
  const correction = corrections.data?.corrections.find(({ id }) => id === correctionId);
  if (!correction) return null;
  return (
    <dl className="facts">
      <div>
        <dt>{t('claims.certificate')}</dt>
        <dd>{correction.certificateId}</dd>
      </div>
      <div>
        <dt>{t('claims.suspendedFor')}</dt>
        <dd>{correction.reason}</dd>
      </div>
    </dl>
  );
}

function Dismissal({ claim, onClose }: DialogProps) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const idempotencyKey = useRef(crypto.randomUUID());
  const [reason, setReason] = useState('');
  const isReady = reason.trim() !== '';
  const act = t(`claimedAct.${claim.act}`);
  const doing = useMutation({
    mutationFn: () => dismissClaimedAct({ claimId: claim.id, idempotencyKey: idempotencyKey.current, claimDismissal: { reason } }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['claimed-acts'] });
      onClose(t('claims.doneDismissed', { act }));
    },
  });
  return (
    <Confirm
      isOpen
      title={t('claims.dismissAsk', { act })}
      action={t('claims.dismiss')}
      isPending={doing.isPending}
      onConfirm={() => isReady && doing.mutate()}
      onCancel={() => onClose()}
    >
      <p>{t('claims.dismissed')}</p>
      <TextField className="field" value={reason} onChange={setReason} isRequired>
        <Label>{t('claims.dismissReason')}</Label>
        <TextArea className="input" rows={2} />
      </TextField>
      {!isReady && <p className="soft">{t('acts.fillIn')}</p>}
      {doing.error && <TroubleNote error={doing.error} />}
    </Confirm>
  );
}
