import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import {
  breakGlass,
  confirmProposedAct,
  getProposedAct,
  listProposedActs,
  refuseProposedAct,
  reviewBrokenGlass,
  withdrawProposedAct,
  type EffectPart,
  type ProposedAct,
} from '../generated/client.ts';
import { PROPOSED_OPERATIONS } from './proposed-operations.ts';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';
import { ShowMore } from './ShowMore.tsx';
import './console.css';

const REFRESH_SECONDS = 15;
const PAGE_ROWS = 50;
const LISTS = ['unreviewed', 'waiting', 'settled'] as const;
type List = (typeof LISTS)[number];

/** Acts that take two persons: what waits for the second one, what one person did alone, and what became of the rest. */
export function TwoPersons() {
  const { t } = useTranslation('console');
  const [done, setDone] = useState<string>();
  return (
    <Page title={t('twoPersons.title')}>
      <p className="soft">{t('twoPersons.about')}</p>
      {done && (
        <p className="note good" role="status">
          {done}
        </p>
      )}
      {LISTS.map((which) => (
        <ActList key={which} which={which} onDone={setDone} />
      ))}
    </Page>
  );
}

type ListProps = { readonly which: List; readonly onDone: (what: string) => void };

function ActList({ which, onDone }: ListProps) {
  const { t } = useTranslation('console');
  const query = useInfiniteQuery({
    queryKey: ['proposed-acts', which],
    queryFn: ({ pageParam }) => listProposedActs({ which, ...(pageParam !== null && { after: pageParam }), limit: PAGE_ROWS }),
    ...byCursor,
    ...live(REFRESH_SECONDS),
  });
  const acts = query.data?.pages.flatMap((page) => page.acts);
  if (which === 'unreviewed' && acts?.length === 0) return null;
  return (
    <section className="section" aria-labelledby={which}>
      <h2 id={which}>{t(`twoPersons.list.${which}`)}</h2>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {acts?.length === 0 && <p className="empty">{t(which === 'waiting' ? 'twoPersons.none' : 'twoPersons.noneSettled')}</p>}
      <ul className="plain-list">
        {acts?.map((act) => (
          <One key={act.id} act={act} onDone={onDone} />
        ))}
      </ul>
      <ShowMore query={query} />
    </section>
  );
}

const STEPS = ['confirm', 'refuse', 'withdraw', 'breakGlass', 'review'] as const;
type Step = (typeof STEPS)[number];

/** What this person may do with it: the API has the last word, on whom they know and marked as well. */
function stepsOf({ state, proposedBy, settledBy, isBreakGlass, reviewedBy }: ProposedAct, subject: string | undefined): readonly Step[] {
  const isFirst = proposedBy === subject;
  if (state === 'open') return isFirst ? ['withdraw', 'breakGlass'] : ['confirm', 'refuse', 'breakGlass'];
  const goOn: readonly Step[] = state === 'confirmed' && !isFirst ? ['confirm'] : [];
  const isToReview = isBreakGlass && reviewedBy === null && !isFirst && settledBy !== subject;
  return isToReview ? [...goOn, 'review'] : goOn;
}

function useOperation() {
  const { t } = useTranslation('console');
  return (operation: string) => {
    const known = PROPOSED_OPERATIONS.find((one) => one === operation);
    return known ? t(`twoPersons.operation.${known}`) : operation;
  };
}

function One({ act, onDone }: { readonly act: ProposedAct; readonly onDone: (what: string) => void }) {
  const { t, i18n } = useTranslation('console');
  const operation = useOperation();
  const mayAct = useMayAct();
  const subject = usePerson()?.subject;
  const [step, setStep] = useState<Step>();
  const steps = mayAct ? stepsOf(act, subject) : [];
  return (
    <li className="card">
      <div className="row spread">
        <h3>{operation(act.operation)}</h3>
        <span className={`badge ${isLoud(act) ? 'warning' : ''}`}>
          {t(`twoPersons.state.${isLoud(act) && act.isBreakGlass ? 'alone' : act.state}`)}
        </span>
      </div>
      <dl className="facts">
        {factsOf(act).map(([name, value]) => (
          <div key={name}>
            <dt>{t(`twoPersons.fact.${name}`)}</dt>
            <dd>{name === 'expiresAt' || name === 'proposedAt' || name === 'settledAt' ? instantText(value, i18n.language) : value}</dd>
          </div>
        ))}
      </dl>
      {act.attemptId !== null && (
        <p>
          <Link to={`/attempts/${act.attemptId}`}>{t('twoPersons.attempt')}</Link>
        </p>
      )}
      {steps.length > 0 && (
        <div className="row">
          {steps.map((one) => (
            <Button className={`button ${one === 'breakGlass' ? 'grave' : ''}`} key={one} onPress={() => setStep(one)}>
              {t(`twoPersons.step.${one}`)}
            </Button>
          ))}
        </div>
      )}
      {step && (
        <StepDialog
          act={act}
          step={step}
          onClose={(isDone) => {
            setStep(undefined);
            if (isDone) onDone(t(`twoPersons.done.${step}`, { act: operation(act.operation) }));
          }}
        />
      )}
    </li>
  );
}

function isLoud({ state, isBreakGlass, reviewedBy }: ProposedAct): boolean {
  return state === 'open' || state === 'confirmed' || (isBreakGlass && reviewedBy === null);
}

type Fact = 'reason' | 'proposedBy' | 'proposedAt' | 'expiresAt' | 'settledBy' | 'settledAt' | 'settledReason' | 'failure' | 'reviewedBy' | 'review';

function factsOf(act: ProposedAct): readonly (readonly [Fact, string])[] {
  const all: readonly (readonly [Fact, string | null])[] = [
    ['reason', act.reason],
    ['proposedBy', act.proposedBy],
    ['proposedAt', act.proposedAt],
    ['expiresAt', act.state === 'open' ? act.expiresAt : null],
    ['settledBy', act.settledBy],
    ['settledAt', act.settledAt],
    ['settledReason', act.settledReason],
    ['failure', act.failure],
    ['reviewedBy', act.reviewedBy],
    ['review', act.review],
  ];
  return all.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

type StepProps = { readonly act: ProposedAct; readonly step: Step; readonly onClose: (isDone: boolean) => void };

function StepDialog({ act: { id: actId }, step, onClose }: StepProps) {
  const { t } = useTranslation('console');
  // What it would do as of now is read before it is done: it may be another than when it was proposed.
  const details = useQuery({ queryKey: ['proposed-act', actId], queryFn: () => getProposedAct({ actId }) });
  const obstacle = details.data?.obstacle ?? undefined;
  const doesIt = step === 'confirm' || step === 'breakGlass';
  return (
    <ReasonedAct
      title={t(`twoPersons.step.${step}`)}
      isReady={!doesIt || (details.data !== undefined && obstacle === undefined)}
      takesReason={step !== 'confirm'}
      perform={({ reason, idempotencyKey }) => perform(step, { actId, reason, idempotencyKey })}
      changes={[['proposed-acts'], ['story'], ['corrections'], ['accommodations'], ['claimed-acts'], ['retention-periods']]}
      onClose={onClose}
    >
      <p>{t(`twoPersons.meaning.${step}`)}</p>
      {details.error && <TroubleNote error={details.error} onRetry={() => void details.refetch()} />}
      {obstacle !== undefined && (
        <p className="note warning" role="alert">
          {t('twoPersons.obstacle', { code: obstacle })}
        </p>
      )}
      {details.data?.effect && <Effect effect={details.data.effect} />}
    </ReasonedAct>
  );
}

function perform(step: Step, { actId, reason, idempotencyKey }: { actId: string; reason: string; idempotencyKey: string }): Promise<unknown> {
  switch (step) {
    case 'confirm':
      return confirmProposedAct({ actId, idempotencyKey });
    case 'refuse':
      return refuseProposedAct({ actId, idempotencyKey, actReason: { reason } });
    case 'withdraw':
      return withdrawProposedAct({ actId, idempotencyKey, actReason: { reason } });
    case 'breakGlass':
      return breakGlass({ actId, idempotencyKey, actReason: { reason } });
    case 'review':
      return reviewBrokenGlass({ actId, idempotencyKey, brokenGlassReview: { review: reason } });
  }
}

function Effect({ effect }: { readonly effect: readonly EffectPart[] }) {
  const { t, i18n } = useTranslation('console');
  const shown = (what: EffectPart['what'], value: string | null) => {
    if (value === null) return t('twoPersons.nothing');
    return what === 'deadline' || what === 'accommodation_from' || what === 'personal_data' ? instantText(value, i18n.language) : value;
  };
  return (
    <div>
      <h3>{t('acts.changes')}</h3>
      <ul className="changes">
        {effect.map(({ what, from, to }) => (
          <li key={what}>{t('twoPersons.becomes', { what: t(`twoPersons.effect.${what}`), from: shown(what, from), to: shown(what, to) })}</li>
        ))}
      </ul>
    </div>
  );
}
