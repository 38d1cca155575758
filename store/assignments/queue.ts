import type { Test } from '../../domain/exam.ts';
import type { GraderState } from '../../domain/grader.ts';
import { inTransaction, type RecordContext } from '../context.ts';
import { leftBy, openTo } from './claim.ts';
import type { Purpose } from './open.ts';

/** Work of one kind that waits and that the grader may take now. */
export type Waiting = {
  readonly test: Test;
  readonly purpose: Purpose;
  readonly count: number;
  /** Of the one that is due first. */
  readonly dueAt: Date;
  /** From claim to completion, in the middle; null where too few were completed of late to say. */
  readonly usualSeconds: number | null;
};

/** Fewer would tell how long one person took. */
const USUAL_OF_AT_LEAST = 10;
const USUAL_OF_DAYS = 90;

/** What waits for this grader, by the rules of a claim. Work of others, in conflict or kept for somebody is not counted. */
export function readQueue(
  context: RecordContext,
  { grader, designated }: { grader: string; designated: boolean },
): Promise<{ state: GraderState; waiting: readonly Waiting[] }> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    const { state } = await tx.grader.findUniqueOrThrow({ where: { subject: grader }, select: { state: true } });
    const waiting = await tx.$queryRaw<Waiting[]>`
      WITH ${leftBy({ grader })}, waiting AS (
        SELECT s.test, t.purpose, count(*)::int AS count, min(t.due_at) AS due_at ${openTo({ grader, designated }, now)} GROUP BY s.test, t.purpose
      )
      SELECT waiting.test, waiting.purpose, waiting.count, waiting.due_at AS "dueAt",
        CASE WHEN usual.count >= ${USUAL_OF_AT_LEAST} THEN usual.seconds END AS "usualSeconds"
      FROM waiting CROSS JOIN LATERAL (
        SELECT count(*) AS count, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.completed_at - c.claimed_at)::float8) AS seconds
        FROM assignment t JOIN claim c ON c.assignment_id = t.id AND c.released_at IS NULL
          JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id
        WHERE t.state = 'completed' AND t.completed_at > ${now} - make_interval(days => ${USUAL_OF_DAYS}::int)
          AND s.test = waiting.test AND t.purpose = waiting.purpose
      ) usual ORDER BY waiting.due_at`;
    return { state: state as GraderState, waiting };
  });
}
