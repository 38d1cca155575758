import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { inTransaction } from './database.ts';

export type Test = 'aptitude' | 'case_study';

const ITEMS = JSON.stringify(['c1', 'c2', 't1', 't2'].map((itemId) => ({ itemId, millipoints: 5000, millipointsMax: 5000, basis: 'agreed' })));

/** Writes that the workflow waits for within its own task. */
export function createLocalActivities(pool: pg.Pool) {
  return {
    async load(attemptId: string): Promise<void> {
      await pool.query('UPDATE delivery SET consumed_at = clock_timestamp() WHERE attempt_id = $1 AND consumed_at IS NULL', [attemptId]);
    },
    async loadMarks(_attemptId: string): Promise<void> {},
  };
}

/** The steps on queues of their own: as many rows in as many transactions as the pipeline's. */
export function createActivities(pool: pg.Pool) {
  return {
    async gradeChoices(_attemptId: string): Promise<void> {},

    async openAssignments(attemptId: string, test: Test): Promise<void> {
      await pool.query(
        `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, created_at)
         VALUES ($1, $3, 1, $4, $5, 3600, clock_timestamp() + interval '7 days', clock_timestamp()),
                ($2, $3, 2, $4, $5, 3600, clock_timestamp() + interval '7 days', clock_timestamp())`,
        [randomUUID(), randomUUID(), attemptId, test, ['t1', 't2']],
      );
    },

    async composeFeedback(attemptId: string, test: Test): Promise<void> {
      await pool.query(`INSERT INTO feedback (attempt_id, test, grading_round, entries, composed_at) VALUES ($1, $2, 1, '[]', clock_timestamp())`, [
        attemptId,
        test,
      ]);
    },

    async publishDecision(attemptId: string, test: Test): Promise<void> {
      await inTransaction(pool, async (client) => {
        await client.query(
          `INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
           VALUES ($1, $2, $3, 1, $2, true, 20000, 20000, 10000, $4, clock_timestamp())`,
          [randomUUID(), attemptId, test, ITEMS],
        );
        if (test === 'aptitude') {
          await client.query(`UPDATE attempt SET aptitude_decision_id = $2, download_by = clock_timestamp() + interval '30 days' WHERE id = $1`, [
            attemptId,
            randomUUID(),
          ]);
          return;
        }
        await client.query(
          `INSERT INTO certificate (id, attempt_id, candidate_id, exam_id, name, basis_points, issued_at)
           VALUES ($1, $2, $2, 'small', 'Ada Example', 10000, clock_timestamp())`,
          [randomUUID(), attemptId],
        );
        await client.query(`UPDATE attempt SET outcome = 'certified', settled_at = clock_timestamp() WHERE id = $1`, [attemptId]);
      });
    },

    async notifyResult(attemptId: string, test: Test): Promise<void> {
      await pool.query(
        `INSERT INTO notice (id, attempt_id, kind, subject, body, created_at) VALUES ($1, $2, $3, 'Your result', 'Your result is out.', clock_timestamp())`,
        [randomUUID(), attemptId, test],
      );
    },
  };
}

export type LocalActivities = ReturnType<typeof createLocalActivities>;
export type Activities = ReturnType<typeof createActivities>;
