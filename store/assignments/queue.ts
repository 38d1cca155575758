import type { Test } from '../../domain/exam.ts';
import type { GraderState } from '../../domain/grader.ts';
import { inTransaction, type RecordContext } from '../context.ts';
import { firstIdAt } from '../ids.ts';
import { stoodInFor } from '../seeds/hand-out.ts';
import { asWritten, countable, leftBy, openTo } from './claim.ts';
import type { Purpose } from './open.ts';
import { activeSecondsOfClaim } from './stretches.ts';

/** Work of one kind that waits and that the grader may take now. */
export type Waiting = {
  readonly test: Test;
  readonly purpose: Purpose;
  readonly count: number;
  /** Of the one that is due first. */
  readonly dueAt: Date;
  /** Of active time (domain/active-time.ts), in the middle; null where it is known of too few that were completed of late to say. */
  readonly usualSeconds: number | null;
};

/** Fewer would tell how long one person took. */
const USUAL_OF_AT_LEAST = 10;
const USUAL_OF_DAYS = 90;
/** Everybody who marks asks every half minute: of all kinds the newest are read, along the primary key, and not a quarter for one that is rare. */
const USUAL_OF_NEWEST = 1000;

/** What waits for this grader, by the rules of a claim. Work of others, in conflict or kept for somebody is not counted. */
export function readQueue(
  context: RecordContext,
  { grader, designated }: { grader: string; designated: boolean },
): Promise<{ state: GraderState; waiting: readonly Waiting[] }> {
  return inTransaction(context, async (tx) => {
    const now = await context.clock();
    // Ids are UUIDv7, by the clock of whoever claimed.
    const claimedSince = firstIdAt(Date.now() - USUAL_OF_DAYS * 86_400_000);
    const [record] = await tx.$queryRaw<{ state: GraderState }[]>`SELECT state, ${asWritten} FROM grader WHERE subject = ${grader}`;
    if (!record) throw new TypeError('who asks for a queue is met first');
    const waiting = await tx.$queryRaw<Waiting[]>`
      WITH ${leftBy({ grader })}, unseen AS MATERIALIZED (${stoodInFor({ grader, now })}), waiting AS (
        SELECT s.test, t.purpose, count(*)::int AS count, min(t.due_at) AS due_at ${openTo({ grader, designated }, now)} AND t.purpose <> 'seed'
          AND ${countable({ grader, designated }, now)} AND NOT EXISTS (SELECT 1 FROM unseen WHERE unseen.submission_id = t.submission_id) GROUP BY s.test, t.purpose
      ), recent AS MATERIALIZED (
        SELECT c.id, c.assignment_id, c.submission_id, c.grader FROM claim c
        WHERE c.id > ${claimedSince}::uuid AND c.released_at IS NULL ORDER BY c.id DESC LIMIT ${USUAL_OF_NEWEST}::int
      )
      SELECT waiting.test, waiting.purpose, waiting.count, waiting.due_at AS "dueAt",
        CASE WHEN usual.count >= ${USUAL_OF_AT_LEAST} THEN usual.seconds END AS "usualSeconds"
      FROM waiting CROSS JOIN LATERAL (
        SELECT count(late.seconds) AS count, percentile_cont(0.5) WITHIN GROUP (ORDER BY late.seconds) AS seconds
        FROM (
          SELECT ${activeSecondsOfClaim} AS seconds FROM recent c JOIN assignment t ON t.id = c.assignment_id
            JOIN submission b ON b.id = c.submission_id JOIN sitting s ON s.id = b.sitting_id
          WHERE t.state = 'completed' AND s.test = waiting.test AND t.purpose = waiting.purpose
        ) late
      ) usual ORDER BY waiting.due_at`;
    return { state: record.state, waiting };
  });
}
