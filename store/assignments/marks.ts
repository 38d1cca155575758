import { v7 as uuidv7 } from 'uuid';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext } from '../context.ts';

export type SeatMark = { readonly seat: number; readonly itemId: string; readonly millipoints: number };

type RecordedMark = { readonly itemId: string; readonly millipoints: number; readonly reason: string };

/** The marks of a submission with their seats, for the workflow. */
export async function readMarks({ prisma }: RecordContext, submissionId: string): Promise<readonly SeatMark[]> {
  const rows = await prisma.mark.findMany({
    where: { submissionId },
    relationLoadStrategy: 'join',
    select: { itemId: true, millipoints: true, assignment: { select: { seat: true } } },
    orderBy: [{ itemId: 'asc' }, { id: 'asc' }],
  });
  return rows.map((row) => ({ seat: row.assignment.seat, itemId: row.itemId, millipoints: row.millipoints }));
}

export function insertMarks(
  marks: readonly RecordedMark[],
  { assignmentId, submissionId, grader, at }: { assignmentId: string; submissionId: string; grader: string; at: Date },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
    SELECT mark.id, ${assignmentId}::uuid, ${submissionId}::uuid, ${grader}, mark.item_id, mark.millipoints, mark.reason, ${at}
    FROM unnest(${marks.map(() => uuidv7())}::uuid[], ${marks.map((mark) => mark.itemId)}::text[], ${marks.map((mark) => mark.millipoints)}::int[],
      ${marks.map((mark) => mark.reason)}::text[]) AS mark (id, item_id, millipoints, reason)`;
}
