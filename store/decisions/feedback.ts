import type { AppealedBefore } from '../../domain/appeal.ts';
import type { Test } from '../../domain/exam.ts';
import { composeFeedback, type FeedbackEntry, type Reason } from '../../domain/feedback.ts';
import { ADJUDICATION_SEAT } from '../../domain/grading.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { GRADABLE_COLUMNS, underGradingOf, type SubmissionUnderGrading } from '../assignments/under-grading.ts';
import type { RecordContext, Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';

type Feedback = { readonly attemptId: string; readonly test: Test; readonly round: number; readonly entries: readonly FeedbackEntry[] };

/** Keeps the feedback of a decision to come; candidates see it once that is published. A repeat replaces it. */
export async function keepFeedback({ prisma, clock }: RecordContext, feedback: Feedback): Promise<void> {
  await prisma.$executeRaw(feedbackWrite(feedback, await clock()));
}

function feedbackWrite({ attemptId, test, round, entries }: Feedback, at: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO feedback (attempt_id, test, grading_round, entries, composed_at)
    VALUES (${attemptId}::uuid, ${test}, ${round}, ${JSON.stringify(entries)}::jsonb, ${at})
    ON CONFLICT (attempt_id, test, grading_round) DO UPDATE SET entries = excluded.entries, composed_at = excluded.composed_at`;
}

export type Decided = Omit<Feedback, 'entries'> & {
  readonly submissionId: string;
  readonly examVersionId: string;
  readonly caseStudyId: string | null;
  readonly items: readonly ItemScore[];
  readonly at: Date;
  /** What the appeal was of that it answers. */
  readonly appealed?: readonly AppealedBefore[];
};

/** The write of the feedback of a decision, which is published with it. What a build of before composed already is composed anew. */
export async function composedFeedback(
  tx: Transaction,
  { examVersions }: ExamContext,
  { attemptId, test, round, submissionId, examVersionId, caseStudyId, items, at, appealed = [] }: Decided,
): Promise<Prisma.Sql> {
  const exam = await examVersions.contentOf(examVersionId, tx);
  const reasons = await reasonsFor(tx, submissionId);
  const entries = composeFeedback({ exam, taken: { test, caseStudyId }, items, reasons, adjudicationSeat: ADJUDICATION_SEAT, appealed });
  return feedbackWrite({ attemptId, test, round, entries }, Prisma.sql`${at}::timestamptz`);
}

/** In no order that tells who gave which. */
async function reasonsFor(tx: Transaction, submissionId: string): Promise<readonly Reason[]> {
  const reasons = await tx.$queryRaw<Reason[]>`
    SELECT m.item_id AS "itemId", m.reason, t.seat FROM mark m JOIN assignment t ON t.id = m.assignment_id
    WHERE m.submission_id = ${submissionId}::uuid AND m.reason <> ''`;
  return reasons.toSorted(byItemAndReason);
}

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
