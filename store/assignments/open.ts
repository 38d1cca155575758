import { v4 as randomUuid } from 'uuid';
import type { NewlyOpened } from '../../domain/attempt.ts';
import type { Markable } from '../../domain/exam.ts';
import { APPEAL_SEAT, humanPartOf, SECOND_SEAT } from '../../domain/grading.ts';
import type { GradedBasis, ItemScore } from '../../domain/reconciliation.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { hasActiveModel } from '../marking-models.ts';
import { answerHashesOf } from './identical.ts';
import { readUnderGrading } from './under-grading.ts';

export type Purpose = 'mark' | 'adjudicate';

/** As records have it. A seed is shown to its grader as any script to mark (docs/decisions/0018). */
export type KeptPurpose = Purpose | 'seed';

export function purposeAsShown(purpose: string): Purpose {
  return purpose === 'adjudicate' ? 'adjudicate' : 'mark';
}

export type OpenedAssignments = {
  readonly markables: readonly Markable[];
  readonly blanks: readonly ItemScore<GradedBasis>[];
  readonly toAssess: boolean;
  /** How many this opened, and when by PostgreSQL's clock; left out where not all were: some stood already, or the submission stands no more. */
  readonly newlyOpened?: NewlyOpened;
};

/**
 * Opens the assignments of a submission, once a seat: repeats change nothing. Marking covers every response that is
 * not blank, or every criterion; adjudication only the items named. Blank ones are scored here, without a grader.
 */
export async function openAssignments(
  context: ExamContext,
  {
    submissionId,
    purpose,
    seats,
    itemIds,
    secondSeatAfterAssessment = false,
    dueAt,
  }: {
    submissionId: string;
    purpose: Purpose;
    seats: readonly number[];
    itemIds?: readonly string[] | undefined;
    secondSeatAfterAssessment?: boolean;
    dueAt: Date;
  },
): Promise<OpenedAssignments> {
  const { prisma, clock } = context;
  const { exam, gradable, test, isHeld } = await readUnderGrading(context, submissionId);
  // The workflow waits before it asks; builds of before scanning do not, and their activity is tried again.
  if (isHeld) throw new Error('the file is not scanned for malware yet, or is infected');
  const { markables, blanks } = humanPartOf(exam, gradable);
  if (markables.length === 0) return { markables, blanks, toAssess: false };
  const now = await clock();
  const taken = secondSeatAfterAssessment && (await hasActiveModel(prisma)) ? seats.filter((seat) => seat !== SECOND_SEAT) : seats;
  const items = itemIds ?? markables.map((markable) => markable.itemId);
  // A dispute is settled for itself, and is of no group.
  const answerHashes = purpose === 'mark' ? answerHashesOf(exam, gradable, items) : [];
  // Under the shared locks of attempt and sitting: staff who withdraw or reopen at this moment leave nothing to mark.
  const opened = await prisma.$queryRaw<{ created_at: Date }[]>`
    WITH standing AS (
      SELECT b.id FROM submission b JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id
      WHERE b.id = ${submissionId}::uuid AND s.round = b.round AND ${seats.includes(APPEAL_SEAT) ? isAppealed : Prisma.sql`a.outcome IS NULL`} FOR SHARE OF s, a
    )
    INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, answer_hashes, lease_seconds, due_at, created_at)
    SELECT task.id, standing.id, task.seat, ${purpose}, ${[...items]}::text[], ${answerHashes}::text[], ${exam.policy.leaseSeconds[test]}::int, ${dueAt}, ${now}
    FROM standing, unnest(${taken.map(() => randomUuid())}::uuid[], ${[...taken]}::int[]) AS task (id, seat)
    ON CONFLICT (submission_id, seat) DO NOTHING RETURNING created_at`;
  const toAssess = secondSeatAfterAssessment && (await secondSeatIsClosed(prisma, submissionId));
  const first = opened[0];
  if (!first || opened.length < taken.length) return { markables, blanks, toAssess };
  return { markables, blanks, toAssess, newlyOpened: { count: opened.length, asOf: first.created_at.getTime() } };
}

/** Of a submission b with its attempt a: somebody is to mark it again. Filed and withdrawn under the lock of the attempt. */
const isAppealed = Prisma.sql`(a.outcome = 'failed' AND EXISTS (SELECT 1 FROM appeal q WHERE q.submission_id = b.id AND q.state = 'open'))`;

/** What an earlier try opened counts: between the two a model may have been activated. */
async function secondSeatIsClosed(prisma: Transaction, submissionId: string): Promise<boolean> {
  return (await prisma.assignment.count({ where: { submissionId, seat: SECOND_SEAT } })) === 0;
}
