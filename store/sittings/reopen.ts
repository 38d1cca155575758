import { latestDeadlineOf, phaseOf } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { lockAttempt } from '../attempt-rows.ts';
import { settleFlags } from '../assignments/flag.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { outOfBounds } from '../attempts/deadlines.ts';
import { inTransaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { insertExtensions } from '../limits.ts';

/** Staff let the candidate go on with a frozen test, until its decision. Assignments still open are void; marks stay. */
export function reopenSitting(
  context: ExamContext,
  { attemptId, test, deadline, ...act }: AuditedAct & { attemptId: string; test: Test; deadline: Date },
): Promise<{ round: number; deadline: Date }> {
  return inTransaction(context, async (tx) => {
    const { facts, examVersionId } = await lockAttempt(tx, context.clock, { attemptId });
    const sitting = facts.sittings[test];
    const at = new Date(facts.asOf);
    if (!sitting || phaseOf(facts) !== `${test}_grading`) {
      const before = sitting && (await tx.auditEntry.findUnique({ where: { actionKey: act.actionKey } }));
      if (before) return { round: sitting.round, deadline: new Date(sitting.deadline) };
      throw new Refusal('wrong_phase', `The ${test} test is not being graded.`, { phase: phaseOf(facts) });
    }
    if (deadline <= at) throw new Refusal('deadline_not_later', 'The new deadline must be in the future.');
    const { policy } = await context.examVersions.contentOf(examVersionId, tx);
    const latest = latestDeadlineOf(policy, { own: facts.asOf, asOf: facts.asOf });
    if (deadline.getTime() > latest) throw outOfBounds({ earliest: facts.asOf, latest });
    const details = { test, round: sitting.round, deadline: deadline.toISOString() };
    if (!(await recordAct(tx, act, { attemptId, action: 'reopen', details, at }))) {
      return { round: sitting.round, deadline: new Date(sitting.deadline) };
    }
    await tx.assignment.updateMany({
      where: { state: { in: ['open', 'held'] }, submission: { sittingId: sitting.sittingId } },
      data: { state: 'void', holder: null, leaseExpiresAt: null },
    });
    await settleFlags(tx, { attemptId, settlement: 'reopened', by: act.actor, at });
    await insertExtensions(tx, [{ attemptId, window: test, extension: { kind: 'reopening', until: deadline.getTime(), at: facts.asOf }, at }]);
    const { round } = await tx.sitting.update({
      where: { id: sitting.sittingId },
      data: { round: { increment: 1 }, frozenAt: null, deadline },
      select: { round: true },
    });
    return { round, deadline };
  });
}
