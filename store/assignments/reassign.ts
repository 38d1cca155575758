import type { Obstacle } from '../../domain/grader.ts';
import { Refusal, type RefusalCode } from '../../domain/refusal.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { obstacleBetween, work } from '../graders/may-take.ts';

type AssignmentRow = { state: string; holder: string | null; now: Date };

/** Staff take an assignment from whoever holds it: for one grader, or back to the pool. The holder's draft is kept. */
export function reassign(
  context: RecordContext,
  { attemptId, assignmentId, grader, ...act }: AuditedAct & { attemptId: string; assignmentId: string; grader?: string | undefined },
): Promise<{ assignmentId: string }> {
  return inTransaction(context, async (tx) => {
    const [row] = await tx.$queryRaw<AssignmentRow[]>`
      SELECT t.state, t.holder, ${await context.clock()} AS now
      FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
      WHERE t.id = ${assignmentId}::uuid AND s.attempt_id = ${attemptId}::uuid AND t.purpose <> 'seed' FOR UPDATE OF t`;
    if (!row) throw new Refusal('not_found', 'This attempt has no such assignment.');
    if (await actBefore(tx, act)) return { assignmentId };
    if (row.state !== 'open') throw new Refusal('assignment_closed', `The assignment is ${row.state}: there is nothing to reassign.`);
    const details = { assignmentId, from: row.holder, to: grader ?? null };
    await recordAct(tx, act, { attemptId, action: 'reassign', details, at: row.now });
    if (grader !== undefined) await refuseWhoMayNot(tx, { assignmentId, grader });
    await tx.claim.updateMany({ where: { assignmentId, releasedAt: null }, data: { releasedAt: row.now, releaseCause: 'reassigned' } });
    await tx.assignment.update({
      where: { id: assignmentId },
      data: { holder: null, leaseExpiresAt: null, reservedFor: grader ?? null, fencingToken: { increment: 1 } },
      select: { id: true },
    });
    return { assignmentId };
  });
}

/** A name that is mistyped, or of somebody who may not take it, would take the work away from everybody. */
async function refuseWhoMayNot(tx: Transaction, { assignmentId, grader }: { assignmentId: string; grader: string }): Promise<void> {
  const [known] = await tx.$queryRaw<{ obstacle: Obstacle | null }[]>`
    SELECT ${obstacleBetween} AS obstacle FROM ${work} JOIN grader g ON g.subject = ${grader} WHERE t.id = ${assignmentId}::uuid FOR SHARE OF g`;
  if (!known) {
    throw new Refusal('grader_unknown', 'Nobody of this name has asked for work yet. Check how it is written, or have them sign in once.', {
      fields: [{ path: 'grader', message: 'is no known grader' }],
    });
  }
  if (known.obstacle !== null) throw refusalOf(known.obstacle);
}

function refusalOf(obstacle: Obstacle): Refusal {
  switch (obstacle) {
    case 'own_work':
    case 'involved':
      return new Refusal('already_involved', 'This grader marks or has marked the same submission, or wrote it. Choose another.');
    case 'not_active':
      return refused(
        'grader_unavailable',
        'This grader is in training, paused or suspended. Choose another, or leave the name out.',
        'is given no work',
      );
    case 'conflict':
      return refused('grader_in_conflict', 'This grader is in conflict with the candidate. Choose another, or leave the name out.', 'is in conflict');
    case 'not_designated':
      return refused(
        'grader_unqualified',
        'Only a designated grader may settle a dispute. Choose another, or leave the name out.',
        'is not a designated grader',
      );
    case 'not_qualified':
      return refused(
        'grader_unqualified',
        'This grader is not qualified for this exam and test. Choose another, or leave the name out.',
        'is not qualified',
      );
    case 'other_language':
      return refused(
        'grader_unqualified',
        'This grader does not mark the language of this exam. Choose another, or leave the name out.',
        'marks other languages',
      );
  }
}

function refused(code: RefusalCode, message: string, problem: string): Refusal {
  return new Refusal(code, message, { fields: [{ path: 'grader', message: problem }] });
}
