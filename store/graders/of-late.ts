import { Prisma } from '../../prisma/generated/client.ts';

/** So many marks, the newest, say how somebody marks now: a correlation of 0.85 to a hundredth or so (standard error (1 − r²)/√n). Of years there are ever more. */
export const MARKS_OF_LATE = 500;
/** A drift is sought over more of them, for it may have begun slowly. */
export const MARKS_FOR_DRIFT = 2000;

/** Of a mark m: it is among so many of this grader, the newest. Marks of one script bear one instant, so that all of them are or none. */
export function isOfLate(grader: string, marks: number): Prisma.Sql {
  return Prisma.sql`(m.grader = ${grader} AND m.recorded_at > coalesce(
    (SELECT older.recorded_at FROM mark older WHERE older.grader = ${grader} ORDER BY older.recorded_at DESC OFFSET ${marks}::int LIMIT 1), '-infinity'))`;
}
