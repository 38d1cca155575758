import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { isSamePerson } from '../same-person.ts';
import { inConflict } from '../graders/may-take.ts';

type SeedRow = {
  attempt_id: string;
  subject: string;
  proposed_by: string;
  agreed_at: Date | null;
  ended_at: Date | null;
  in_conflict: boolean;
  now: Date;
};

/**
 * A designated grader confirms the agreed marks: from then on it may be handed out. Confirmed before, that stands. Refused with
 * `second_person_needed` to who proposed it, to the candidate, and to who is in conflict with them; with `seed_unfit` where it is ended.
 */
export function confirmSeed(
  context: RecordContext,
  { seedId, act, email }: { seedId: string; act: AuditedAct; /** Verified, of whoever confirms. */ email?: string | undefined },
): Promise<void> {
  return inTransaction(context, async (tx) => {
    const seed = await lockSeed(tx, context, { seedId, grader: act.actor });
    if (seed.ended_at) throw new Refusal('seed_unfit', 'This seed is ended, and is given to nobody any more.');
    const isProposer = await isSamePerson(tx, { subject: act.actor, email }, seed.proposed_by);
    if (isProposer || act.actor === seed.subject || seed.in_conflict) {
      throw new Refusal('second_person_needed', 'Whoever confirms a seed did not propose it, did not write it, and is not in conflict with who did.');
    }
    if (seed.agreed_at) return;
    await tx.seed.update({ where: { id: seedId }, data: { agreedBy: [act.actor], agreedAt: seed.now }, select: { id: true } });
    await recordAct(tx, act, { attemptId: seed.attempt_id, action: 'confirm_seed', details: { seedId }, at: seed.now });
  });
}

/** It is given to nobody any more, and what was given for it counts no more; whoever holds it may finish. Ended before, that stands. */
export function endSeed(context: RecordContext, { seedId, act }: { seedId: string; act: AuditedAct }): Promise<void> {
  return inTransaction(context, async (tx) => {
    const seed = await lockSeed(tx, context, { seedId, grader: act.actor });
    if (seed.ended_at) return;
    await endIn(tx, { seedId, attemptId: seed.attempt_id, act, at: seed.now });
  });
}

export async function endIn(
  tx: Transaction,
  { seedId, attemptId, act, at }: { seedId: string; attemptId: string; act: AuditedAct; at: Date },
): Promise<void> {
  await tx.seed.update({ where: { id: seedId }, data: { endedBy: act.actor, endedReason: act.reason, endedAt: at }, select: { id: true } });
  await recordAct(tx, act, { attemptId, action: 'end_seed', details: { seedId }, at });
}

async function lockSeed(tx: Transaction, { clock }: RecordContext, { seedId, grader }: { seedId: string; grader: string }): Promise<SeedRow> {
  const conflict = Prisma.sql`EXISTS (SELECT 1 FROM grader g WHERE g.subject = ${grader} AND ${inConflict})`;
  const [row] = await tx.$queryRaw<SeedRow[]>`
    SELECT a.id AS attempt_id, k.subject, x.proposed_by, x.agreed_at, x.ended_at, ${conflict} AS in_conflict, ${await clock()} AS now
    FROM seed x JOIN submission b ON b.id = x.submission_id JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      JOIN exam_version v ON v.id = a.exam_version_id JOIN candidate k ON k.id = a.candidate_id
    WHERE x.id = ${seedId}::uuid FOR UPDATE OF x`;
  if (!row) throw new Refusal('not_found', 'There is no such seed.');
  return row;
}
