import { Prisma } from '../../prisma/generated/client.ts';

/** So many marks, the newest, say how somebody marks now; more would say no more, and of years there are ever more. */
const MARKS_OF_LATE = 2000;

/** Of a mark m: it is among the newest of this grader. Marks of one script bear one instant, so that all of them are or none. */
export function isOfLate(grader: string): Prisma.Sql {
  return Prisma.sql`(m.grader = ${grader} AND m.recorded_at > coalesce(
    (SELECT older.recorded_at FROM mark older WHERE older.grader = ${grader} ORDER BY older.recorded_at DESC OFFSET ${MARKS_OF_LATE}::int LIMIT 1), '-infinity'))`;
}
