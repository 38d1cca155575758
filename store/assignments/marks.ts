import { v7 as uuidv7 } from 'uuid';
import type { RecordableMark } from '../../domain/marking.ts';
import type { SeatMark } from '../../domain/reconciliation.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';

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

/** The marks of one assignment, as they were recorded when it was completed. */
export function recordedMarks(tx: Transaction, assignmentId: string): Promise<readonly RecordableMark[]> {
  return tx.mark.findMany({ where: { assignmentId }, select: { itemId: true, millipoints: true, reason: true }, orderBy: { itemId: 'asc' } });
}

export function insertMarks(
  marks: readonly RecordableMark[],
  { assignmentId, submissionId, grader, at }: { assignmentId: string; submissionId: string; grader: string; at: Date },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
    SELECT mark.id, ${assignmentId}::uuid, ${submissionId}::uuid, ${grader}, mark.item_id, mark.millipoints, mark.reason, ${at}
    FROM unnest(${marks.map(() => uuidv7())}::uuid[], ${marks.map((mark) => mark.itemId)}::text[], ${marks.map((mark) => mark.millipoints)}::int[],
      ${marks.map((mark) => mark.reason)}::text[]) AS mark (id, item_id, millipoints, reason)`;
}
