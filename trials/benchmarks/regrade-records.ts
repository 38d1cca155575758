import type pg from 'pg';

/**
 * Writes attempts at the small exam that are decided, by statements alone: of each hundred 60 that failed the aptitude test and
 * 40 that are certified. Every choice is drawn from the number of the attempt, so that two databases hold the same.
 */
export async function fillDecided(client: pg.Client, count: number): Promise<void> {
  await client.query('BEGIN; SET LOCAL session_replication_role = replica');
  await client.query(
    `CREATE TEMP TABLE filled ON COMMIT DROP AS
     SELECT n, md5('candidate' || n)::uuid AS candidate, md5('aptitude' || n)::uuid AS aptitude, md5('case study' || n)::uuid AS case_study,
       md5('answers' || n)::uuid AS answers, md5('file' || n)::uuid AS file, uuidv7_of(n, 'attempt') AS attempt, uuidv7_of(n, 'first') AS first, uuidv7_of(n, 'second') AS second,
       (SELECT id FROM exam_version WHERE exam_id = 'small') AS exam_version, now() - interval '30 days' AS since, n % 100 >= 60 AS certified,
       (ARRAY['a','b','c'])[1 + n % 3] AS c1, 1000 * (n % 6) AS text_points
     FROM generate_series(1, $1::int) n`,
    [count],
  );
  await client.query(`INSERT INTO candidate (id, subject, name, created_at) SELECT candidate, 'bench|' || n, 'Candidate ' || n, since FROM filled`);
  await client.query(
    `INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by, aptitude_decision_id, outcome, settled_at)
     SELECT attempt, candidate, exam_version, 'small', since, since + interval '1 year', CASE WHEN certified THEN first END,
       CASE WHEN certified THEN 'certified' ELSE 'failed' END, since + interval '8 days' FROM filled`,
  );
  await client.query(
    `INSERT INTO sitting (id, attempt_id, test, started_at, deadline, frozen_at, case_study_id)
     SELECT aptitude, attempt, 'aptitude', since, since + interval '90 minutes', since + interval '1 hour', NULL FROM filled
     UNION ALL SELECT case_study, attempt, 'case_study', since, since + interval '14 days', since + interval '1 day', 'one' FROM filled WHERE certified`,
  );
  await client.query(
    `INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt)
     SELECT answers, aptitude, 1, 'submitted', 'sha-256:', jsonb_build_object('c1', jsonb_build_array(c1), 'c2', '["a","b"]'::jsonb, 't1', 'because', 't2', repeat('because ', 100)), since, '' FROM filled
     UNION ALL SELECT file, case_study, 1, 'submitted', 'sha-256:', NULL, since, '' FROM filled WHERE certified`,
  );
  await client.query(
    `INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
     SELECT first, attempt, 'aptitude', 1, answers, certified, points, 20000, points / 2, jsonb_build_array(
         jsonb_build_object('itemId', 'c1', 'millipoints', CASE c1 WHEN 'a' THEN 5000 ELSE 0 END, 'millipointsMax', 5000, 'basis', 'machine'),
         jsonb_build_object('itemId', 'c2', 'millipoints', 5000, 'millipointsMax', 5000, 'basis', 'machine'),
         jsonb_build_object('itemId', 't1', 'millipoints', points - 5000 - CASE c1 WHEN 'a' THEN 5000 ELSE 0 END - text_points, 'millipointsMax', 5000, 'basis', 'agreed'),
         jsonb_build_object('itemId', 't2', 'millipoints', text_points, 'millipointsMax', 5000, 'basis', 'agreed')), since + interval '3 days'
     FROM (SELECT *, 5000 + CASE c1 WHEN 'a' THEN 5000 ELSE 0 END + text_points + CASE WHEN certified THEN 5000 ELSE 2000 END AS points FROM filled) drawn`,
  );
  await client.query(
    `INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
     SELECT second, attempt, 'case_study', 1, file, true, 18000, 20000, 9000,
       '[{"itemId":"k1","millipoints":9000,"millipointsMax":10000,"basis":"agreed"},{"itemId":"k2","millipoints":9000,"millipointsMax":10000,"basis":"agreed"}]', since + interval '8 days'
     FROM filled WHERE certified`,
  );
  await client.query(
    `INSERT INTO certificate (id, attempt_id, candidate_id, exam_id, exam_title, name, basis_points, issued_at)
     SELECT md5('certificate' || n)::uuid, attempt, candidate, 'small', 'A small exam', 'Candidate ' || n, ((SELECT millipoints FROM decision WHERE id = first) / 2 + 9000) / 2, since + interval '8 days'
     FROM filled WHERE certified`,
  );
  await client.query('COMMIT');
  await client.query('VACUUM ANALYZE');
}

/** As UUIDv7 has it, the time first; the rest is drawn from a number. */
export const UUIDV7_OF = `
  CREATE FUNCTION uuidv7_of(n int, part text) RETURNS uuid LANGUAGE sql AS $$
    SELECT (lpad(to_hex(1760000000000 + n), 12, '0') || '7' || substr(md5(part || n), 1, 3) || '8' || substr(md5(part || n), 4, 15))::uuid $$`;
