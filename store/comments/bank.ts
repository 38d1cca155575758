import type { ExamContent, Test } from '../../domain/exam.ts';
import type { Millipoints } from '../../domain/points.ts';
import { Prisma, type MarkingComment } from '../../prisma/generated/client.ts';
import { leaseLost, type Lease } from '../assignments/leases.ts';
import { markablesOf } from '../assignments/markables.ts';
import type { AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { commentNotFound, retire, writeComment, type NewComment } from './write.ts';

/** Graders know their work by its assignment alone, so their bank is that of one that they hold or completed. */
type Own = { readonly assignmentId: string; readonly grader: string };

/** A comment as a grader has it at hand: never who wrote it. */
export type BankComment = {
  readonly id: string;
  readonly itemId: string;
  readonly text: string;
  readonly millipoints: Millipoints | null;
  readonly isOwn: boolean;
  readonly uses: number;
};

type Covered = { exam: ExamContent; test: Test; caseStudyId: string | null; itemIds: readonly string[] };

/** The standing comments of all that an assignment covers, the most used first: those for everybody, and the grader's own. */
export async function readBank(context: ExamContext, own: Own): Promise<readonly BankComment[]> {
  const { prisma } = context;
  const { exam, test, caseStudyId, itemIds } = await coveredBy(prisma, context, own);
  const rows = await prisma.$queryRaw<
    { id: string; item_id: string; text: string; millipoints: number | null; owner: string | null; uses: number }[]
  >`
    SELECT m.id, m.item_id, m.text, m.millipoints, m.owner, ${usesOf} AS uses FROM marking_comment m
    WHERE m.exam_id = ${exam.examId} AND m.test = ${test} AND m.case_study_id = ${caseStudyId ?? ''} AND m.item_id = ANY(${[...itemIds]}::text[])
      AND m.retired_at IS NULL AND (m.owner IS NULL OR m.owner = ${own.grader})
    ORDER BY uses DESC, m.id`;
  const markables = markablesOf(exam, { test, case_study_id: caseStudyId, item_ids: itemIds });
  const maxOf = new Map(markables.map(({ itemId, millipointsMax }) => [itemId, millipointsMax]));
  return rows.map(({ item_id: itemId, owner, millipoints, ...row }) => ({
    ...row,
    itemId,
    isOwn: owner !== null,
    // Written for a version in which the item had more points, it says nothing of what a response is worth now.
    millipoints: millipoints !== null && millipoints > (maxOf.get(itemId) ?? 0) ? null : millipoints,
  }));
}

/** Beyond that a number says no more, and costs more. */
const USES_COUNTED_MAX = 1000;

/**
 * Scripts into whose reasons the comment m was taken, once these are decided: before that it would tell what the other one who marks a
 * script wrote. What was decided before, as a seed, is never counted: it would count at once and be told by that.
 */
export const usesOf = Prisma.sql`(SELECT count(*)::int FROM (
  SELECT 1 FROM marking_comment_use u JOIN assignment t ON t.id = u.assignment_id JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
  WHERE u.comment_id = m.id AND EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = s.attempt_id AND d.test = s.test AND d.submission_id = b.id AND d.decided_at >= u.used_at)
  LIMIT ${USES_COUNTED_MAX}::int) counted)`;

/** A grader keeps a comment for themselves, or, as the route has checked, for everybody who marks the item. */
export function addCommentFrom(
  context: ExamContext,
  { assignmentId, comment, forAll, act }: { assignmentId: string; comment: NewComment; forAll: boolean; act: AuditedAct },
): Promise<MarkingComment> {
  return inTransaction(context, async (tx) => {
    const { exam, test, caseStudyId } = await coveredBy(tx, context, { assignmentId, grader: act.actor });
    return writeComment(tx, context, { comment, owner: forAll ? null : act.actor, exam, taken: { test, caseStudyId }, act });
  });
}

/** Ends one's own comment, or one for everybody where `mayRetireForAll`. */
export function retireCommentFrom(
  context: ExamContext,
  { assignmentId, commentId, mayRetireForAll, act }: { assignmentId: string; commentId: string; mayRetireForAll: boolean; act: AuditedAct },
): Promise<void> {
  return inTransaction(context, async (tx) => {
    const comment = await atHand(tx, context, { assignmentId, grader: act.actor, commentId });
    if (comment.owner === null && !mayRetireForAll) throw commentNotFound();
    await retire(tx, context, { comment, act });
  });
}

/** The holder took a comment into the reason of their mark: counted once an assignment, whoever holds it then. */
export async function takeComment(context: ExamContext, { commentId, ...lease }: Lease & { commentId: string }): Promise<void> {
  await inTransaction(context, async (tx) => {
    const { assignmentId, grader, fencingToken } = lease;
    const held = await tx.assignment.findFirst({ where: { id: assignmentId, holder: grader, fencingToken, state: 'open' }, select: { id: true } });
    if (!held) throw await leaseLost(tx, lease);
    await atHand(tx, context, { assignmentId, grader, commentId });
    const usedAt = await nowBy(context.clock, tx);
    await tx.markingCommentUse.createMany({ data: [{ commentId, assignmentId, grader, usedAt }], skipDuplicates: true });
  });
}

/** A comment that this grader has, or had, at hand with this assignment. Refused as not found otherwise. */
async function atHand(tx: Transaction, context: ExamContext, { commentId, ...own }: Own & { commentId: string }): Promise<MarkingComment> {
  const { exam, test, caseStudyId, itemIds } = await coveredBy(tx, context, own);
  const comment = await tx.markingComment.findFirst({
    where: {
      id: commentId,
      examId: exam.examId,
      test,
      caseStudyId: caseStudyId ?? '',
      itemId: { in: [...itemIds] },
      OR: [{ owner: null }, { owner: own.grader }],
    },
  });
  if (!comment) throw commentNotFound();
  return comment;
}

async function coveredBy(tx: Transaction, { examVersions }: ExamContext, { assignmentId, grader }: Own): Promise<Covered> {
  const [row] = await tx.$queryRaw<{ exam_version_id: string; test: Test; case_study_id: string | null; item_ids: readonly string[] }[]>`
    SELECT a.exam_version_id, s.test, s.case_study_id, t.item_ids
    FROM claim c JOIN assignment t ON t.id = c.assignment_id JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
      JOIN attempt a ON a.id = s.attempt_id
    WHERE c.assignment_id = ${assignmentId}::uuid AND c.grader = ${grader} AND c.released_at IS NULL`;
  if (!row) throw await leaseLost(tx, { assignmentId, grader });
  return { exam: await examVersions.contentOf(row.exam_version_id, tx), test: row.test, caseStudyId: row.case_study_id, itemIds: row.item_ids };
}
