import pg from 'pg';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { takenTestOf, tallyItemsOf } from '../../domain/exam-answers.ts';
import { analyseItems } from '../../domain/item-analysis.ts';
import { adderTo, emptyTally } from '../../domain/item-tally.ts';
import type { ExamContent } from '../../domain/exam.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createReportStore } from '../../store/reports.ts';
import { smallExam } from '../people/small-exam.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:items`: how long a report of the items takes over 200,000 decided tests of 20 choice and 5 text items, and how much memory. Store
 * and PostgreSQL alone. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:items [-- --attempts 200000]';
const say = (line: string) => console.error(line);
const CHOICES = ['a', 'b', 'c', 'd'];

function exam(): ExamContent {
  const [choice] = smallExam().items;
  if (choice?.type !== 'choice') throw new TypeError('the small exam begins with a choice item');
  const choices = Array.from({ length: 20 }, (_none, place) => ({
    ...choice,
    id: `c${place + 1}`,
    choices: CHOICES.map((id) => ({ id, text: id })),
  }));
  const texts = Array.from(
    { length: 5 },
    (_none, place) => ({ type: 'text', id: `t${place + 1}`, prompt: 'Explain', millipoints: 5000, modelAnswer: 'So' }) as const,
  );
  return { ...smallExam({}, 'items'), items: [...choices, ...texts] };
}

/** Tests whose right answers depend on an ability; one grader marked the texts of each, of 300. By statements alone and without triggers. */
async function fill(client: pg.Client, attempts: number): Promise<void> {
  const run = (text: string, values: readonly unknown[] = []) => client.query(text, [...values]);
  await run('BEGIN; SET LOCAL session_replication_role = replica');
  await run(
    `CREATE TEMP TABLE filled ON COMMIT DROP AS SELECT n, gen_random_uuid() AS candidate, gen_random_uuid() AS attempt, gen_random_uuid() AS sitting, gen_random_uuid() AS submission,
       gen_random_uuid() AS assignment, now() - n * interval '5 minutes' AS since, random() + random() - 0.4 AS ability FROM generate_series(1, $1::int) n`,
    [attempts],
  );
  await run(`CREATE TEMP TABLE answered ON COMMIT DROP AS
    SELECT n, jsonb_object_agg(id, value) AS content, jsonb_agg(jsonb_build_object('itemId', id, 'millipoints', millipoints, 'millipointsMax', 5000, 'basis', basis)) AS items, sum(millipoints)::int AS total
    FROM (SELECT n, 'c' || i AS id, jsonb_build_array(CASE WHEN isright THEN 'a' ELSE 'b' END) AS value, CASE WHEN isright THEN 5000 ELSE 0 END AS millipoints, 'machine' AS basis
      FROM (SELECT n, i, random() < ability + 0.3 - i * 0.02 AS isright FROM filled, generate_series(1, 20) i) c
      UNION ALL SELECT n, 't' || i, to_jsonb(repeat(md5(n || 't' || i), 20)), (floor(random() * 11) * 500)::int, 'single' FROM filled, generate_series(1, 5) i) parts GROUP BY n`);
  await run(`INSERT INTO candidate (id, subject, name, email, created_at) SELECT candidate, 's' || n, 'A', NULL, since FROM filled`);
  await run(`INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, registered_at, start_by, outcome, settled_at)
    SELECT attempt, candidate, v.id, v.exam_id, since, since + interval '1 year', 'failed', since FROM filled, exam_version v`);
  await run(
    `INSERT INTO sitting (id, attempt_id, test, started_at, deadline, frozen_at) SELECT sitting, attempt, 'aptitude', since, since + interval '90 minutes', since FROM filled`,
  );
  await run(`INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, submitted_at, receipt)
    SELECT submission, sitting, 1, 'submitted', md5(n::text), content, since, '' FROM filled JOIN answered USING (n)`);
  await run(`INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
    SELECT gen_random_uuid(), attempt, 'aptitude', 1, submission, total >= 100000, total, 125000, total * 10000 / 125000, items, since FROM filled JOIN answered USING (n)`);
  await run(`INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, completed_at, created_at)
    SELECT assignment, submission, 1, 'mark', ARRAY['t1','t2','t3','t4','t5'], 3600, since, 'completed', since, since FROM filled`);
  await run(`INSERT INTO mark (id, assignment_id, submission_id, grader, item_id, millipoints, reason, recorded_at)
    SELECT gen_random_uuid(), assignment, submission, 'g' || n % 300, item->>'itemId', (item->>'millipoints')::int, 'because', since
    FROM filled JOIN answered USING (n), jsonb_array_elements(items) item WHERE item->>'itemId' LIKE 't%'`);
  await run('COMMIT');
  await run('ANALYZE');
}

async function main({ attempts }: { readonly attempts: number }, signal: AbortSignal): Promise<void> {
  await withBenchServers({ log: say, signal }, async ({ databaseUrl }) => {
    const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
    const context = { prisma, clock: postgresClock };
    const content = exam();
    await createExamVersionStore(context).publish({ content, actor: 'bench' });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    say(`writing ${attempts} attempts`);
    await fill(client, attempts);
    await client.end();
    const reports = createReportStore(context);
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const until = new Date();
    const [examVersionId = ''] = await reports.due({ kind: 'items', until, method: 1 });
    const items = tallyItemsOf(content);
    const tally = emptyTally(items, content.policy.passMark);
    const [add, taken] = [adderTo(tally), takenTestOf(items)];
    for await (const test of reports.decidedTests({ examVersionId, until })) add(taken(test));
    const readAt = performance.now();
    const { test } = analyseItems(tally);
    const seconds = (from: number, to: number) => Math.round((to - from) / 100) / 10;
    const { user, system } = process.cpuUsage(cpu);
    const ended = performance.now();
    console.log(
      JSON.stringify({
        attempts: test.candidates,
        items: test.items,
        seconds: seconds(startedAt, ended),
        readingSeconds: seconds(startedAt, readAt),
        processorSeconds: Math.round((user + system) / 1e5) / 10,
        peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
        alpha: test.alpha?.value,
      }),
    );
    await prisma.$disconnect();
  });
}

const { values } = readCommandLine(USAGE, { options: { attempts: { type: 'string', default: '200000' } } });
await runUntilStopped((signal) => main(wholeNumbers(USAGE, values), signal));
