import type pg from 'pg';

/** Names that many have: one of each in 100 last names or so, as among people. All others are made up. */
const LAST_NAMES = ['Müller', 'Schmidt', 'García', 'O’Brien', 'Nguyễn', 'Kowalski', 'Łukasz', 'Øster', 'Straße', 'D’Angelo', 'van-Dyk', 'Иванов'];
const FIRST_NAMES = [
  'Ada',
  'Zoë',
  'José',
  'Anna-Lena',
  'Björn',
  'Siân',
  'Chloé',
  'Marta',
  'Igor',
  'Øyvind',
  'Mehmet',
  'Ngọc',
  'Paul',
  'Ines',
  'Tomáš',
  'Ruth',
];

/**
 * Writes attempts of all phases, one in five of them open, with the persons who take them: to exam versions that are published.
 * By statements alone and without triggers, so that 200,000 take seconds; what triggers keep is computed at the end.
 */
export async function fillAttempts(client: pg.Client, count: number): Promise<void> {
  await client.query('BEGIN; SET LOCAL session_replication_role = replica');
  await client.query(
    `CREATE TEMP TABLE filled ON COMMIT DROP AS
     SELECT n, gen_random_uuid() AS candidate, gen_random_uuid() AS aptitude, gen_random_uuid() AS case_study, gen_random_uuid() AS submission,
       -- As UUIDv7 has it: the time first.
       (lpad(to_hex((extract(epoch FROM now() - (($1::int - n) * interval '20 seconds')) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
         || substr(md5(n::text), 4, 15))::uuid AS attempt,
       now() - (($1::int - n) % 60000) * interval '1 minute' AS since,
       (ARRAY['certified','certified','certified','certified','certified','failed','failed','lapsed','withdrawn',
         'registered','aptitude_test','aptitude_grading','case_study_offered','case_study','case_study_grading'])
         [CASE WHEN n % 5 = 0 THEN 10 + n / 5 % 6 ELSE 1 + n % 9 END] AS phase
     FROM generate_series(1, $1::int) n`,
    [count],
  );
  await client.query(
    `INSERT INTO candidate (id, subject, name, email, created_at)
     SELECT candidate, 'auth0|' || md5('s' || n),
       CASE WHEN n % 6 = 0 THEN ($1::text[])[1 + n / 6 % array_length($1::text[], 1)] ELSE initcap(translate(substr(md5('f' || n), 1, 6), '0123456789', 'ghijklmnop')) END || ' ' ||
         CASE WHEN n % 10 = 0 THEN ($2::text[])[1 + n / 10 % array_length($2::text[], 1)] ELSE initcap(translate(substr(md5('l' || n), 1, 7), '0123456789', 'rstuvwamno')) END,
       'p' || n || '@' || (ARRAY['example.org','mail.example','architects.example'])[1 + n % 3], now()
     FROM filled`,
    [FIRST_NAMES, LAST_NAMES],
  );
  await client.query(
    `INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by, download_by, aptitude_decision_id, outcome, settled_at)
     SELECT attempt, candidate, v.id, v.exam_id, since, since + interval '1 year', CASE WHEN phase LIKE 'case_study%' THEN since + interval '30 days' END,
       CASE WHEN phase LIKE 'case_study%' THEN gen_random_uuid() END, CASE WHEN n % 5 > 0 THEN phase END, CASE WHEN n % 5 > 0 THEN since END
     FROM filled JOIN (SELECT id, exam_id, row_number() OVER (ORDER BY exam_id, version) - 1 AS place, count(*) OVER () AS versions FROM exam_version) v
       ON v.place = filled.n / 11 % v.versions`,
  );
  await client.query(
    `INSERT INTO sitting (id, attempt_id, test, started_at, deadline, frozen_at)
     SELECT aptitude, attempt, 'aptitude', since, since + interval '90 minutes', CASE WHEN phase <> 'aptitude_test' THEN since + interval '1 hour' END
     FROM filled WHERE phase NOT IN ('registered', 'lapsed')
     UNION ALL
     SELECT case_study, attempt, 'case_study', since, since + interval '14 days', CASE WHEN phase <> 'case_study' THEN since + interval '1 day' END
     FROM filled WHERE phase IN ('case_study', 'case_study_grading')`,
  );
  await client.query(
    `INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt)
     SELECT submission, CASE phase WHEN 'aptitude_grading' THEN aptitude ELSE case_study END, 1, 'submitted', 'sha-256:', '{}'::jsonb, since, ''
     FROM filled WHERE phase IN ('aptitude_grading', 'case_study_grading')`,
  );
  await client.query(
    `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, created_at, unstaffed_since)
     SELECT gen_random_uuid(), submission, 1, 'mark', ARRAY['t1'], 3600, since + interval '7 days', since, CASE WHEN n % 100 = 0 THEN since END
     FROM filled WHERE phase IN ('aptitude_grading', 'case_study_grading')`,
  );
  await client.query(
    `INSERT INTO attempt_term (attempt_id, term)
     SELECT a.id, term FROM attempt a JOIN candidate c ON c.id = a.candidate_id CROSS JOIN LATERAL terms_of(c.name, c.email, c.subject) AS term ON CONFLICT DO NOTHING`,
  );
  await client.query(
    `INSERT INTO attempt_standing (attempt_id, candidate_id, exam_id, version, phase, due_at, outcome, needs_attention)
     SELECT attempt_id, candidate_id, exam_id, version, phase, due_at, outcome, needs_attention FROM attempt_standing_of_facts ON CONFLICT DO NOTHING`,
  );
  await client.query('COMMIT');
  await client.query('VACUUM ANALYZE');
}
