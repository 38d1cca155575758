import { v7 as uuidv7 } from 'uuid';
import { keepsRegister, type ErasurePolicy, type ErasureState } from '../../domain/erasure.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';
import { ERASURE_OBSTACLES, ERASURE_OBSTACLE_CODES, type ErasureObstacle } from './obstacles.ts';

export type ErasureRecord = {
  readonly id: string;
  readonly candidateId: string;
  readonly state: ErasureState;
  /** Imported ones that are theirs. */
  readonly certificateIds: readonly string[];
  readonly keepsRegister: boolean;
  readonly askedAt: Date | null;
  readonly settledBy: string | null;
  readonly settledReason: string | null;
  readonly settledAt: Date | null;
  readonly dueAt: Date | null;
  readonly recordsErasedAt: Date | null;
  readonly doneAt: Date | null;
};

const UNDER_WAY = ['asked', 'ordered'];

type OwnRequest = { readonly subject: string; readonly keepsRegister: boolean; readonly policy: ErasurePolicy };

/** A candidate asks that what is personal of them be erased. Asked again, it is the one that waits, with what they say of the register now. */
export function askForErasure(context: RecordContext, { subject, keepsRegister: asked, policy }: OwnRequest): Promise<ErasureRecord> {
  return inTransaction(context, async (tx) => {
    const candidateId = await lockCandidate(tx, Prisma.sql`c.subject = ${subject}`);
    const askedAt = await nowBy(context.clock, tx);
    const wanted = keepsRegister(policy, asked);
    const standing = await tx.erasure.findFirst({ where: { candidateId, kind: 'person', state: { in: UNDER_WAY } } });
    if (standing?.state === 'ordered') return recordOf(standing);
    if (!standing) return recordOf(await tx.erasure.create({ data: { id: uuidv7(), candidateId, state: 'asked', keepsRegister: wanted, askedAt } }));
    if (standing.keepsRegister === wanted) return recordOf(standing);
    return recordOf(await tx.erasure.update({ where: { id: standing.id }, data: { keepsRegister: wanted } }));
  });
}

/** A candidate takes back what they asked for. A repeat changes nothing; refused with `erasure_under_way` once it is ordered. */
export function withdrawErasure(context: RecordContext, { subject }: { subject: string }): Promise<void> {
  return inTransaction(context, async (tx) => {
    const candidateId = await lockCandidate(tx, Prisma.sql`c.subject = ${subject}`);
    const standing = await tx.erasure.findFirst({ where: { candidateId, kind: 'person', state: { in: UNDER_WAY } } });
    if (!standing) return;
    if (standing.state === 'ordered')
      throw new Refusal('erasure_under_way', 'The erasure is ordered already, and is being done. Write to staff at once if you do not want it.');
    await tx.erasure.update({ where: { id: standing.id }, data: { state: 'withdrawn', settledAt: await nowBy(context.clock, tx) } });
  });
}

/** What came of a candidate's own; undefined where they never asked and nothing was ordered. */
export async function readOwnErasure({ prisma }: RecordContext, { subject }: { subject: string }): Promise<ErasureRecord | undefined> {
  const row = await prisma.erasure.findFirst({ where: { candidate: { subject }, kind: 'person' }, orderBy: { id: 'desc' } });
  return row ? recordOf(row) : undefined;
}

/** The last one of a candidate; undefined where there is none. */
export async function readLastErasure({ prisma }: RecordContext, candidateId: string): Promise<ErasureRecord | undefined> {
  const row = await prisma.erasure.findFirst({ where: { candidateId, kind: 'person' }, orderBy: { id: 'desc' } });
  return row ? recordOf(row) : undefined;
}

/** Those that wait for staff or are being done, oldest first. */
export async function listErasures(
  { prisma }: RecordContext,
  { after, limit, reader }: { after?: string | undefined; limit: number; /** Whose own is left out. */ reader: string },
): Promise<readonly ErasureRecord[]> {
  const rows = await prisma.erasure.findMany({
    where: {
      kind: 'person',
      state: { in: UNDER_WAY },
      candidate: { subject: { not: reader } },
      ...(after === undefined ? {} : { id: { gt: after } }),
    },
    orderBy: { id: 'asc' },
    take: limit,
  });
  return rows.map(recordOf);
}

type Order = {
  readonly candidateId: string;
  /** Undefined: as the candidate asked, else not. */
  readonly keepsRegister: boolean | undefined;
  /** Imported ones that are theirs: those have no candidate. */
  readonly certificateIds: readonly string[];
  readonly reason: string;
  readonly actor: string;
  /** The proposed act by which two persons decided it. */
  readonly actId: string;
  readonly policy: ErasurePolicy;
};

/** Orders what two persons decided: it is done once the time is over for which all is kept. Refused with `erasure_stopped` where something stands in its way. */
export function orderErasure(context: RecordContext, order: Order): Promise<ErasureRecord> {
  const { candidateId, certificateIds, actId, actor, reason, policy } = order;
  return inTransaction(context, async (tx) => {
    await lockCandidate(tx, Prisma.sql`c.id = ${candidateId}::uuid`);
    const before = await tx.erasure.findFirst({ where: { candidateId, kind: 'person', state: { in: UNDER_WAY } } });
    if (before?.actId === actId) return recordOf(before);
    await refuseErasure(tx, candidateId);
    await importedOf(tx, certificateIds);
    const now = await nowBy(context.clock, tx);
    const dueAt = await dueAtOf(tx, { candidateId, now, policy });
    const wanted = keepsRegister(policy, order.keepsRegister ?? before?.keepsRegister ?? false);
    const data = { state: 'ordered', keepsRegister: wanted, certificateIds: [...certificateIds], actId, settledBy: actor, settledAt: now, dueAt };
    const erasure = before
      ? await tx.erasure.update({ where: { id: before.id }, data })
      : await tx.erasure.create({ data: { id: uuidv7(), candidateId, ...data } });
    const details = { erasureId: erasure.id, candidateId, keepsRegister: wanted, certificateIds: [...certificateIds] };
    await recordAct(tx, { actionKey: `order-erasure:${actId}`, actor, reason }, { attemptId: null, action: 'order_erasure', details, at: now });
    return recordOf(erasure);
  });
}

/** Refused as `orderErasure` refuses; tells when it would be done, and whose name the imported certificates say. */
export function previewErasure(
  context: RecordContext,
  { candidateId, certificateIds, policy }: Pick<Order, 'candidateId' | 'certificateIds' | 'policy'>,
): Promise<{ readonly dueAt: Date; readonly names: readonly string[] }> {
  return inTransaction(context, async (tx) => {
    await refuseErasure(tx, candidateId);
    const names = (await importedOf(tx, certificateIds)).map(({ name }) => name);
    return { dueAt: await dueAtOf(tx, { candidateId, now: await nowBy(context.clock, tx), policy }), names };
  });
}

/** Refused where one is none that was imported, which is somebody's already. */
export async function importedOf(
  tx: Transaction,
  certificateIds: readonly string[],
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  if (certificateIds.length === 0) return [];
  const where = { id: { in: [...certificateIds] }, attemptId: null, candidateId: null };
  const found = await tx.certificate.findMany({ where, select: { id: true, name: true }, orderBy: { id: 'asc' } });
  const missing = certificateIds.find((id) => !found.some((certificate) => certificate.id === id));
  if (missing !== undefined) throw new Refusal('not_found', `${missing} is no certificate that was imported.`);
  return found;
}

/** Staff say that it is not done, and why. A repeat changes nothing; refused as not found where nothing was asked for. */
export function declineErasure(
  context: RecordContext,
  { candidateId, actor, reason }: { candidateId: string; actor: string; reason: string },
): Promise<ErasureRecord> {
  return inTransaction(context, async (tx) => {
    await lockCandidate(tx, Prisma.sql`c.id = ${candidateId}::uuid`);
    const last = await tx.erasure.findFirst({ where: { candidateId, kind: 'person' }, orderBy: { id: 'desc' } });
    if (last?.state === 'declined') return recordOf(last);
    if (last?.state === 'ordered') throw new Refusal('erasure_under_way', 'The erasure is ordered already. A hold stops it, if need be.');
    if (last?.state !== 'asked') throw new Refusal('not_found', 'This candidate asked for no erasure.');
    const at = await nowBy(context.clock, tx);
    const details = { erasureId: last.id, candidateId };
    const act = { actionKey: `decline-erasure:${last.id}`, actor, reason };
    await recordAct(tx, act, { attemptId: null, action: 'decline_erasure', details, at });
    const data = { state: 'declined', settledBy: actor, settledReason: reason, settledAt: at };
    return recordOf(await tx.erasure.update({ where: { id: last.id }, data }));
  });
}

/** What stands in the way of erasing somebody, in the order in which it is told. */
export async function obstaclesTo(tx: Pick<Transaction, '$queryRaw'>, candidateId: string): Promise<readonly ErasureObstacle[]> {
  const asked = ERASURE_OBSTACLE_CODES.map((code) => Prisma.sql`EXISTS (${Prisma.raw(ERASURE_OBSTACLES[code])}) AS ${Prisma.raw(`"${code}"`)}`);
  const [row] = await tx.$queryRaw<[Record<ErasureObstacle, boolean>]>`
    SELECT ${Prisma.join(asked)} FROM (SELECT ${candidateId}::uuid AS v_candidate) x`;
  return ERASURE_OBSTACLE_CODES.filter((code) => row[code]);
}

const WHAT_TO_DO: Readonly<Record<ErasureObstacle, string>> = {
  on_hold: 'a hold stands, and has to be released',
  attempt_open: 'an attempt is open: it has to end first, also by being withdrawn',
  appeal_open: 'an appeal is open: it has to be answered or withdrawn',
  complaint_open: 'a complaint waits for its answer',
  correction_open: 'a certificate is suspended: the doubt has to be settled',
  act_waiting: 'an act on this candidate waits for a second person: confirm, refuse or withdraw it',
  typed_act_waiting: 'an act that was typed in the Temporal UI waits: confirm or dismiss it',
  seed_standing: 'a script is handed out to graders as a seed: end the seed',
  regrade_open: 'a regrade is about a result of theirs: apply it, or cancel it',
};

async function refuseErasure(tx: Transaction, candidateId: string): Promise<void> {
  const obstacles = await obstaclesTo(tx, candidateId);
  if (obstacles.length === 0) return;
  const what = obstacles.map((obstacle) => WHAT_TO_DO[obstacle]).join('; ');
  throw new Refusal('erasure_stopped', `Nothing was ordered: ${what}.`, { obstacles });
}

async function dueAtOf(tx: Transaction, { candidateId, now, policy }: { candidateId: string; now: Date; policy: ErasurePolicy }): Promise<Date> {
  const { _max } = await tx.attempt.aggregate({ where: { candidateId }, _max: { settledAt: true } });
  const kept = _max.settledAt === null ? now : new Date(_max.settledAt.getTime() + policy.afterDays * 86_400_000);
  return kept > now ? kept : now;
}

async function lockCandidate(tx: Transaction, condition: Prisma.Sql): Promise<string> {
  const [row] = await tx.$queryRaw<{ id: string }[]>`SELECT c.id FROM candidate c WHERE ${condition} FOR UPDATE`;
  if (!row) throw new Refusal('not_found', 'Nothing is kept of such a person.');
  return row.id;
}

function recordOf({ state, actId: _actId, ...row }: Prisma.ErasureGetPayload<object>): ErasureRecord {
  return { ...row, state: state as ErasureState };
}
