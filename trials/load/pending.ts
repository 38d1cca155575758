import type pg from 'pg';
import { examIdOf } from './exams.ts';

/** What waits, as PostgreSQL has it: exact, and there whatever else is away. */
export type Pending = {
  /** Facts that no workflow has loaded, the attempts that they are of, and the age of the oldest in seconds. */
  readonly facts: number;
  readonly attempts: number;
  readonly factSeconds: number;
  /** Submissions of the exam day without a decision, and the age of the oldest in seconds. */
  readonly undecided: number;
  readonly undecidedSeconds: number;
};

export async function readPending(database: pg.Pool): Promise<Pending> {
  const { rows } = await database.query<Pending>(
    `SELECT f.facts, f.attempts, f.seconds AS "factSeconds", u.undecided, u.seconds AS "undecidedSeconds"
     FROM (SELECT count(*)::int AS facts, count(DISTINCT attempt_id)::int AS attempts,
             coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS seconds
           FROM delivery WHERE consumed_at IS NULL AND voided_at IS NULL) f,
          (SELECT count(*)::int AS undecided, coalesce(extract(epoch FROM now() - min(b.submitted_at)), 0)::float8 AS seconds
           FROM attempt a JOIN sitting s ON s.attempt_id = a.id JOIN submission b ON b.sitting_id = s.id
           WHERE a.exam_id = $1 AND NOT EXISTS (SELECT FROM decision d WHERE d.attempt_id = a.id)) u`,
    [examIdOf('exam-day')],
  );
  const [pending] = rows;
  if (!pending) throw new RangeError('counts are always there');
  return pending;
}
