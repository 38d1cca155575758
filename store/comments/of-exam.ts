import type { Test } from '../../domain/exam.ts';
import type { MarkingComment } from '../../prisma/generated/client.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { AuditedAct } from '../audit.ts';
import { inTransaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { usesOf } from './bank.ts';
import { commentNotFound, retire, writeComment, type NewComment } from './write.ts';

export type CommentRecord = MarkingComment & { readonly uses: number };

/** Every comment of an exam, the newest first, those of graders' own and the retired ones too, after a cursor. Refused where none is published. */
export async function listComments(
  { prisma, examVersions }: ExamContext,
  { examId, after, limit }: { examId: string; after?: string | undefined; limit: number },
): Promise<readonly CommentRecord[]> {
  await examVersions.newest(examId);
  return prisma.$queryRaw<CommentRecord[]>`
    SELECT m.id, m.exam_id AS "examId", m.test, m.case_study_id AS "caseStudyId", m.item_id AS "itemId", m.version, m.text, m.millipoints, m.owner,
      m.written_by AS "writtenBy", m.written_at AS "writtenAt", m.retired_by AS "retiredBy", m.retired_at AS "retiredAt", ${usesOf} AS uses
    FROM marking_comment m WHERE m.exam_id = ${examId} ${after === undefined ? Prisma.empty : Prisma.sql`AND m.id < ${after}::uuid`}
    ORDER BY m.id DESC LIMIT ${limit}::int`;
}

/** Staff give everybody who marks an item a comment; it is of the newest version's item. */
export async function addCommentForAll(
  context: ExamContext,
  { examId, test, caseStudyId, comment, act }: { examId: string; test: Test; caseStudyId?: string | undefined; comment: NewComment; act: AuditedAct },
): Promise<MarkingComment> {
  const { content: exam } = await context.examVersions.newest(examId);
  const taken = { test, caseStudyId: caseStudyId ?? null };
  return inTransaction(context, (tx) => writeComment(tx, context, { comment, owner: null, exam, taken, act }));
}

/** Ends any comment, a grader's own too. */
export function retireComment(context: ExamContext, { commentId, act }: { commentId: string; act: AuditedAct }): Promise<void> {
  return inTransaction(context, async (tx) => {
    const comment = await tx.markingComment.findUnique({ where: { id: commentId } });
    if (!comment) throw commentNotFound();
    await retire(tx, context, { comment, act });
  });
}
