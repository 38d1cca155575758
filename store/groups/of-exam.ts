import type { GroupMark } from '../../prisma/generated/client.ts';
import type { ExamContext } from '../exam-versions.ts';

/** A script that a group mark was taken into, and whether its mark there says what the group mark says. */
type GroupMarkTaken = { readonly assignmentId: string; readonly usedAt: Date; readonly stands: boolean | null };
export type GroupMarkRecord = GroupMark & { readonly taken: readonly GroupMarkTaken[] };

/** As many scripts as are shown of one. */
const TAKEN_MAX = 500;

/** What graders kept for groups of an exam version, the newest first, with the scripts that it was taken into, after a cursor. */
export async function listGroupMarks(
  { prisma, examVersions }: ExamContext,
  { examId, version, after, limit }: { examId: string; version?: number | undefined; after?: string | undefined; limit: number },
): Promise<readonly GroupMarkRecord[]> {
  const { id: examVersionId } = await (version === undefined ? examVersions.newest(examId) : examVersions.published({ examId, version }));
  const rows = await prisma.groupMark.findMany({
    where: { examVersionId, ...(after === undefined ? {} : { id: { lt: after } }) },
    orderBy: { id: 'desc' },
    take: limit,
    include: { uses: { orderBy: { usedAt: 'asc' }, take: TAKEN_MAX, include: { assignment: { select: { marks: true } } } } },
  });
  return rows.map(({ uses, ...row }) => ({
    ...row,
    taken: uses.map(({ assignmentId, usedAt, assignment: { marks } }) => {
      const mark = marks.find(({ itemId, grader }) => itemId === row.itemId && grader === row.grader);
      return { assignmentId, usedAt, stands: mark ? mark.millipoints === row.millipoints && mark.reason === row.reason : null };
    }),
  }));
}
