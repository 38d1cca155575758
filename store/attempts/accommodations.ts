import { v7 as uuidv7 } from 'uuid';
import { phaseOf, windowOf, type Instant } from '../../domain/attempt.ts';
import { percentAt, percentSince, type AccommodationKind } from '../../domain/limit.ts';
import { Refusal } from '../../domain/refusal.ts';
import { lockAttempt, readAttempt } from '../attempt-rows.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, writeTogether, type RecordContext, type Transaction } from '../context.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import { examNotPublished, type ExamContext } from '../exam-versions.ts';
import { addExtension, lockWindow, openWindowOf } from '../limits.ts';
import { tidingsWrite } from '../tidings.ts';

/** What staff grant a candidate. `examId` null is every exam; `evidence` refers to a document, and holds nothing of it. */
export type AccommodationToRecord = {
  readonly examId: string | null;
  readonly kind: AccommodationKind;
  readonly percent: number;
  /** Left out: from now. */
  readonly validFrom?: Date | undefined;
  readonly validUntil: Date | null;
  readonly evidence: string | null;
};

export type AccommodationRecord = {
  readonly id: string;
  readonly candidateId: string;
  readonly examId: string | null;
  readonly kind: AccommodationKind;
  readonly percent: number;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
  readonly reason: string;
  readonly evidence: string | null;
  readonly recordedBy: string;
  readonly recordedAt: Date;
  readonly endedAt: Date | null;
};

type Recorded = { readonly accommodationId: string; readonly committed: readonly Committed[] };

/**
 * Records an accommodation of a candidate, in the place of the one for the same exam, or for all. Windows that are open grow
 * with it and never shrink (`correctDeadline` does that); those that open later, in this attempt and the next ones, have it from
 * the start. Staff record it, whatever Temporal does.
 */
export function recordAccommodation(
  context: ExamContext,
  { candidateId, ...request }: AuditedAct & AccommodationToRecord & { candidateId: string },
): Promise<Recorded> {
  return inTransaction(context, async (tx) => {
    const now = await lockCandidate(tx, context, candidateId);
    const { examId, kind, percent, validFrom = now, validUntil, evidence, actionKey, actor, reason } = request;
    const before = await actBefore(tx, request);
    if (before) return { accommodationId: String(before.accommodationId), committed: [] };
    checkAccommodationTime({ validFrom, validUntil, now });
    if (examId !== null && !(await tx.examVersion.findFirst({ where: { examId }, select: { id: true } }))) throw examNotPublished(examId);
    const accommodationId = uuidv7();
    const details = { candidateId, accommodationId, examId, kind, percent };
    await recordAct(tx, { actionKey, actor, reason }, { attemptId: null, action: 'accommodate', details, at: now });
    await replace(tx, { candidateId, examId, at: new Date(Math.max(now.getTime(), validFrom.getTime())) });
    await tx.accommodation.create({
      data: { id: accommodationId, candidateId, examId, kind, percent, validFrom, validUntil, reason, evidence, recordedBy: actor, recordedAt: now },
      select: { id: true },
    });
    return { accommodationId, committed: await apply(tx, context, { candidateId, examId, act: { actionKey, actor, reason } }) };
  });
}

/** Refused as `accommodation_invalid` where it would give nobody time. */
export function checkAccommodationTime({ validFrom, validUntil, now }: { validFrom: Date; validUntil: Date | null; now: Date }): void {
  if (validUntil !== null && validUntil <= validFrom) {
    throw new Refusal('accommodation_invalid', 'An accommodation ends after it begins. Nothing was changed.', {
      fields: [{ path: 'validUntil', message: 'must be later than validFrom' }],
    });
  }
  if (validUntil !== null && validUntil <= now) {
    throw new Refusal('accommodation_invalid', 'This accommodation would be over already, and give nobody time. Nothing was changed.', {
      fields: [{ path: 'validUntil', message: 'must be later than now' }],
    });
  }
}

/** Ends an accommodation: windows that are open keep the time that they were given. A repeat changes nothing. */
export function endAccommodation(
  context: ExamContext,
  { candidateId, accommodationId, ...act }: AuditedAct & { candidateId: string; accommodationId: string },
): Promise<Recorded> {
  return inTransaction(context, async (tx) => {
    const now = await lockCandidate(tx, context, candidateId);
    const row = await tx.accommodation.findFirst({ where: { id: accommodationId, candidateId } });
    if (!row) throw new Refusal('not_found', 'There is no such accommodation.');
    const details = { candidateId, accommodationId };
    const isOver = row.endedAt !== null && row.endedAt <= now;
    if (isOver || !(await recordAct(tx, act, { attemptId: null, action: 'end_accommodation', details, at: now })))
      return { accommodationId, committed: [] };
    await tx.accommodation.update({ where: { id: accommodationId }, data: { endedAt: now }, select: { id: true } });
    return { accommodationId, committed: await apply(tx, context, { candidateId, examId: row.examId, act }) };
  });
}

/** Every accommodation of a candidate, those that ended too, newest first. */
export async function listAccommodations({ prisma }: RecordContext, candidateId: string): Promise<readonly AccommodationRecord[]> {
  const candidate = await prisma.candidate.findUnique({
    where: { id: candidateId },
    select: { accommodations: { orderBy: [{ recordedAt: 'desc' }, { id: 'desc' }] } },
  });
  if (!candidate) throw candidateNotFound();
  return candidate.accommodations.map((row) => ({ ...row, kind: row.kind as AccommodationKind }));
}

/**
 * Sets the factor of an attempt under way, 150 for one and a half times: it is its candidate's, at this exam, from now on. The window
 * under way grows with it and never shrinks; later ones follow, as do the candidate's next attempts.
 */
export function accommodate(
  context: ExamContext,
  { attemptId, percent, ...act }: AuditedAct & { attemptId: string; percent: number },
): Promise<Committed> {
  return inTransaction(context, async (tx) => {
    const { candidateId } = await readAttempt(tx, context.clock, { attemptId });
    const now = await lockCandidate(tx, context, candidateId);
    const { facts, examId, accommodationPercent } = await lockAttempt(tx, context.clock, { attemptId });
    if (await actBefore(tx, act)) return { attemptId, deliveryId: undefined };
    if (facts.outcome !== null) throw new Refusal('wrong_phase', `The attempt is ${facts.outcome} already.`);
    const details = { from: accommodationPercent, to: percent };
    await recordAct(tx, act, { attemptId, action: 'accommodate', details, at: now });
    await replace(tx, { candidateId, examId, at: now });
    await tx.accommodation.create({
      data: {
        id: uuidv7(),
        candidateId,
        examId,
        kind: 'extra_time',
        percent,
        validFrom: now,
        reason: act.reason,
        recordedBy: act.actor,
        recordedAt: now,
      },
      select: { id: true },
    });
    const [committed] = await apply(tx, context, { candidateId, examId });
    return committed ?? { attemptId, deliveryId: undefined };
  });
}

function candidateNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such candidate.');
}

/** The candidate's row, so that none of their registrations is missed; the time by the clock of facts. */
async function lockCandidate(tx: Transaction, { clock }: RecordContext, candidateId: string): Promise<Date> {
  const [row] = await tx.$queryRaw<{ now: Date }[]>`
    SELECT ${await clock()} AS now FROM candidate WHERE id = ${candidateId}::uuid FOR NO KEY UPDATE`;
  if (!row) throw candidateNotFound();
  return row.now;
}

/** What stands for the same exam, or for all, counts until the new one does. */
async function replace(tx: Transaction, { candidateId, examId, at }: { candidateId: string; examId: string | null; at: Date }): Promise<void> {
  await tx.accommodation.updateMany({
    where: { candidateId, examId, OR: [{ endedAt: null }, { endedAt: { gt: at } }] },
    data: { endedAt: at },
  });
}

async function tellOfFactor(
  tx: Transaction,
  { attemptId, percent, since, at }: { attemptId: string; percent: number; since: Instant | undefined; at: Date },
): Promise<void> {
  const step = { kind: 'accommodated' as const, percent, at: (since === undefined ? at : new Date(since)).toISOString() };
  await writeTogether(tx, [tidingsWrite({ attemptId, tidings: { kind: 'step', step } }, Prisma.sql`${at}::timestamptz`)]);
}

/** Brings every attempt under way up to date: the deadline of its open window, and the factor that the release before goes by. */
async function apply(
  tx: Transaction,
  { clock, examVersions }: ExamContext,
  { candidateId, examId, act }: { candidateId: string; examId: string | null; act?: AuditedAct },
): Promise<readonly Committed[]> {
  const open = await tx.attempt.findMany({
    where: { candidateId, outcome: null, ...(examId === null ? {} : { examId }) },
    orderBy: { id: 'asc' },
    select: { id: true, accommodationPercent: true },
  });
  const committed: Committed[] = [];
  for (const { id: attemptId, accommodationPercent: from } of open) {
    const { facts } = await lockAttempt(tx, clock, { attemptId });
    if (facts.outcome !== null) continue;
    const window = windowOf(phaseOf(facts));
    if (window !== undefined) await lockWindow(tx, { attemptId, window });
    const record = await readAttempt(tx, clock, { attemptId });
    const at = new Date(record.facts.asOf);
    const percent = percentAt(record.accommodations, record.facts.asOf);
    await tx.attempt.update({ where: { id: attemptId }, data: { accommodationPercent: percent }, select: { id: true } });
    const { policy } = await examVersions.contentOf(record.examVersionId, tx);
    const openWindow = openWindowOf(record, policy);
    if (openWindow) await addExtension(tx, { attemptId, open: openWindow, at });
    if (percent !== from) await tellOfFactor(tx, { attemptId, percent, since: percentSince(record.accommodations, record.facts.asOf), at });
    if (act)
      await recordAct(
        tx,
        { ...act, actionKey: `${act.actionKey}:${attemptId}` },
        { attemptId, action: 'accommodate', details: { from, to: percent }, at },
      );
    committed.push({ attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'deadline_moved', at }) });
  }
  return committed;
}
