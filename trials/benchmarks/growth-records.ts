import type pg from 'pg';
import { TESTS, type Test } from '../../domain/exam.ts';
import { smallExam } from '../people/small-exam.ts';
import type { ExamVersionStore } from '../../store/exam-versions.ts';

/**
 * Records of years, by statements alone and without triggers: attempts that are over, so many a week, further and further back; and those that
 * are open, always as many. Each has what the pipeline writes of one: sittings, answers, submissions, assignments with claims and work done,
 * marks, decisions, feedback, certificate, events, notices, mails, and for as long as these are kept deliveries and Idempotency-Keys.
 */

export type Shape = {
  /** Attempts that ended in a week. */
  readonly weekly: number;
  readonly graders: number;
  /** The first of them settle disputes, and do nothing else. */
  readonly designated: number;
};

/** The forecast of docs/capacity.md; fewer graders than it takes, so that each has a history. */
export const FORECAST: Shape = { weekly: 2420, graders: 300, designated: 15 };
const EXAMS = ['one', 'two'] as const;
/** As workers/prune-records.ts keeps them. */
const KEPT_DAYS = 90;
const MAILS_KEPT_DAYS = 400;
const BATCH = 25_000;

/** What the records stand on: exam versions and graders. */
export async function prepareRecords(client: pg.Client, examVersions: Pick<ExamVersionStore, 'publish'>, shape: Shape): Promise<void> {
  for (const examId of EXAMS) await examVersions.publish({ content: smallExam({}, examId), actor: 'growth' });
  await withoutTriggers(client, async () => {
    await client.query(`UPDATE exam_version SET published_at = now() - interval '12 years'`);
    await client.query(
      `INSERT INTO grader (subject, designated, name, email, hours_a_week, mail_kinds, first_seen_at, last_seen_at)
       SELECT 'grader-' || g, g <= $2::int, 'Grader ' || g, 'grader' || g || '@example.org', 10, ARRAY['new_work', 'lease_ending'], now() - interval '9 years', now() - interval '1 hour'
       FROM generate_series(1, $1::int) g`,
      [shape.graders, shape.designated],
    );
    await client.query(
      `INSERT INTO pay_rate (version, effective_from, cents_per_hour, cents_per_piece, recorded_by, reason, recorded_at)
       VALUES (1, now() - interval '12 years', 6000, $1, 'growth', 'growth', now())`,
      [JSON.stringify({ aptitude: { mark: 500, adjudicate: 800 }, case_study: { mark: 2500, adjudicate: 3000 } })],
    );
    await client.query(
      `INSERT INTO event_sink (name, kind, types, created_at, created_by) VALUES ('register', 'register', '{}', now(), 'growth'), ('hook', 'webhook', '{}', now(), 'growth')`,
    );
  });
}

/** Attempts that are over, from the `from`th newest to the `to`th; further ones may be added later. */
export async function fillSettled(
  client: pg.Client,
  shape: Shape,
  { from, to, onBatch }: { from: number; to: number; onBatch?: (done: number) => void },
): Promise<void> {
  for (let first = from; first <= to; first += BATCH) {
    const last = Math.min(first + BATCH - 1, to);
    await fill(
      client,
      shape,
      `SELECT n, ${PHASE_OF_SETTLED} AS phase, now() - n * interval '7 days' / ${shape.weekly} - interval '1 hour' AS settled FROM generate_series(${first}, ${last}) n`,
    );
    onBatch?.(last);
  }
}

/**
 * Indexes but for those that the fill itself reads are built in one go when `work` is done: each row entered into each of them takes twice as long. An
 * index that is there afterwards is the same.
 */
export async function withoutIndexes(client: pg.Client, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = 'public'::regnamespace AND t.relname <> 'pay_statement' AND NOT i.indisprimary
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)`,
  );
  await client.query(rows.map(({ name }) => `DROP INDEX ${name}`).join(';'));
  await work();
  for (const { definition } of rows) await client.query(definition);
}

/** So many open ones, in all phases as a pipeline in balance has them: begun as if they were to end within days. */
export async function fillOpen(client: pg.Client, shape: Shape, count: number): Promise<void> {
  await fill(
    client,
    shape,
    `SELECT -n AS n, ${PHASE_OF_OPEN} AS phase, now() + (n % 600 + 1) * interval '10 minutes' AS settled FROM generate_series(1, ${count}) n`,
  );
}

/** As autovacuum leaves it. */
export async function analyze(client: pg.Client): Promise<void> {
  await client.query('VACUUM (ANALYZE)');
}

async function fill(client: pg.Client, shape: Shape, attempts: string): Promise<void> {
  await withoutTriggers(client, async () => {
    await client.query(staged(attempts));
    await client.query('ANALYZE staged');
    await client.query(seatsOf(shape));
    await client.query('ANALYZE seats');
    for (const statement of recordsOf(shape)) await client.query(statement);
  });
}

async function withoutTriggers(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN; SET LOCAL session_replication_role = replica');
  await work();
  await client.query('COMMIT');
}

const PHASE_OF_SETTLED = `CASE WHEN n % 100 < 55 THEN 'certified' WHEN n % 100 < 90 THEN 'failed' WHEN n % 100 < 97 THEN 'lapsed' ELSE 'withdrawn' END`;
const PHASE_OF_OPEN = `CASE WHEN n % 20 < 6 THEN 'registered' WHEN n % 20 < 7 THEN 'aptitude_test' WHEN n % 20 < 13 THEN 'aptitude_grading'
  WHEN n % 20 < 15 THEN 'case_study_offered' WHEN n % 20 < 17 THEN 'case_study' ELSE 'case_study_grading' END`;

/** As this pipeline writes an instant into JSON. */
const inJson = (at: string) => `to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
/** UUIDs as they are made: of what is ordered the time first (UUIDv7), of all else random. The same each time for the same row. */
const uuidOf = (text: string) => `overlay(overlay(md5(${text}) PLACING '4' FROM 13 FOR 1) PLACING '8' FROM 17 FOR 1)::uuid`;
const random = (kind: string) => uuidOf(`'${kind} ' || n`);
const ordered = (kind: string, at: string) =>
  `(lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7' || substr(md5('${kind} ' || n), 1, 3) || '8' || substr(md5('${kind} ' || n), 4, 15))::uuid`;
/** Text that does not compress to nothing, of so many times 33 characters. */
const prose = (kind: string, lines: number) =>
  `(SELECT string_agg(encode(sha512(('${kind} ' || n || i)::bytea), 'hex'), ' ') FROM generate_series(1, ${Math.ceil(lines / 4)}) i)`;

/** One row an attempt: when it took which step, null where it did not come so far. */
const staged = (attempts: string) => `
  CREATE TEMP TABLE staged ON COMMIT DROP AS
  WITH base AS (${attempts}), going AS (
    SELECT base.*, CASE phase
      WHEN 'certified' THEN 6 WHEN 'failed' THEN CASE WHEN n % 100 < 67 THEN 6 ELSE 3 END WHEN 'lapsed' THEN CASE n % 2 WHEN 0 THEN 3 ELSE 0 END WHEN 'withdrawn' THEN 0
      WHEN 'registered' THEN 0 WHEN 'aptitude_test' THEN 1 WHEN 'aptitude_grading' THEN 2 WHEN 'case_study_offered' THEN 3 WHEN 'case_study' THEN 4 ELSE 5 END AS steps,
      CASE phase WHEN 'aptitude_test' THEN now() - interval '30 minutes' WHEN 'aptitude_grading' THEN settled - interval '5 days' ELSE settled - interval '20 days' END AS began
    FROM base
  ), timed AS (
    SELECT going.*, settled - interval '30 days' AS registered, CASE WHEN steps > 0 THEN began END AS aptitude_at,
      CASE WHEN steps > 1 THEN began + interval '1 hour' END AS aptitude_in,
      CASE WHEN steps > 2 THEN CASE WHEN steps = 3 AND phase = 'failed' THEN settled ELSE settled - interval '14 days' END END AS aptitude_decided,
      CASE WHEN steps > 3 THEN settled - interval '12 days' END AS case_study_at, CASE WHEN steps > 4 THEN settled - interval '5 days' END AS case_study_in,
      CASE WHEN steps > 5 THEN settled END AS case_study_decided
    FROM going
  )
  SELECT timed.*, n < 0 AS is_open, ${random('candidate')} AS candidate, ${ordered('attempt', 'registered')} AS attempt, v.id AS exam_version, v.exam_id,
    ${ordered('aptitude', 'aptitude_at')} AS aptitude, ${ordered('case study', 'case_study_at')} AS case_study,
    ${ordered('aptitude submission', 'aptitude_in')} AS aptitude_submission, ${ordered('case study submission', 'case_study_in')} AS case_study_submission,
    ${ordered('aptitude decision', 'aptitude_decided')} AS aptitude_decision, ${ordered('case study decision', 'case_study_decided')} AS case_study_decision
  FROM timed JOIN (SELECT id, exam_id, row_number() OVER (ORDER BY exam_id) - 1 AS place FROM exam_version) v ON v.place = abs(n) / 7 % ${EXAMS.length}`;

/** Each submission is marked twice, every tenth adjudicated; whoever marked alone is never who marked beside them, and no designated grader. */
const markerOf = ({ graders, designated }: Shape, place: string) =>
  `'grader-' || ${designated + 1} + (abs(n) * 7 + ${place}) % ${graders - designated}`;

/** One row a seat. Of what is open some are marked already, and some held. */
const seatsOf = (shape: Shape) => `
  CREATE TEMP TABLE seats ON COMMIT DROP AS
  SELECT tested.*, seat, ${uuidOf(`'assignment ' || n || test || seat`)} AS assignment, CASE seat WHEN 3 THEN 'adjudicate' ELSE 'mark' END AS purpose,
    CASE seat WHEN 3 THEN 'grader-' || 1 + abs(n) % ${shape.designated} ELSE ${markerOf(shape, 'seat * 101 + length(test) * 13')} END AS grader,
    CASE WHEN decided IS NOT NULL THEN decided - interval '2 hours' + seat * interval '20 minutes' WHEN seat = 1 AND n % 5 = 0 THEN submitted + interval '1 hour' END AS completed,
    decided IS NULL AND seat = 2 AND n % 50 = 0 AS is_held, decided IS NOT NULL AND seat = 1 AND n % 25 = 0 AS was_given_back
  FROM (
    SELECT n, 'aptitude' AS test, aptitude_submission AS submission, aptitude_in AS submitted, aptitude_decided AS decided,
      CASE WHEN n % 2 = 0 THEN ARRAY['t1', 't2'] ELSE ARRAY['t1'] END AS items, exam_id, 3600 AS lease
    FROM staged WHERE aptitude_in IS NOT NULL
    UNION ALL
    SELECT n, 'case_study', case_study_submission, case_study_in, case_study_decided, ARRAY['k1', 'k2'], exam_id, 28800 FROM staged WHERE case_study_in IS NOT NULL
  ) tested CROSS JOIN generate_series(1, 3) seat WHERE seat < 3 OR (n % 10 = 0 AND decided IS NOT NULL)`;

const RECENT = `interval '${KEPT_DAYS} days'`;
/** By which step a test is decided, what its decision has, and of what the feedback has a remark. */
const DECIDED: Readonly<Record<Test, { readonly step: number; readonly items: string; readonly remarked: string }>> = {
  aptitude: { step: 3, items: "'c1', 'c2', 't1', 't2'", remarked: 't1' },
  case_study: { step: 6, items: "'k1', 'k2'", remarked: 'k1' },
};
const tests = (columns: (test: Test) => string, where: (test: Test) => string) =>
  TESTS.map((test) => `SELECT ${columns(test)} FROM staged WHERE ${where(test)}`).join(' UNION ALL ');
const claimId = ordered("claim ' || test || seat || '", 'claimed');

const recordsOf = (shape: Shape): readonly string[] => [
  `INSERT INTO candidate (id, subject, name, email, locale, created_at)
   SELECT candidate, 'auth0|' || md5('s' || n), initcap(translate(substr(md5('f' || n), 1, 6), '0123456789', 'ghijklmnop')) || ' ' ||
     initcap(translate(substr(md5('l' || n), 1, 7), '0123456789', 'rstuvwamno')), 'p' || n || '@example.org', 'en', registered FROM staged`,
  `INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by, download_by, aptitude_decision_id, outcome, settled_at, told)
   SELECT attempt, candidate, exam_version, exam_id, registered, registered + interval '1 year', aptitude_decided + interval '30 days',
     CASE WHEN aptitude_decided IS NOT NULL AND NOT (phase = 'failed' AND steps = 3) THEN aptitude_decision END, CASE WHEN NOT is_open THEN phase END, CASE WHEN NOT is_open THEN settled END, true
   FROM staged`,
  `INSERT INTO sitting (id, attempt_id, test, started_at, deadline, frozen_at, case_study_id)
   SELECT aptitude, attempt, 'aptitude', aptitude_at, aptitude_at + interval '90 minutes', aptitude_in, NULL FROM staged WHERE aptitude_at IS NOT NULL
   UNION ALL SELECT case_study, attempt, 'case_study', case_study_at, case_study_at + interval '14 days', case_study_in, 'one' FROM staged WHERE case_study_at IS NOT NULL`,
  `INSERT INTO response (sitting_id, item_id, value, sequence, saved_at)
   SELECT aptitude, item, CASE WHEN item LIKE 't%' THEN to_jsonb(${prose('answer', 8)}) ELSE '["a"]'::jsonb END, 3, aptitude_at + interval '10 minutes'
   FROM staged CROSS JOIN unnest(ARRAY['c1', 'c2', 't1', 't2']) item WHERE aptitude_at IS NOT NULL AND (item <> 't2' OR n % 2 = 0)`,
  `INSERT INTO upload (id, sitting_id, file_name, media_type, size_bytes, declared_sha256, created_at, completed_at, arrived_at, scan_state, scanned_at)
   SELECT ${random('upload')}, case_study, 'solution.pdf', 'application/pdf', 2000000, md5('u' || n) || md5('v' || n), case_study_in - interval '1 hour', case_study_in - interval '1 hour',
     case_study_in - interval '1 hour', 'clean', case_study_in - interval '1 hour' FROM staged WHERE case_study_in IS NOT NULL`,
  `INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, upload_id, submitted_at, receipt, told)
   SELECT aptitude_submission, aptitude, 1, 'submitted', 'sha-256:' || md5('h' || n), jsonb_build_object('c1', '["a"]'::jsonb, 'c2', '["a", "b"]'::jsonb, 't1', ${prose('answer', 8)}) ||
     CASE WHEN n % 2 = 0 THEN jsonb_build_object('t2', ${prose('answer two', 8)}) ELSE '{}'::jsonb END, NULL, aptitude_in, ${prose('receipt', 15)}, true FROM staged WHERE aptitude_in IS NOT NULL
   UNION ALL SELECT case_study_submission, case_study, 1, 'submitted', 'sha-256:' || md5('i' || n), NULL, ${random('upload')}, case_study_in, ${prose('receipt two', 15)}, true FROM staged WHERE case_study_in IS NOT NULL`,
  `INSERT INTO result_expectation (submission_id, number, expected_by, basis, told_at)
   SELECT submission, 1, submitted + interval '7 days', '{"kind": "outlook"}', submitted FROM seats WHERE seat = 1`,
  `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, holder, lease_expires_at, fencing_token, completed_at, created_at)
   SELECT assignment, submission, seat, purpose, items, lease, submitted + interval '7 days', CASE WHEN completed IS NULL THEN 'open' ELSE 'completed' END,
     CASE WHEN completed IS NOT NULL OR is_held THEN grader END, CASE WHEN is_held THEN now() + interval '40 minutes' WHEN completed IS NOT NULL THEN completed + interval '10 minutes' END,
     CASE WHEN was_given_back THEN 2 WHEN completed IS NOT NULL OR is_held THEN 1 ELSE 0 END, completed, submitted + interval '2 seconds' FROM seats`,
  `INSERT INTO claim (id, assignment_id, submission_id, grader, fencing_token, claimed_at, released_at, release_cause, pay_settled)
   SELECT ${claimId}, assignment, submission, grader, CASE WHEN was_given_back THEN 2 ELSE 1 END, claimed, NULL, NULL, coalesce(completed < date_trunc('month', now()), false)
   FROM (SELECT *, coalesce(completed - interval '15 minutes', now() - interval '20 minutes') AS claimed FROM seats) seats WHERE completed IS NOT NULL OR is_held
   UNION ALL SELECT ${ordered("given back ' || test || seat || '", 'claimed')}, assignment, submission, ${markerOf(shape, '31')}, 1, claimed, claimed + interval '5 minutes', 'released', claimed < date_trunc('month', now())
   FROM (SELECT *, completed - interval '30 minutes' AS claimed FROM seats) seats WHERE was_given_back`,
  `INSERT INTO marking_stretch (assignment_id, fencing_token, started_at, ended_at, grader)
   SELECT assignment, CASE WHEN was_given_back THEN 2 ELSE 1 END, completed - interval '15 minutes', completed, grader FROM seats WHERE completed IS NOT NULL
   UNION ALL SELECT assignment, 1, now() - interval '20 minutes', now() - interval '2 minutes', grader FROM seats WHERE completed IS NULL AND is_held`,
  `INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
   SELECT ${uuidOf(`'mark ' || n || test || seat || item`)}, assignment, submission, grader, item, 10 * ((abs(n) * 37 + seat * 11) % 400 + 100), ${prose('reason', 4)}, completed
   FROM seats CROSS JOIN unnest(items) item WHERE completed IS NOT NULL`,
  `INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
   ${tests(
     (
       test,
     ) => `${test}_decision, attempt, '${test}', 1, ${test}_submission, NOT (phase = 'failed' AND steps = ${DECIDED[test].step}), 17000, 20000, 8500,
       (SELECT jsonb_agg(jsonb_build_object('itemId', item, 'millipoints', 4000, 'millipointsMax', 5000, 'basis', 'averaged'))
         FROM unnest(ARRAY[${DECIDED[test].items}]) item), ${test}_decided`,
     (test) => `${test}_decided IS NOT NULL`,
   )}`,
  `INSERT INTO undecided_submission (attempt_id, test, round, submission_id, submitted_at)
   ${tests(
     (test) => `attempt, '${test}', 1, ${test}_submission, ${test}_in`,
     (test) => `${test}_in IS NOT NULL AND ${test}_decided IS NULL`,
   )}`,
  `INSERT INTO feedback (attempt_id, test, grading_round, entries, composed_at)
   ${tests(
     (test) =>
       `attempt, '${test}', 1, jsonb_build_array(jsonb_build_object('itemId', '${DECIDED[test].remarked}', 'title', 'Item one', 'points', 4, 'pointsMax', 5, 'remarks', jsonb_build_array(${prose('feedback', 12)}))), ${test}_decided`,
     (test) => `${test}_decided IS NOT NULL`,
   )}`,
  `INSERT INTO certificate (id, attempt_id, candidate_id, exam_id, exam_title, name, basis_points, issued_at, status_position, credential)
   SELECT ${random('certificate')}, attempt, candidate, exam_id, 'A small exam', 'Somebody ' || n, 8500, settled, n, json_build_object('id', 'urn:uuid:' || ${random('certificate')}, 'proof', ${prose('credential', 70)})
   FROM staged WHERE phase = 'certified'`,
  `INSERT INTO register_entry (certificate_id, name, exam_title, issued_at, basis_points, status, revision)
   SELECT ${random('certificate')}, 'Somebody ' || n, 'A small exam', settled, 8500, 'valid', 1 FROM staged WHERE phase = 'certified'`,
  `INSERT INTO event (id, key, type, data, time, fanned_out_at)
   SELECT ${ordered("event ' || number || '", 'at')}, attempt, type, jsonb_build_object('attemptId', attempt, 'test', 'aptitude', 'round', 1), at, at + interval '1 second'
   FROM staged CROSS JOIN LATERAL (VALUES (1, 'attempt.registered', registered), (2, 'attempt.submitted', aptitude_in), (3, 'attempt.graded', aptitude_decided), (4, 'attempt.published', aptitude_decided),
     (5, 'attempt.submitted', case_study_in), (6, 'attempt.published', case_study_decided), (7, 'certificate.issued', CASE WHEN phase = 'certified' THEN settled END)) told (number, type, at)
   WHERE at IS NOT NULL ORDER BY at`,
  `INSERT INTO notice (id, attempt_id, occasion, kind, subject, body, created_at)
   SELECT ${ordered("notice ' || kind || '", 'at')}, attempt, kind, kind, 'About your attempt', ${prose('notice', 10)}, at
   FROM staged CROSS JOIN LATERAL (VALUES ('registered', registered), ('aptitude_submitted', aptitude_in), ('aptitude' || CASE WHEN phase = 'failed' AND steps = 3 THEN '_failed' ELSE '_passed' END, aptitude_decided),
     ('case_study_submitted', case_study_in), ('case_study' || CASE WHEN phase = 'failed' THEN '_failed' ELSE '_passed' END, case_study_decided)) told (kind, at) WHERE at IS NOT NULL`,
  `INSERT INTO mail (id, occasion_key, kind, candidate_id, attempt_id, data, state, tries, created_at, next_try_at, settled_at)
   SELECT ${ordered("mail ' || kind || '", 'at')}, attempt || ':' || kind, kind, candidate, attempt, '{}', CASE WHEN n % 500 = 0 AND kind = 'registered' THEN 'bounced' ELSE 'sent' END, 1, at, at, at + interval '3 seconds'
   FROM staged CROSS JOIN LATERAL (VALUES ('registered', registered), ('aptitude_submitted', aptitude_in), ('aptitude_result', aptitude_decided), ('case_study_submitted', case_study_in),
     ('case_study_result', case_study_decided)) told (kind, at) WHERE at > now() - interval '${MAILS_KEPT_DAYS} days' - interval '1 hour'`,
  `INSERT INTO audit_entry (id, action_key, attempt_id, actor, action, reason, details, at)
   SELECT ${ordered('audit', 'settled')}, 'act:' || n, attempt, CASE WHEN n % 2 = 0 THEN 'system' ELSE 'staff-1' END, CASE WHEN n % 2 = 0 THEN 'remove_upload' ELSE 'extend' END, 'as agreed',
     CASE WHEN n % 2 = 0 THEN jsonb_build_object('why', 'superseded', 'sizeBytes', 2000000) ELSE '{}'::jsonb END, settled FROM staged WHERE n % 7 = 0 AND NOT is_open`,
  `INSERT INTO delivery (id, attempt_id, fact, created_at, delivered_at, consumed_at, next_try_at)
   SELECT ${ordered("delivery ' || number || '", 'at')}, attempt, fact, at, at, at + interval '20 milliseconds', at + interval '2 seconds'
   FROM staged CROSS JOIN LATERAL (VALUES (1, 'registered', registered), (2, 'started', aptitude_at), (3, 'submitted', aptitude_in), (4, 'marked', aptitude_decided), (5, 'downloaded', case_study_at),
     (6, 'submitted', case_study_in), (7, 'marked', case_study_decided)) rung (number, fact, at) WHERE at > now() - ${RECENT} - interval '1 hour'`,
  `INSERT INTO idempotency (actor, operation, key, request_hash, response, created_at)
   SELECT 'auth0|' || md5('s' || n), operation, md5(operation || n), md5(operation), '{"ok": true}', at
   FROM staged CROSS JOIN LATERAL (VALUES ('register', registered), ('start', aptitude_at), ('submit', aptitude_in), ('download', case_study_at), ('submit_case_study', case_study_in), ('claim', aptitude_decided),
     ('complete', aptitude_decided), ('claim again', case_study_decided)) asked (operation, at) WHERE at > now() - ${RECENT} - interval '1 hour'`,
  // Whoever marked was paid for what ended before this month.
  `INSERT INTO pay_statement (id, grader, month, currency, cents, issued_by, issued_at)
   SELECT DISTINCT ${uuidOf(`'statement ' || grader || to_char(completed, 'YYYY-MM')`)}, grader, to_char(completed, 'YYYY-MM'), 'USD', 100000, 'growth', date_trunc('month', completed) + interval '1 month'
   FROM seats WHERE completed < date_trunc('month', now()) ON CONFLICT DO NOTHING`,
  `INSERT INTO pay_line (statement_id, position, claim_id, cents, evidence)
   SELECT ${uuidOf(`'statement ' || grader || to_char(completed, 'YYYY-MM')`)}, abs(n) * 20 + CASE WHEN n < 0 THEN 10 ELSE 0 END + seat * 2 + length(test) / 10, ${claimId}, 2000, jsonb_build_object('kind', 'work', 'assignmentId', assignment, 'test', test, 'purpose', purpose,
     'isCompleted', true, 'endedAt', ${inJson('completed')}, 'stretches', jsonb_build_array(jsonb_build_object('startedAt', ${inJson('claimed')}, 'endedAt', ${inJson('completed')})), 'seconds', 900, 'rateVersion', 1,
     'perHour', 6000, 'timeCents', 1500, 'pieceCents', 500)
   FROM (SELECT *, completed - interval '15 minutes' AS claimed FROM seats) seats WHERE completed < date_trunc('month', now())`,
  `INSERT INTO attempt_term (attempt_id, term) SELECT attempt, term FROM staged JOIN candidate c ON c.id = staged.candidate CROSS JOIN LATERAL terms_of(c.name, c.email, c.subject) AS term`,
  `INSERT INTO attempt_standing (attempt_id, candidate_id, exam_id, version, phase, due_at, outcome, needs_attention)
   SELECT attempt, candidate, exam_id, 1, phase, CASE phase WHEN 'registered' THEN registered + interval '1 year' WHEN 'case_study_offered' THEN aptitude_decided + interval '30 days'
     WHEN 'aptitude_test' THEN aptitude_at + interval '90 minutes' WHEN 'case_study' THEN case_study_at + interval '14 days' WHEN 'aptitude_grading' THEN aptitude_in + interval '7 days'
     WHEN 'case_study_grading' THEN case_study_in + interval '7 days' END, CASE WHEN NOT is_open THEN phase END, false FROM staged`,
];
