import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import type { ExamContent } from '../../domain/exam.ts';
import { apiProcess, issuerProcess, urlOf } from '../../local/stack-processes.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { smallExam } from '../people/small-exam.ts';
import { inTurns, median, percentile, rounded } from '../support/statistics.ts';
import { autosavesOf, fire } from './autosave-load.ts';
import { openSittings } from './open-sittings.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:items`: how long a report of the items takes over 200,000 decided tests of 20 choice and 5 text items, how much memory, and
 * what it does to the autosaves of those who sit meanwhile, by turns with and without it. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:items [-- --attempts 200000 --rounds 3 --seconds 30 --autosaves 200]';
const EXAM = 'items';
const CONNECTIONS = 32;
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
  return { ...smallExam({}, EXAM), items: [...choices, ...texts] };
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

type Report = {
  readonly attempts: number;
  readonly items: number;
  readonly seconds: number;
  readonly readingSeconds: number;
  readonly processorSeconds: number;
  readonly peakMegabytes: number;
  readonly alpha: number | undefined;
};

/** In a process of its own, as in the pool. */
async function report(databaseUrl: string, signal: AbortSignal): Promise<Report> {
  const script = fileURLToPath(new URL('items-report.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--database', databaseUrl, '--exam', EXAM], { signal });
  return JSON.parse(stdout) as Report;
}

type Options = { readonly attempts: number; readonly rounds: number; readonly seconds: number; readonly autosaves: number };
type Servers = { readonly databaseUrl: string; readonly apiUrl: string; readonly issuerUrl: string; readonly keys: string };

async function main(options: Options, signal: AbortSignal): Promise<void> {
  await withBenchServers({ log: say, signal }, async ({ databaseUrl, dataDirectory, port, start, apiSettings }) => {
    const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
    await createExamVersionStore({ prisma, clock: postgresClock }).publish({ content: exam(), actor: 'bench' });
    await prisma.$disconnect();
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    say(`writing ${options.attempts} attempts`);
    await fill(client, options.attempts);
    await client.end();
    const [issuerPort, apiPort] = [await port('the issuer'), await port('the API')];
    const issuerUrl = urlOf(issuerPort);
    await start(issuerProcess({ dataDirectory, port: issuerPort, pagesUrl: urlOf(apiPort), log: say, signal }));
    const settings = await apiSettings({ apiPort, issuerUrl, environment: { RATE_LIMIT_PER_MINUTE: '1000000000', DATABASE_POOL_SIZE: '20' } });
    await start(apiProcess(settings, apiPort));
    await measure({ databaseUrl, apiUrl: urlOf(apiPort), issuerUrl, keys: settings.receiptKeys }, options, signal);
  });
}

/** Autosaves at a steady rate, by turns alone and beside a report that is made meanwhile. */
async function measure(servers: Servers, { rounds, seconds, autosaves: perSecond }: Options, signal: AbortSignal): Promise<void> {
  const { databaseUrl, apiUrl: url } = servers;
  const autosaves = autosavesOf(await openSittings(servers));
  const save = () => fire({ url, autosaves, connections: CONNECTIONS, seconds, perSecond, signal });
  const reports: Report[] = [];
  say(`${rounds} rounds: ${perSecond} autosaves a second for ${seconds} s alone, and for ${seconds} s beside a report`);
  const measured = await inTurns(
    rounds,
    {
      alone: save,
      beside: async () => {
        const [load, made] = await Promise.all([save(), report(databaseUrl, signal)]);
        reports.push(made);
        return load;
      },
    },
    (round, { alone, beside }) =>
      say(
        `round ${round}${round === 0 ? ' (dropped)' : ''}  p99 alone ${percentile(alone.milliseconds, 99).toFixed(1)} ms  beside ${percentile(beside.milliseconds, 99).toFixed(1)} ms  report ${reports.at(-1)?.seconds.toFixed(1)} s`,
      ),
  );
  const p99 = (side: 'alone' | 'beside') =>
    percentile(
      measured.flatMap((round) => round[side].milliseconds),
      99,
    );
  const last = reports.at(-1);
  const middle = (of: (made: Report) => number) => rounded(median(reports.map(of)), 1);
  console.log(
    JSON.stringify({
      benchmark: 'items',
      attempts: last?.attempts,
      items: last?.items,
      seconds: middle((made) => made.seconds),
      secondsMax: rounded(Math.max(...reports.map((made) => made.seconds)), 1),
      readingSeconds: middle((made) => made.readingSeconds),
      processorSeconds: middle((made) => made.processorSeconds),
      peakMegabytes: Math.max(...reports.map((made) => made.peakMegabytes)),
      autosavesPerSecond: rounded(median(measured.map((round) => round.beside.perSecond)), 0),
      p99AloneMilliseconds: rounded(p99('alone'), 1),
      p99BesideMilliseconds: rounded(p99('beside'), 1),
      p99Ratio: rounded(p99('beside') / p99('alone'), 3),
      alpha: last?.alpha,
    }),
  );
}

const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
const { values } = readCommandLine(USAGE, {
  options: { attempts: number('200000'), rounds: number('3'), seconds: number('30'), autosaves: number('200') },
});
await runUntilStopped((signal) => main(wholeNumbers(USAGE, values), signal));
