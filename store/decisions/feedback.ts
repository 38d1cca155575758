import type { Test } from '../../domain/exam.ts';
import type { FeedbackEntry } from '../../domain/feedback.ts';
import { GRADABLE_COLUMNS, underGradingOf, type SubmissionUnderGrading } from '../assignments/under-grading.ts';
import type { RecordContext } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';

/** Keeps the feedback of a decision to come; candidates see it once that is published. A repeat replaces it. */
export async function keepFeedback(
  { prisma, clock }: RecordContext,
  { attemptId, test, round, entries }: { attemptId: string; test: Test; round: number; entries: readonly FeedbackEntry[] },
): Promise<void> {
  const content = JSON.stringify(entries);
  await prisma.$executeRaw`
    INSERT INTO feedback (attempt_id, test, grading_round, entries, composed_at)
    VALUES (${attemptId}::uuid, ${test}, ${round}, ${content}::jsonb, ${await clock()})
    ON CONFLICT (attempt_id, test, grading_round) DO UPDATE SET entries = excluded.entries, composed_at = excluded.composed_at`;
}

type Reason = { readonly itemId: string; readonly reason: string; readonly seat: number };

/** What feedback is composed of: the submission, and the reasons that graders gave, in no order that tells who gave which. */
export async function readToCompose(
  context: ExamContext,
  submissionId: string,
): Promise<{ readonly submission: SubmissionUnderGrading; readonly reasons: readonly Reason[] }> {
  const { assignments, ...row } = await context.prisma.submission.findUniqueOrThrow({
    where: { id: submissionId },
    relationLoadStrategy: 'join',
    select: {
      ...GRADABLE_COLUMNS,
      assignments: { select: { seat: true, marks: { where: { reason: { not: '' } }, select: { itemId: true, reason: true } } } },
    },
  });
  const reasons = assignments.flatMap(({ seat, marks }) => marks.map((mark) => ({ ...mark, seat })));
  return { submission: await underGradingOf(context, row), reasons: reasons.toSorted(byItemAndReason) };
}

function byItemAndReason(one: Reason, other: Reason): number {
  return compare(one.itemId, other.itemId) || compare(one.reason, other.reason);
}

function compare(one: string, other: string): number {
  return Number(one > other) - Number(one < other);
}
