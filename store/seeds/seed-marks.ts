import { v7 as uuidv7 } from 'uuid';
import type { AgreedMark } from '../../domain/seed.ts';
import type { RecordableMark } from '../../domain/marking.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';

/** What a grader gave for a seed: in a table of its own, which nothing that makes a decision reads (docs/decisions/0018). */
export function insertSeedMarks(
  marks: readonly RecordableMark[],
  { assignmentId, grader, at }: { assignmentId: string; grader: string; at: Date },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO seed_mark (id, assignment_id, seed_id, grader, item_id, millipoints, reason, recorded_at)
    SELECT mark.id, y.assignment_id, y.seed_id, ${grader}, mark.item_id, mark.millipoints, mark.reason, ${at}
    FROM seed_seat y CROSS JOIN unnest(${marks.map(() => uuidv7())}::uuid[], ${marks.map((mark) => mark.itemId)}::text[],
      ${marks.map((mark) => mark.millipoints)}::int[], ${marks.map((mark) => mark.reason)}::text[]) AS mark (id, item_id, millipoints, reason)
    WHERE y.assignment_id = ${assignmentId}::uuid`;
}

export function recordedSeedMarks(tx: Pick<Transaction, 'seedMark'>, assignmentId: string): Promise<readonly RecordableMark[]> {
  return tx.seedMark.findMany({ where: { assignmentId }, select: { itemId: true, millipoints: true, reason: true }, orderBy: { itemId: 'asc' } });
}

/** Of a seat of standardisation, what is agreed; undefined of any other: its grader is not told that it is a seed. */
export async function toldInTraining(tx: Transaction, assignmentId: string): Promise<readonly AgreedMark[] | undefined> {
  const seat = await tx.seedSeat.findUnique({ where: { assignmentId }, select: { inTraining: true, seed: { select: { marks: true } } } });
  return seat?.inTraining ? (seat.seed.marks as unknown as readonly AgreedMark[]) : undefined;
}
