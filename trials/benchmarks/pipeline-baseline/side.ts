import { createHash, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import type { Side } from '../pipeline-side.ts';
import { RESPONSES, SOLUTION } from '../pipeline-side.ts';
import { inTransaction } from './database.ts';
import { QUEUES } from './queues.ts';
import { baselineAttempt, bell } from './workflow.ts';

/** What a candidate's attempt needs to know of itself between its steps. */
type Known = { readonly aptitude: string; readonly caseStudy: string; readonly upload: string };

const HASH = `sha-256:${createHash('sha256').update('an answer').digest('hex')}`;
const RECEIPT = 'r'.repeat(500);
const workflowId = (attemptId: string) => `baseline-${attemptId}`;

/** Bare inserts of as many rows, in as many transactions, each fact followed by the same signal. */
export function createBaselineSide({ pool, client }: { pool: pg.Pool; client: Client }): Side {
  const known = new Map<string, Known>();

  function of(attemptId: string): Known {
    const found = known.get(attemptId);
    if (!found) throw new TypeError('an attempt is registered first');
    return found;
  }

  function recordDelivery(db: pg.PoolClient, attemptId: string, fact: string) {
    return db.query(
      'INSERT INTO delivery (id, attempt_id, fact, created_at, next_try_at) VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp())',
      [randomUUID(), attemptId, fact],
    );
  }

  const ring = (attemptId: string) => client.workflow.getHandle(workflowId(attemptId)).signal(bell);

  async function openSitting(attemptId: string, test: string, sittingId: string): Promise<void> {
    await inTransaction(pool, async (db) => {
      await db.query('INSERT INTO sitting (id, attempt_id, test, started_at, deadline) VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp())', [
        sittingId,
        attemptId,
        test,
      ]);
      await recordDelivery(db, attemptId, 'started');
    });
    await ring(attemptId);
  }

  return {
    async register() {
      const attemptId = randomUUID();
      await inTransaction(pool, async (db) => {
        await db.query('INSERT INTO candidate (id, subject, name, created_at) VALUES ($1, $2, $3, clock_timestamp())', [
          attemptId,
          `candidate-${attemptId}`,
          'Ada Example',
        ]);
        await db.query(
          `INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by)
           VALUES ($1, $1, $1, 'small', clock_timestamp(), clock_timestamp())`,
          [attemptId],
        );
        await recordDelivery(db, attemptId, 'registered');
      });
      known.set(attemptId, { aptitude: randomUUID(), caseStudy: randomUUID(), upload: randomUUID() });
      await client.workflow.signalWithStart(baselineAttempt, {
        workflowId: workflowId(attemptId),
        taskQueue: QUEUES.workflows,
        args: [attemptId],
        signal: bell,
      });
      return attemptId;
    },

    start: (attemptId) => openSitting(attemptId, 'aptitude', of(attemptId).aptitude),
    download: (attemptId) => openSitting(attemptId, 'case_study', of(attemptId).caseStudy),

    async answer(attemptId) {
      for (const [itemId, value] of Object.entries(RESPONSES)) {
        await pool.query(
          `INSERT INTO response (sitting_id, item_id, value, sequence, saved_at) VALUES ($1, $2, $3, 1, clock_timestamp())
           ON CONFLICT (sitting_id, item_id) DO UPDATE SET value = excluded.value, sequence = excluded.sequence, saved_at = excluded.saved_at`,
          [of(attemptId).aptitude, itemId, JSON.stringify(value)],
        );
      }
    },

    async upload(attemptId) {
      const { upload, caseStudy } = of(attemptId);
      await pool.query(
        `INSERT INTO upload (id, sitting_id, file_name, media_type, size_bytes, declared_sha256, created_at)
         VALUES ($1, $2, 'mine.md', 'text/markdown', $3, $4, clock_timestamp())`,
        [upload, caseStudy, SOLUTION.length, HASH],
      );
      await pool.query('UPDATE upload SET completed_at = clock_timestamp() WHERE id = $1', [upload]);
    },

    async submit(attemptId, test) {
      const { aptitude, caseStudy, upload } = of(attemptId);
      const sittingId = test === 'aptitude' ? aptitude : caseStudy;
      await inTransaction(pool, async (db) => {
        await db.query(
          `INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, upload_id, submitted_at, receipt)
           VALUES ($1, $2, 1, 'submitted', $3, $4, $5, clock_timestamp(), $6)`,
          [randomUUID(), sittingId, HASH, test === 'aptitude' ? JSON.stringify(RESPONSES) : null, test === 'aptitude' ? null : upload, RECEIPT],
        );
        await db.query('UPDATE sitting SET frozen_at = clock_timestamp() WHERE id = $1', [sittingId]);
        await recordDelivery(db, attemptId, 'submitted');
      });
      await ring(attemptId);
    },

    async mark(grader) {
      const taken = await inTransaction(pool, async (db) => {
        const { rows } = await db.query<{ id: string; submission_id: string }>(
          `UPDATE assignment SET holder = $1, fencing_token = 1, lease_expires_at = clock_timestamp()
           WHERE id = (SELECT id FROM assignment WHERE holder IS NULL ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id, submission_id`,
          [grader],
        );
        const [row] = rows;
        if (!row) return undefined;
        await db.query(
          'INSERT INTO claim (id, assignment_id, submission_id, grader, fencing_token, claimed_at) VALUES ($1, $2, $3, $4, 1, clock_timestamp())',
          [randomUUID(), row.id, row.submission_id, grader],
        );
        return { assignmentId: row.id, attemptId: row.submission_id };
      });
      if (!taken) return undefined;
      const { assignmentId, attemptId } = taken;
      await inTransaction(pool, async (db) => {
        await db.query(
          `INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
           VALUES ($1, $3, $4, $5, 't1', 5000, '', clock_timestamp()), ($2, $3, $4, $5, 't2', 5000, '', clock_timestamp())`,
          [randomUUID(), randomUUID(), assignmentId, attemptId, grader],
        );
        await db.query(`UPDATE assignment SET state = 'completed', completed_at = clock_timestamp(), lease_expires_at = NULL WHERE id = $1`, [
          assignmentId,
        ]);
        await recordDelivery(db, attemptId, 'marked');
      });
      await ring(attemptId);
      return attemptId;
    },

    async result(attemptId) {
      await client.workflow.getHandle(workflowId(attemptId)).result();
      known.delete(attemptId);
    },

    close: () => pool.end(),
  };
}
