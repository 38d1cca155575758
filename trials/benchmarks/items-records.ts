import pg from 'pg';
import type { ExamContent } from '../../domain/exam.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { smallExam } from '../people/small-exam.ts';

/** An exam of many items, and decided attempts at it. */

export const ITEMS_EXAM = 'items';
export const CHOICES = ['a', 'b', 'c', 'd'] as const;
export type ItemCounts = { readonly choiceItems: number; readonly textItems: number };

const MILLIPOINTS = 5000;

function itemsExam({ choiceItems, textItems }: ItemCounts): ExamContent {
  const [choice] = smallExam().items;
  if (choice?.type !== 'choice') throw new TypeError('the small exam begins with a choice item');
  const choices = Array.from({ length: choiceItems }, (_none, place) => ({
    ...choice,
    id: `c${place + 1}`,
    choices: CHOICES.map((id) => ({ id, text: id })),
  }));
  const texts = Array.from(
    { length: textItems },
    (_none, place) => ({ type: 'text', id: `t${place + 1}`, prompt: 'Explain', millipoints: MILLIPOINTS, modelAnswer: 'So' }) as const,
  );
  return { ...smallExam({}, ITEMS_EXAM), items: [...choices, ...texts] };
}

/** Publishes the exam in an empty database and fills it: by statements alone, without triggers. */
export async function fillItems(databaseUrl: string, { attempts, ...counts }: ItemCounts & { readonly attempts: number }): Promise<void> {
  const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
  await createExamVersionStore({ prisma, clock: postgresClock }).publish({ content: itemsExam(counts), actor: 'bench' });
  await prisma.$disconnect();
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await fill(client, attempts, counts);
  await client.end();
}

/** Tests whose right answers depend on an ability; one grader marked the texts of each, of 300. */
async function fill(client: pg.Client, attempts: number, { choiceItems, textItems }: ItemCounts): Promise<void> {
  const most = (choiceItems + textItems) * MILLIPOINTS;
  const run = (text: string, values: readonly unknown[] = []) => client.query(text, [...values]);
  await run('BEGIN; SET LOCAL session_replication_role = replica');
  await run(
    `CREATE TEMP TABLE filled ON COMMIT DROP AS SELECT n, gen_random_uuid() AS candidate, gen_random_uuid() AS attempt, gen_random_uuid() AS sitting, gen_random_uuid() AS submission,
       gen_random_uuid() AS assignment, now() - n * interval '5 minutes' AS since, random() + random() - 0.4 AS ability FROM generate_series(1, $1::int) n`,
    [attempts],
  );
  await run(
    `CREATE TEMP TABLE answered ON COMMIT DROP AS
    SELECT n, jsonb_object_agg(id, value) AS content, jsonb_agg(jsonb_build_object('itemId', id, 'millipoints', millipoints, 'millipointsMax', ${MILLIPOINTS}, 'basis', basis)) AS items, sum(millipoints)::int AS total
    FROM (SELECT n, 'c' || i AS id, jsonb_build_array(CASE WHEN isright THEN 'a' ELSE 'b' END) AS value, CASE WHEN isright THEN ${MILLIPOINTS} ELSE 0 END AS millipoints, 'machine' AS basis
      FROM (SELECT n, i, random() < ability + 0.3 - i * 0.4 / ${choiceItems} AS isright FROM filled, generate_series(1, ${choiceItems}) i) c
      UNION ALL SELECT n, 't' || i, to_jsonb(repeat(md5(n || 't' || i), 20)), (floor(random() * 11) * 500)::int, 'single' FROM filled, generate_series(1, ${textItems}) i) parts GROUP BY n`,
  );
  await run(`INSERT INTO candidate (id, subject, name, email, created_at) SELECT candidate, 's' || n, 'A', NULL, since FROM filled`);
  await run(`INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by, outcome, settled_at)
    SELECT attempt, candidate, v.id, v.exam_id, since, since + interval '1 year', 'failed', since FROM filled, exam_version v`);
  await run(
    `INSERT INTO sitting (id, attempt_id, test, started_at, deadline, frozen_at) SELECT sitting, attempt, 'aptitude', since, since + interval '90 minutes', since FROM filled`,
  );
  await run(`INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt)
    SELECT submission, sitting, 1, 'submitted', md5(n::text), content, since, '' FROM filled JOIN answered USING (n)`);
  await run(`INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
    SELECT gen_random_uuid(), attempt, 'aptitude', 1, submission, total >= ${0.8 * most}, total, ${most}, (total::bigint * 10000 / ${most})::int, items, since FROM filled JOIN answered USING (n)`);
  await run(
    `INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, completed_at, created_at)
    SELECT assignment, submission, 1, 'mark', (SELECT array_agg('t' || i) FROM generate_series(1, ${textItems}) i), 3600, since, 'completed', since, since FROM filled`,
  );
  await run(`INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
    SELECT gen_random_uuid(), assignment, submission, 'g' || n % 300, item->>'itemId', (item->>'millipoints')::int, 'because', since
    FROM filled JOIN answered USING (n), jsonb_array_elements(items) item WHERE item->>'itemId' LIKE 't%'`);
  await run('COMMIT');
  await run('ANALYZE');
}
