import { latestDeadlineOf, phaseOf } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { lockAttempt } from '../attempt-rows.ts';
import { settleFlags } from '../assignments/flag.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { outOfBounds } from '../attempts/deadlines.ts';
import { inTransaction, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { insertExtensions } from '../limits.ts';
import { tidingsWrite } from '../tidings.ts';

/** Staff let the candidate go on with a frozen test, until its decision. Assignments still open are void; marks stay. */
export function reopenSitting(
  context: ExamContext,
  { attemptId, test, deadline, ...act }: AuditedAct & { attemptId: string; test: Test; deadline: Date },
): Promise<{ round: number; deadline: Date }> {
  return inTransaction(context, async (tx) => {
    const { facts, examVersionId } = await lockAttempt(tx, context.clock, { attemptId });
    const before = await actBefore(tx, act);
    if (before) return { round: Number(before.round) + 1, deadline: new Date(String(before.deadline)) };
    const sitting = facts.sittings[test];
    const at = new Date(facts.asOf);
    if (!sitting || phaseOf(facts) !== `${test}_grading`) {
      throw new Refusal('wrong_phase', `The ${test} test is not being graded.`, { phase: phaseOf(facts) });
    }
    if (deadline <= at) throw new Refusal('deadline_not_later', 'The new deadline must be in the future.');
    const { policy } = await context.examVersions.contentOf(examVersionId, tx);
    const latest = latestDeadlineOf(policy, { own: facts.asOf, asOf: facts.asOf });
    if (deadline.getTime() > latest) throw outOfBounds({ earliest: facts.asOf, latest });
    const details = { test, round: sitting.round, deadline: deadline.toISOString() };
    await recordAct(tx, act, { attemptId, action: 'reopen', details, at });
    await tx.assignment.updateMany({
      where: { state: { in: ['open', 'held'] }, purpose: { not: 'seed' }, submission: { sittingId: sitting.sittingId } },
      data: { state: 'void', holder: null, leaseExpiresAt: null },
    });
    const flags = await settleFlags(tx, { attemptId, settlement: 'reopened', by: act.actor, at });
    await insertExtensions(tx, [{ attemptId, window: test, extension: { kind: 'reopening', until: deadline.getTime(), at: facts.asOf }, at }]);
    const { round } = await tx.sitting.update({
      where: { id: sitting.sittingId },
      data: { round: { increment: 1 }, frozenAt: null, deadline },
      select: { round: true },
    });
    await tellUnreadable(tx, { attemptId, submissionId: sitting.submissionId, flags, round, deadline, at });
    return { round, deadline };
  });
}

/** Whoever handed in a file that graders could not read hears why; of any other reopening its workflow tells. */
async function tellUnreadable(
  tx: Transaction,
  {
    attemptId,
    submissionId,
    flags,
    round,
    deadline,
    at,
  }: { attemptId: string; submissionId: string | null; flags: readonly { reason: string }[]; round: number; deadline: Date; at: Date },
): Promise<void> {
  if (flags.length === 0 || submissionId === null) return;
  const { uploadId } = await tx.submission.findUniqueOrThrow({ where: { id: submissionId }, select: { uploadId: true } });
  const { fileName } = await tx.upload.findUniqueOrThrow({ where: { id: uploadId ?? '' }, select: { fileName: true } });
  const reason = [...new Set(flags.map((flag) => flag.reason))].join(' · ');
  const step = { kind: 'file_unreadable' as const, round, deadline: deadline.toISOString(), fileName, reason };
  await tx.$executeRaw(tidingsWrite({ attemptId, tidings: { kind: 'step', step } }, Prisma.sql`${at}::timestamptz`));
}
