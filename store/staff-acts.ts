import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import { Refusal } from '../domain/refusal.ts';
import { needsConfirmation, type ActTerms, type StaffActKind } from '../domain/staff-act.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import { actBefore, recordAct, type ActDetails, type ActOrigin, type AuditedAct } from './audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';
import { commitFact, type Committed } from './deliveries.ts';

/** An act of staff as an Update names it, and what it is on. */
export type StaffAct = AuditedAct & {
  readonly kind: StaffActKind;
  readonly terms: ActTerms;
  readonly attemptId?: string | undefined;
  readonly certificateId?: string | undefined;
  readonly correctionId?: string | undefined;
};

/** Whether it may be done, with what its audit says of where it came from; or the claim that waits to be confirmed. */
export type Hearing = { readonly origin: ActOrigin | undefined } | { readonly awaitsConfirmation: string };

/** A claim lapses with what it is on: nothing is left to confirm once the attempt is over, or the correction settled. */
export const CLAIM_STATES = ['pending', 'confirmed', 'dismissed', 'lapsed'] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

export type ClaimRecord = {
  readonly id: string;
  readonly attemptId: string | null;
  readonly correctionId: string | null;
  readonly kind: StaffActKind;
  readonly terms: ActTerms;
  readonly claimedBy: string;
  readonly reason: string;
  readonly claimedAt: Date;
  readonly state: ClaimState;
  readonly settledBy: string | null;
  readonly settledAt: Date | null;
};

const withWhatItIsOn = {
  attempt: { select: { outcome: true } },
  correction: { select: { resolvedAt: true } },
} satisfies Prisma.ClaimedActInclude;
type ClaimRow = Prisma.ClaimedActGetPayload<{ include: typeof withWhatItIsOn }>;

const IS_OVER = {
  OR: [{ attempt: { outcome: { not: null } } }, { correction: { resolvedAt: { not: null } } }],
} satisfies Prisma.ClaimedActWhereInput;

function whereState(state: ClaimState): Prisma.ClaimedActWhereInput {
  switch (state) {
    case 'pending':
      return { state, NOT: IS_OVER };
    case 'lapsed':
      return { state: 'pending', ...IS_OVER };
    case 'confirmed':
    case 'dismissed':
      return { state };
  }
}

/** Acts of staff that reach workflows as Updates (docs/decisions/0017): those that the API vouches for, and those that are only claimed. */
export function createStaffActStore(context: RecordContext) {
  const { prisma, clock } = context;
  return {
    /** Says before the Update is sent who the API found to be acting. `claimId` is of the claim that this confirms. */
    vouch: async (act: Pick<StaffAct, 'actionKey' | 'kind' | 'terms' | 'actor' | 'reason'>, claimId: string | null = null): Promise<void> => {
      await prisma.$executeRaw`
        INSERT INTO vouched_act (action_key, content_hash, actor, claim_id, vouched_at)
        VALUES (${act.actionKey}, ${hashOf(act)}, ${act.actor}, ${claimId}::uuid, ${await clock()}) ON CONFLICT DO NOTHING`;
    },

    /** What was written down of an act that was done before; undefined of one that was not. */
    before: (actionKey: string): Promise<ActDetails | undefined> => actBefore(prisma, { actionKey }),

    /** Asked by the workflow before it acts. A repeat hears the same. Refused when it confirms what is settled already. */
    hear: (act: StaffAct): Promise<Hearing> => inTransaction(context, (tx) => hear(tx, context, act)),

    /** The act that confirmed a claim was refused: the claim stands again. */
    async release(actionKey: string): Promise<void> {
      await prisma.claimedAct.updateMany({
        where: { settledByAct: actionKey, state: 'confirmed' },
        data: { state: 'pending', settledBy: null, settledAt: null, settledByAct: null },
      });
    },

    /** Newest first. */
    async list({
      after,
      limit,
      state,
      attemptId,
    }: {
      after?: string | undefined;
      limit: number;
      state?: ClaimState | undefined;
      attemptId?: string | undefined;
    }): Promise<readonly ClaimRecord[]> {
      const rows = await prisma.claimedAct.findMany({
        where: {
          ...(state === undefined ? {} : whereState(state)),
          ...(attemptId === undefined ? {} : { attemptId }),
          ...(after === undefined ? {} : { id: { lt: after } }),
        },
        orderBy: { id: 'desc' },
        take: limit,
        include: withWhatItIsOn,
      });
      return rows.map(recordOf);
    },

    /** Refused as not found. */
    async read(claimId: string): Promise<ClaimRecord> {
      return recordOf(claimFound(await prisma.claimedAct.findUnique({ where: { id: claimId }, include: withWhatItIsOn })));
    },

    /** How many of those on a correction wait still. */
    countPending: ({ correctionId }: { correctionId: string }): Promise<number> =>
      prisma.claimedAct.count({ where: { correctionId, ...whereState('pending') } }),

    /** Refused with `claim_settled` when somebody else settled it, or otherwise. A repeat changes nothing. */
    dismiss: (request: { claimId: string; actor: string; reason: string }): Promise<Dismissed> =>
      inTransaction(context, (tx) => dismiss(tx, context, request)),
  };
}

/** Whose workflow is to hear of it: an attempt's by the delivery, of which a repeat has none, or a correction's. */
type Dismissed = { readonly committed?: Committed; readonly correctionId: string | null };

export type StaffActStore = ReturnType<typeof createStaffActStore>;

async function hear(tx: Transaction, { clock }: RecordContext, act: StaffAct): Promise<Hearing> {
  const { actionKey, kind, terms, actor, reason, attemptId = null, certificateId = null, correctionId = null } = act;
  const vouched = await tx.vouchedAct.findUnique({ where: { actionKey } });
  const at = await nowBy(clock, tx);
  if (vouched?.contentHash === hashOf(act)) {
    return { origin: vouched.claimId === null ? undefined : await confirm(tx, { claimId: vouched.claimId, act, at }) };
  }
  // What it did before stands: a workflow that was begun anew asks again.
  if (kind === 'suspend' && !(await actBefore(tx, { actionKey }))) throw suspendedByHand();
  if (!needsConfirmation(kind, terms)) return { origin: { claimed: true } };
  const id = uuidv7();
  const details = { act: kind, claimId: id, claimed: true, ...terms };
  if (await recordAct(tx, { actionKey: `claim:${actionKey}`, actor, reason }, { attemptId, certificateId, action: 'claim_act', details, at })) {
    await tx.claimedAct.create({
      data: { id, actionKey, attemptId, correctionId, kind, terms, claimedBy: actor, reason, claimedAt: at },
      select: { id: true },
    });
    return { awaitsConfirmation: id };
  }
  return { awaitsConfirmation: (await tx.claimedAct.findUniqueOrThrow({ where: { actionKey }, select: { id: true } })).id };
}

/** It takes two persons, and whoever starts a workflow by hand is none that we know. */
function suspendedByHand(): Refusal {
  return new Refusal(
    'second_person_needed',
    'Nothing is done: a certificate is suspended through the API or the console, where somebody else confirms it.',
  );
}

async function confirm(tx: Transaction, { claimId, act, at }: { claimId: string; act: StaffAct; at: Date }): Promise<ActOrigin> {
  const claim = await lockClaim(tx, claimId);
  const origin = { claimId, claimedBy: claim.claimedBy };
  if (claim.settledByAct === act.actionKey) return origin;
  refuseSettled(claim);
  await tx.claimedAct.update({
    where: { id: claimId },
    data: { state: 'confirmed', settledBy: act.actor, settledAt: at, settledByAct: act.actionKey },
    select: { id: true },
  });
  return origin;
}

async function dismiss(
  tx: Transaction,
  { clock }: RecordContext,
  { claimId, actor, reason }: { claimId: string; actor: string; reason: string },
): Promise<Dismissed> {
  const claim = await lockClaim(tx, claimId);
  const { attemptId, correctionId, kind, claimedBy } = claim;
  if (claim.state === 'dismissed' && claim.settledBy === actor) return { correctionId };
  refuseSettled(claim);
  const at = await nowBy(clock, tx);
  await tx.claimedAct.update({ where: { id: claimId }, data: { state: 'dismissed', settledBy: actor, settledAt: at }, select: { id: true } });
  const details = { act: kind, claimId, claimedBy };
  await recordAct(tx, { actionKey: `dismiss-claim:${claimId}`, actor, reason }, { attemptId, action: 'dismiss_claim', details, at });
  if (attemptId === null) return { correctionId };
  return { correctionId, committed: { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'claim_settled', at }) } };
}

/** Refused with `claim_settled` unless it waits still. */
export function refuseSettled({ state, settledBy }: Pick<ClaimRecord, 'state' | 'settledBy'>): void {
  if (state !== 'pending')
    throw new Refusal('claim_settled', `This act is ${state} already${settledBy === null ? '' : `, by ${settledBy}`}. Nothing was changed.`);
}

async function lockClaim(tx: Transaction, claimId: string): Promise<ClaimRecord & { settledByAct: string | null }> {
  await tx.$executeRaw`SELECT 1 FROM claimed_act WHERE id = ${claimId}::uuid FOR UPDATE`;
  return recordOf(claimFound(await tx.claimedAct.findUnique({ where: { id: claimId }, include: withWhatItIsOn })));
}

function claimFound(row: ClaimRow | null): ClaimRow {
  if (!row) throw new Refusal('not_found', 'There is no such act to confirm.');
  return row;
}

function recordOf({ actionKey: _actionKey, attempt, correction, ...row }: ClaimRow): ClaimRecord & { settledByAct: string | null } {
  const isOver = (attempt?.outcome ?? correction?.resolvedAt ?? null) !== null;
  const state = row.state === 'pending' && isOver ? 'lapsed' : (row.state as ClaimState);
  return { ...row, kind: row.kind as StaffActKind, terms: row.terms as ActTerms, state };
}

function hashOf({ kind, terms, actor, reason }: Pick<StaffAct, 'kind' | 'terms' | 'actor' | 'reason'>): string {
  return createHash('sha256')
    .update(canonicalize({ kind, terms, actor, reason }) ?? '')
    .digest('hex');
}
