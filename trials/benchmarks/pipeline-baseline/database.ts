import type pg from 'pg';

/** The records of an attempt as bare tables: the columns of ours, and no other index than finds a row. */
const TABLES = `
  CREATE TABLE candidate (id uuid PRIMARY KEY, subject text, name text, created_at timestamptz);
  CREATE TABLE attempt (id uuid PRIMARY KEY, candidate_id uuid, exam_version_id uuid, exam_id text, accommodation_percent int DEFAULT 100,
    registered_at timestamptz, start_by timestamptz, download_by timestamptz, aptitude_decision_id uuid, outcome text, outcome_reason text, settled_at timestamptz);
  CREATE TABLE sitting (id uuid PRIMARY KEY, attempt_id uuid, test text, round int DEFAULT 1, started_at timestamptz, deadline timestamptz,
    frozen_at timestamptz, case_study_id text);
  CREATE TABLE response (sitting_id uuid, item_id text, value jsonb, sequence int, saved_at timestamptz, PRIMARY KEY (sitting_id, item_id));
  CREATE TABLE upload (id uuid PRIMARY KEY, sitting_id uuid, file_name text, media_type text, size_bytes int, declared_sha256 text,
    created_at timestamptz, completed_at timestamptz);
  CREATE TABLE submission (id uuid PRIMARY KEY, sitting_id uuid, round int, cause text, content_hash text, content jsonb, upload_id uuid,
    submitted_at timestamptz, receipt text);
  CREATE TABLE assignment (id uuid PRIMARY KEY, submission_id uuid, seat int, purpose text, item_ids text[], lease_seconds int, due_at timestamptz,
    state text DEFAULT 'open', holder text, lease_expires_at timestamptz, fencing_token int DEFAULT 0, reserved_for text,
    completed_at timestamptz, created_at timestamptz);
  CREATE INDEX assignment_free ON assignment (due_at) WHERE holder IS NULL;
  CREATE TABLE claim (id uuid PRIMARY KEY, assignment_id uuid, submission_id uuid, grader text, fencing_token int, claimed_at timestamptz,
    released_at timestamptz, release_cause text);
  CREATE TABLE mark (id uuid PRIMARY KEY, assignment_id uuid, submission_id uuid, grader text, item_id text, millipoints int, reason text,
    recorded_at timestamptz);
  CREATE TABLE decision (id uuid PRIMARY KEY, attempt_id uuid, test text, grading_round int, submission_id uuid, passed boolean, millipoints int,
    millipoints_max int, basis_points int, items jsonb, supersedes_id uuid, decided_at timestamptz);
  CREATE TABLE feedback (attempt_id uuid, test text, grading_round int, entries jsonb, composed_at timestamptz,
    PRIMARY KEY (attempt_id, test, grading_round));
  CREATE TABLE certificate (id uuid PRIMARY KEY, attempt_id uuid, candidate_id uuid, exam_id text, name text, basis_points int,
    issued_at timestamptz, revoked_at timestamptz);
  CREATE TABLE notice (id uuid PRIMARY KEY, attempt_id uuid, kind text, subject text, body text, created_at timestamptz);
  CREATE TABLE delivery (id uuid PRIMARY KEY, attempt_id uuid, fact text, created_at timestamptz, delivered_at timestamptz,
    consumed_at timestamptz, voided_at timestamptz, void_reason text, tries int DEFAULT 0, next_try_at timestamptz);
  CREATE INDEX delivery_unconsumed ON delivery (attempt_id) WHERE consumed_at IS NULL;`;

export async function createTables(pool: pg.Pool): Promise<void> {
  await pool.query(TABLES);
}

export async function inTransaction<Result>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}
