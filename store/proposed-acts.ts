import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import { Refusal } from '../domain/refusal.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import { recordAct } from './audit.ts';
import { inTransaction, keyReused, nowBy, type RecordContext, type Transaction } from './context.ts';
import { writeEvents } from './events/write.ts';
import type { Person } from './interests.ts';
import { isSamePerson, mailHashOf } from './same-person.ts';
import { tellOfBrokenGlass } from './staff-mails.ts';

export const PROPOSED_ACT_STATES = ['open', 'confirmed', 'done', 'failed', 'refused', 'withdrawn', 'expired'] as const;
type ProposedActState = (typeof PROPOSED_ACT_STATES)[number];

/** What is to be done, as it was asked for: an operation of the API with its path and body. */
export type ActToPropose = {
  readonly operation: string;
  /** The path, which says what it is done to. */
  readonly target: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly reason: string;
  /** Of the request's Idempotency-Key: under it the act is the same, whatever became of it. */
  readonly requestKey: string | undefined;
  readonly attemptId: string | null;
  readonly candidateId: string | null;
};

/** What the operation answered when it was done. */
export type ActAnswer = { readonly status: number; readonly body?: unknown };

export type ProposedAct = {
  readonly id: string;
  readonly operation: string;
  readonly target: string;
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly contentHash: string;
  readonly reason: string;
  readonly attemptId: string | null;
  readonly proposedBy: string;
  readonly proposedAt: Date;
  readonly expiresAt: Date;
  readonly state: ProposedActState;
  readonly isBreakGlass: boolean;
  readonly settledBy: string | null;
  readonly settledReason: string | null;
  readonly settledAt: Date | null;
  readonly answer: ActAnswer | null;
  readonly failure: string | null;
  readonly endedAt: Date | null;
  readonly reviewedBy: string | null;
  readonly review: string | null;
  readonly reviewedAt: Date | null;
};

/** A second person who does not come within it finds nothing to confirm any more: what was right a week ago is proposed anew. */
const EXPIRES_AFTER_DAYS = 7;

type Settling = { readonly actId: string; readonly person: Person };

/** Acts that take two persons (docs/decisions/0023). Who may be the second one by what they have to do with the candidate, the API asks before. */
export function createProposedActStore(context: RecordContext) {
  const { prisma } = context;
  return {
    /** The same again by the same person is the act that waits. Refused with `act_proposed` where another one of its kind waits on the same thing. */
    propose: (act: ActToPropose, person: Person): Promise<ProposedAct> => inTransaction(context, (tx) => propose(tx, context, { act, person })),

    /** What was proposed under a request's key before. */
    byRequest: (requestKey: string) => prisma.proposedAct.findUnique({ where: { requestKey }, select: { id: true } }),

    /** Refused as not found. */
    async read(actId: string): Promise<ProposedAct> {
      return recordOf(await nowBy(context.clock, prisma), found(await prisma.proposedAct.findUnique({ where: { id: actId } })));
    },

    /** Newest first. */
    async list({ after, limit, which, attemptId }: ListRequest): Promise<readonly ProposedAct[]> {
      const now = await nowBy(context.clock, prisma);
      const rows = await prisma.proposedAct.findMany({
        where: {
          ...(which === undefined ? {} : whereOf(which, now)),
          ...(attemptId === undefined ? {} : { attemptId }),
          ...(after === undefined ? {} : { id: { lt: after } }),
        },
        orderBy: { id: 'desc' },
        take: limit,
      });
      return rows.map((row) => recordOf(now, row));
    },

    /**
     * By another person than who proposed it: from then on it is to be done, and no time runs out for it. Once confirmed, whoever may confirm brings it
     * to its end. Refused with `second_person_needed`, and with `act_settled` once it is settled otherwise or expired.
     */
    confirm: (request: Settling): Promise<ProposedAct> => inTransaction(context, (tx) => confirm(tx, context, request)),

    /** One person alone, at once, with a reason; told to everybody by an event and mails in the same transaction, and reviewed by somebody else. */
    breakGlass: (request: Settling & { reason: string }): Promise<ProposedAct> => inTransaction(context, (tx) => breakGlass(tx, context, request)),

    /** By who proposed it. A repeat changes nothing. */
    withdraw: (request: Settling & { reason: string }): Promise<ProposedAct> =>
      inTransaction(context, (tx) => decline(tx, context, { ...request, state: 'withdrawn' })),

    /** By another person than who proposed it. A repeat changes nothing. */
    refuse: (request: Settling & { reason: string }): Promise<ProposedAct> =>
      inTransaction(context, (tx) => decline(tx, context, { ...request, state: 'refused' })),

    /** It is done: what it answered stays. A repeat changes nothing. */
    done: (actId: string, answer: ActAnswer): Promise<ProposedAct> =>
      end(context, actId, { state: 'done', answer: JSON.parse(JSON.stringify(answer)) as Prisma.InputJsonObject }),

    /** It could not be done any more, for what changed since it was proposed. */
    failed: (actId: string, failure: string): Promise<ProposedAct> => end(context, actId, { state: 'failed', failure }),

    /** What one person did alone is looked at by another who had no part in it. A repeat changes nothing. */
    review: (request: Settling & { review: string }): Promise<ProposedAct> => inTransaction(context, (tx) => review(tx, context, request)),
  };
}

/** `unreviewed`: done by one person alone, and nobody else has looked at it yet. */
export const PROPOSED_ACT_LISTS = ['waiting', 'unreviewed', 'settled'] as const;
type ProposedActList = (typeof PROPOSED_ACT_LISTS)[number];

type ListRequest = {
  readonly after?: string | undefined;
  readonly limit: number;
  readonly which?: ProposedActList | undefined;
  readonly attemptId?: string | undefined;
};

function whereOf(which: ProposedActList, now: Date): Prisma.ProposedActWhereInput {
  const waits = { OR: [{ state: 'confirmed' }, { state: 'open', expiresAt: { gt: now } }] };
  const unreviewed = { isBreakGlass: true, reviewedAt: null };
  switch (which) {
    case 'waiting':
      return waits;
    case 'unreviewed':
      return unreviewed;
    case 'settled':
      return { AND: [{ NOT: waits }, { NOT: unreviewed }] };
  }
}

async function propose(tx: Transaction, { clock }: RecordContext, { act, person }: { act: ActToPropose; person: Person }): Promise<ProposedAct> {
  const { operation, target, params, body, reason, requestKey = null, attemptId, candidateId } = act;
  const now = await nowBy(clock, tx);
  const contentHash = hashOf(act);
  const before = requestKey === null ? null : await tx.proposedAct.findUnique({ where: { requestKey } });
  if (before && before.contentHash !== contentHash) throw keyReused();
  if (before) return recordOf(now, before);
  await tx.$executeRaw`UPDATE proposed_act SET state = 'expired' WHERE operation = ${operation} AND target = ${target} AND state = 'open' AND expires_at <= ${now}`;
  const id = uuidv7();
  const row = {
    id,
    operation,
    target,
    params,
    ...(body === undefined ? {} : { body: body as Prisma.InputJsonValue }),
    contentHash,
    requestKey,
    reason,
    attemptId,
    candidateId,
    proposedBy: person.subject,
    proposedByMail: mailHashOf(person.email),
    proposedAt: now,
    expiresAt: new Date(now.getTime() + EXPIRES_AFTER_DAYS * 86_400_000),
  };
  const { count } = await tx.proposedAct.createMany({ data: [row], skipDuplicates: true });
  if (count > 0) {
    const details = { actId: id, operation, contentHash };
    await recordAct(tx, { actionKey: `propose-act:${id}`, actor: person.subject, reason }, { attemptId, action: 'propose_act', details, at: now });
    return recordOf(now, found(await tx.proposedAct.findUnique({ where: { id } })));
  }
  // Under the same key by two at once, or one of its kind waits.
  const waiting = await tx.proposedAct.findFirst({
    where: { OR: [...(requestKey === null ? [] : [{ requestKey }]), { operation, target, state: { in: ['open', 'confirmed'] } }] },
  });
  if (waiting && waiting.contentHash === contentHash && waiting.proposedBy === person.subject) return recordOf(now, waiting);
  throw new Refusal(
    'act_proposed',
    'Another act of this kind waits for a second person. It has to be confirmed, refused or withdrawn first.',
    waiting ? { actId: waiting.id } : {},
  );
}

async function confirm(tx: Transaction, context: RecordContext, { actId, person }: Settling): Promise<ProposedAct> {
  const { act, now, mail } = await lock(tx, context, actId);
  if (act.state === 'done' && act.settledBy === person.subject) return act;
  if (act.state !== 'confirmed') refuseSettled(act);
  await refuseFirst(tx, { act, mail, person });
  if (act.state === 'confirmed') return act;
  await tx.proposedAct.update({ where: { id: actId }, data: { state: 'confirmed', settledBy: person.subject, settledAt: now } });
  await audit(tx, act, { action: 'confirm_act', actor: person.subject, reason: act.reason, now });
  return readLocked(tx, context, actId);
}

async function breakGlass(tx: Transaction, context: RecordContext, { actId, person, reason }: Settling & { reason: string }): Promise<ProposedAct> {
  const { act, now } = await lock(tx, context, actId);
  if (act.isBreakGlass && act.settledBy === person.subject) return act;
  refuseSettled(act);
  const data = { state: 'confirmed', isBreakGlass: true, settledBy: person.subject, settledReason: reason, settledAt: now };
  await tx.proposedAct.update({ where: { id: actId }, data });
  await audit(tx, act, { action: 'break_glass', actor: person.subject, reason, now });
  const { operation, attemptId } = act;
  await writeEvents(tx, [{ type: 'duties.glass_broken', key: attemptId ?? actId, data: { actId, operation } }], now);
  await tellOfBrokenGlass(tx, { actId, operation, now });
  return readLocked(tx, context, actId);
}

async function decline(
  tx: Transaction,
  context: RecordContext,
  { actId, person, reason, state }: Settling & { reason: string; state: 'refused' | 'withdrawn' },
): Promise<ProposedAct> {
  const { act, now, mail } = await lock(tx, context, actId);
  if (act.state === state && act.settledBy === person.subject) return act;
  refuseSettled(act);
  if (state === 'refused') await refuseFirst(tx, { act, mail, person });
  else if (act.proposedBy !== person.subject) throw new Refusal('second_person_needed', 'Whoever proposed an act withdraws it. Refuse it instead.');
  await tx.proposedAct.update({ where: { id: actId }, data: { state, settledBy: person.subject, settledReason: reason, settledAt: now } });
  await audit(tx, act, { action: state === 'refused' ? 'refuse_act' : 'withdraw_act', actor: person.subject, reason, now });
  return readLocked(tx, context, actId);
}

async function review(
  tx: Transaction,
  context: RecordContext,
  { actId, person, review: words }: Settling & { review: string },
): Promise<ProposedAct> {
  const { act, now, mail } = await lock(tx, context, actId);
  if (act.reviewedBy === person.subject) return act;
  if (!act.isBreakGlass || act.reviewedBy !== null)
    throw new Refusal(
      'act_settled',
      act.isBreakGlass ? 'Somebody has reviewed this already. Nothing was changed.' : 'Two persons did this: there is nothing to review.',
    );
  await refuseFirst(tx, { act, mail, person });
  if (await isSamePerson(tx, person, act.settledBy ?? ''))
    throw new Refusal('second_person_needed', 'You did this alone. Somebody else of staff has to review it.');
  await tx.proposedAct.update({ where: { id: actId }, data: { reviewedBy: person.subject, review: words, reviewedAt: now } });
  await audit(tx, act, { action: 'review_act', actor: person.subject, reason: words, now });
  return readLocked(tx, context, actId);
}

/** Refused to whoever proposed it, under whichever account. */
async function refuseFirst(tx: Transaction, { act, mail, person }: { act: ProposedAct; mail: string | null; person: Person }): Promise<void> {
  const isSame = (mail !== null && mail === mailHashOf(person.email)) || (await isSamePerson(tx, person, act.proposedBy));
  if (isSame) throw new Refusal('second_person_needed', 'You proposed this yourself. Somebody else of staff has to look at it and settle it.');
}

function refuseSettled({ state, settledBy }: ProposedAct): void {
  if (state === 'open') return;
  const by = settledBy === null ? '' : `, by ${settledBy}`;
  throw new Refusal('act_settled', `This act is ${state} already${by}. Nothing was changed.`, { state });
}

type Audited = {
  readonly action: 'confirm_act' | 'break_glass' | 'refuse_act' | 'withdraw_act' | 'review_act';
  readonly actor: string;
  readonly reason: string;
  readonly now: Date;
};

async function audit(
  tx: Transaction,
  { id, operation, proposedBy, contentHash, attemptId }: ProposedAct,
  { action, actor, reason, now }: Audited,
): Promise<void> {
  const details = { actId: id, operation, proposedBy, contentHash };
  await recordAct(tx, { actionKey: `${action.replace('_', '-')}:${id}`, actor, reason }, { attemptId, action, details, at: now });
}

/** Once: whoever comes second finds it as it was ended. */
async function end({ prisma, clock }: RecordContext, actId: string, data: Prisma.ProposedActUpdateManyMutationInput): Promise<ProposedAct> {
  const now = await nowBy(clock, prisma);
  await prisma.proposedAct.updateMany({ where: { id: actId, state: 'confirmed' }, data: { ...data, endedAt: now } });
  return recordOf(now, found(await prisma.proposedAct.findUnique({ where: { id: actId } })));
}

/** With the hash of the proposer's address, which leaves this file no more than the address. */
async function lock(tx: Transaction, context: RecordContext, actId: string): Promise<{ act: ProposedAct; now: Date; mail: string | null }> {
  await tx.$executeRaw`SELECT 1 FROM proposed_act WHERE id = ${actId}::uuid FOR UPDATE`;
  // Read after the lock: whoever waited for it may come too late.
  const now = await nowBy(context.clock, tx);
  const row = found(await tx.proposedAct.findUnique({ where: { id: actId } }));
  return { act: recordOf(now, row), now, mail: row.proposedByMail };
}

async function readLocked(tx: Transaction, context: RecordContext, actId: string): Promise<ProposedAct> {
  return (await lock(tx, context, actId)).act;
}

type Row = Prisma.ProposedActGetPayload<object>;

function found(row: Row | null): Row {
  if (!row) throw new Refusal('not_found', 'There is no such act.');
  return row;
}

function recordOf(now: Date, { requestKey: _key, proposedByMail: _mail, candidateId: _candidateId, ...row }: Row): ProposedAct {
  const isExpired = row.state === 'open' && row.expiresAt <= now;
  return {
    ...row,
    params: row.params as Record<string, string>,
    state: isExpired ? 'expired' : (row.state as ProposedActState),
    answer: row.answer as ActAnswer | null,
  };
}

function hashOf({ operation, params, body = null }: Pick<ActToPropose, 'operation' | 'params' | 'body'>): string {
  return createHash('sha256')
    .update(canonicalize({ operation, params, body }) ?? '')
    .digest('hex');
}
