import type { Test } from '../../domain/exam.ts';
import type { FeedbackEntry } from '../../domain/feedback.ts';
import type { RecordContext } from '../context.ts';

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

/** The reasons that graders gave for an item, in no order that tells who gave which. */
export async function readReasons(
  { prisma }: RecordContext,
  submissionId: string,
): Promise<readonly { itemId: string; reason: string; seat: number }[]> {
  const rows = await prisma.mark.findMany({
    where: { submissionId, reason: { not: '' } },
    relationLoadStrategy: 'join',
    select: { itemId: true, reason: true, assignment: { select: { seat: true } } },
    orderBy: [{ itemId: 'asc' }, { reason: 'asc' }],
  });
  return rows.map(({ itemId, reason, assignment }) => ({ itemId, reason, seat: assignment.seat }));
}
