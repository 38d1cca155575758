import { v7 as uuidv7 } from 'uuid';
import { Refusal } from '../../domain/refusal.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { lockAttempt } from '../attempt-rows.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import { endIn } from '../seeds/change.ts';
import { assignmentNotFound, leaseLost, type Lease } from './leases.ts';
import type { KeptPurpose } from './open.ts';

/** Who acts where our own machinery does. */
const OURSELVES = 'system';

/** How staff settled a flag: the file is readable after all, the candidate hands in anew, or the attempt is ended. */
export const FLAG_SETTLEMENTS = ['dismissed', 'reopened', 'withdrawn'] as const;
export type FlagSettlement = (typeof FLAG_SETTLEMENTS)[number];

type FlaggedRow = {
  purpose: KeptPurpose;
  submission_id: string;
  attempt_id: string;
  upload_id: string | null;
  holder: string | null;
  fencing_token: number;
  state: string;
  now: Date;
};

/**
 * The holder of an assignment cannot read its file: it is released from them, and held back from everybody together with what else of
 * that submission nobody is at, until staff dismiss the flag, reopen the case study or end the attempt. Whoever is at another seat goes
 * on. Flagged again under the same token, it is the same flag.
 */
export function flagFile(context: RecordContext, { assignmentId, grader, fencingToken, reason }: Lease & { reason: string }): Promise<Committed> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    const [row] = await tx.$queryRaw<FlaggedRow[]>`
      SELECT t.submission_id, t.purpose, s.attempt_id, b.upload_id, t.holder, t.fencing_token, t.state, ${now} AS now
      FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
      WHERE t.id = ${assignmentId}::uuid FOR UPDATE OF t`;
    if (!row) throw assignmentNotFound();
    const { attempt_id: attemptId } = row;
    if (await tx.fileFlag.findFirst({ where: { assignmentId, fencingToken, grader }, select: { id: true } }))
      return { attemptId, deliveryId: undefined };
    if (row.state !== 'open' || row.holder !== grader || row.fencing_token !== fencingToken) throw await leaseLost(tx, { assignmentId, grader });
    if (row.upload_id === null) throw new Refusal('not_found', 'This assignment has no file.');
    const isSeed = row.purpose === 'seed';
    // Nobody asks the candidate for another file of what is decided.
    const settled = isSeed ? { settlement: 'dismissed', settledBy: OURSELVES, settledAt: row.now } : {};
    await tx.fileFlag.create({
      data: { id: uuidv7(), assignmentId, grader, fencingToken, reason, flaggedAt: row.now, ...settled },
      select: { id: true },
    });
    await tx.claim.updateMany({
      where: { assignmentId, releasedAt: null },
      data: { releasedAt: row.now, releaseCause: 'released', releaseReason: 'unreadable_file' },
    });
    if (isSeed) {
      await endFlagged(tx, { assignmentId, attemptId, at: row.now });
      return { attemptId, deliveryId: undefined };
    }
    await tx.$executeRaw`
      UPDATE assignment SET state = 'held', holder = NULL, lease_expires_at = NULL, reserved_for = NULL WHERE id = ${assignmentId}::uuid`;
    await holdOthers(tx, row.submission_id, now);
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'file_flagged', at: row.now }) };
  });
}

/** A seed whose file cannot be read is given to nobody any more. */
async function endFlagged(tx: Transaction, { assignmentId, attemptId, at }: { assignmentId: string; attemptId: string; at: Date }): Promise<void> {
  await tx.assignment.update({ where: { id: assignmentId }, data: { holder: null, leaseExpiresAt: null }, select: { id: true } });
  const { seedId, seed } = await tx.seedSeat.findUniqueOrThrow({
    where: { assignmentId },
    select: { seedId: true, seed: { select: { endedAt: true } } },
  });
  if (seed.endedAt) return;
  const act = { actor: OURSELVES, reason: 'A grader could not read its file.', actionKey: `end-seed:${seedId}` };
  await endIn(tx, { seedId, attemptId, act, at });
}

/** One that somebody takes or completes at this moment is theirs. */
async function holdOthers(tx: Transaction, submissionId: string, now: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    WITH free AS (
      SELECT id FROM assignment WHERE submission_id = ${submissionId}::uuid AND state = 'open' AND (lease_expires_at IS NULL OR lease_expires_at <= ${now})
      FOR UPDATE SKIP LOCKED
    )
    UPDATE assignment t SET state = 'held' FROM free WHERE t.id = free.id`;
}

/** Staff find the file readable: what was held goes to graders again. Refused with `wrong_phase` where nothing is held. */
export function dismissFileFlags(context: RecordContext, { attemptId, ...act }: AuditedAct & { attemptId: string }): Promise<Committed> {
  return inTransaction(context, async (tx) => {
    const { facts } = await lockAttempt(tx, context.clock, { attemptId });
    // What was flagged since is another flag, and not dismissed by it.
    if (await actBefore(tx, act)) return { attemptId, deliveryId: undefined };
    const at = new Date(facts.asOf);
    const freed = await tx.$queryRaw<{ id: string }[]>`
      UPDATE assignment t SET state = 'open', reserved_for = NULL FROM submission b, sitting s
      WHERE b.id = t.submission_id AND s.id = b.sitting_id AND s.attempt_id = ${attemptId}::uuid AND t.state = 'held' RETURNING t.id`;
    if (freed.length === 0)
      throw new Refusal('wrong_phase', 'Nothing of this attempt is held back: no grader flagged its file, or staff have acted on that.');
    const flags = await settleFlags(tx, { attemptId, settlement: 'dismissed', by: act.actor, at });
    await recordAct(tx, act, {
      attemptId,
      action: 'dismiss_file_flags',
      details: { flags: flags.map(({ id }) => id), assignments: freed.map(({ id }) => id) },
      at,
    });
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'file_flag_settled', at }) };
  });
}

/** Writes down how staff settled what was flagged of an attempt, and returns the flags. */
export async function settleFlags(
  tx: Transaction,
  { attemptId, settlement, by, at }: { attemptId: string; settlement: FlagSettlement; by: string; at: Date },
): Promise<{ id: string; reason: string }[]> {
  return tx.fileFlag.updateManyAndReturn({
    where: { settledAt: null, assignment: { submission: { sitting: { attemptId } } } },
    data: { settlement, settledBy: by, settledAt: at },
    select: { id: true, reason: true },
  });
}
