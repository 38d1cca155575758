import { Refusal } from '../../domain/refusal.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { refuseUnqualified } from './graders.ts';
import type { Purpose } from './open.ts';

type AssignmentRow = { state: string; purpose: Purpose; holder: string | null; submission_id: string; now: Date };

/** Staff take an assignment from whoever holds it: for one grader, or back to the pool. The holder's draft is kept. */
export function reassign(
  context: RecordContext,
  { attemptId, assignmentId, grader, ...act }: AuditedAct & { attemptId: string; assignmentId: string; grader?: string | undefined },
): Promise<{ assignmentId: string }> {
  return inTransaction(context, async (tx) => {
    const [row] = await tx.$queryRaw<AssignmentRow[]>`
      SELECT t.state, t.purpose, t.holder, t.submission_id, ${await context.clock()} AS now
      FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
      WHERE t.id = ${assignmentId}::uuid AND s.attempt_id = ${attemptId}::uuid FOR UPDATE OF t`;
    if (!row) throw new Refusal('not_found', 'This attempt has no such assignment.');
    if (row.state !== 'open') throw new Refusal('assignment_closed', `The assignment is ${row.state}: there is nothing to reassign.`);
    const details = { assignmentId, from: row.holder, to: grader ?? null };
    if (!(await recordAct(tx, act, { attemptId, action: 'reassign', details, at: row.now }))) return { assignmentId };
    if (grader !== undefined) await refuseUnqualified(tx, { grader, purpose: row.purpose });
    if (grader !== undefined) await refuseInvolved(tx, { attemptId, assignmentId, submissionId: row.submission_id, grader });
    await tx.claim.updateMany({ where: { assignmentId, releasedAt: null }, data: { releasedAt: row.now, releaseCause: 'reassigned' } });
    await tx.assignment.update({
      where: { id: assignmentId },
      data: { holder: null, leaseExpiresAt: null, reservedFor: grader ?? null, fencingToken: { increment: 1 } },
      select: { id: true },
    });
    return { assignmentId };
  });
}

async function refuseInvolved(
  tx: Transaction,
  { attemptId, assignmentId, submissionId, grader }: { attemptId: string; assignmentId: string; submissionId: string; grader: string },
): Promise<void> {
  const involved = await tx.claim.findFirst({
    where: { submissionId, grader, releasedAt: null, assignmentId: { not: assignmentId } },
  });
  const own = await tx.attempt.findFirst({ where: { id: attemptId, candidate: { subject: grader } }, select: { id: true } });
  if (involved || own) throw new Refusal('already_involved', 'This grader marks or has marked the same submission, or wrote it. Choose another.');
}
