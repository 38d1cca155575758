import { Prisma } from '../../prisma/generated/client.ts';

/** So many marks, the newest, say how somebody marks now: a correlation of 0.85 to a hundredth and a half (standard error (1 − r²)/√n), where 500 would say it to a hundredth. Of years there are ever more. */
export const MARKS_OF_LATE = 300;
/** A drift is sought over more of them, for it may have begun slowly. */
export const MARKS_FOR_DRIFT = 2000;

/**
 * So many marks of this grader, the newest, and the rest of the script that they end in: marks of one script bear one instant. A number of rows and no
 * bound in time, which a planner would take for a third of all that they ever gave; written out, for of a parameter it would take a tenth.
 */
export function marksOfLate(grader: string, marks: number): Prisma.Sql {
  return Prisma.sql`(SELECT * FROM mark newest WHERE newest.grader = ${grader} ORDER BY newest.recorded_at DESC FETCH FIRST ${Prisma.raw(String(marks))} ROWS WITH TIES)`;
}
