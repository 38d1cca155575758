import os from 'node:os';
import pg from 'pg';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { asWritten, looksFor, takeNext } from '../../store/assignments/claim.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { median, rounded } from '../support/statistics.ts';
import { analyze, fillOpen, FORECAST, prepareRecords } from './growth-records.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:claim`: what PostgreSQL takes to find the next assignment for a grader, with many open. By EXPLAIN of the statements that a
 * claim sends (store/assignments/claim.ts), each rolled back: the first time on a connection, when they are planned, and from then on, when the
 * connection has them. The last line is JSON, milliseconds, medians.
 */

const USAGE = 'Usage: npm run bench:claim [-- --open 100000 --turns 15]';
const say = (line: string) => console.error(line);

/** Of a hundred open attempts, as fillOpen has them in its phases. */
const SEATS_OF_A_HUNDRED = 81;
const DISPUTES = 20;
/** PostgreSQL plans a statement for its values five times before it may plan it for all. */
const BEFORE_KEPT = 6;

type Options = { readonly open: number; readonly turns: number };

function readOptions(): Options {
  const { values } = readCommandLine(USAGE, { options: { open: { type: 'string', default: '100000' }, turns: { type: 'string', default: '15' } } });
  return wholeNumbers(USAGE, values);
}

/** Who claims, and what is done before so that it is so. */
type Case = { readonly who: string; readonly grader: string; readonly designated: boolean; readonly before?: string };

const CASES: readonly Case[] = [
  { who: 'a grader', grader: 'grader-100', designated: false },
  { who: 'a designated grader, a dispute', grader: 'grader-1', designated: true },
  {
    who: 'a designated grader, no dispute left, others are there',
    grader: 'grader-1',
    designated: true,
    before: `UPDATE assignment SET state = 'void' WHERE purpose = 'adjudicate' AND state = 'open'`,
  },
  {
    who: 'the only designated grader, spared for all of it',
    grader: 'grader-1',
    designated: true,
    before: `UPDATE grader SET designated = (subject = 'grader-1')`,
  },
];

async function main({ open, turns }: Options, signal: AbortSignal): Promise<void> {
  await withBenchServers({ log: say, signal, settings: ['shared_buffers=1GB', 'autovacuum=off'] }, async ({ databaseUrl }) => {
    const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    client.on('error', () => {});
    await prepareRecords(client, createExamVersionStore({ prisma, clock: postgresClock }), FORECAST);
    await fillOpen(client, FORECAST, Math.ceil((open * 100) / SEATS_OF_A_HUNDRED));
    await openDisputes(client);
    await analyze(client);
    const seats = await seatsOpen(client);
    say(`${seats} assignments are open; load ${os.loadavg()[0]?.toFixed(1)}`);
    const milliseconds: Record<string, Record<string, number>> = {};
    for (const one of CASES) {
      if (signal.aborted) break;
      if (one.before !== undefined) await client.query(`${one.before}; ANALYZE assignment, grader`);
      const [first, kept] = [await measure(databaseUrl, one, { turns, isKept: false }), await measure(databaseUrl, one, { turns, isKept: true })];
      milliseconds[one.who] = {
        look: rounded(median(first.map(({ execution }) => execution)), 2),
        planning: rounded(median(first.map(({ planning }) => planning)), 2),
        keptLook: rounded(median(kept.map(({ execution }) => execution)), 2),
        keptPlanning: rounded(median(kept.map(({ planning }) => planning)), 2),
      };
      say(
        `${one.who.padEnd(56)} ${Object.entries(milliseconds[one.who] ?? {})
          .map(([name, time]) => `${name} ${time}`)
          .join(', ')} ms`,
      );
    }
    console.log(JSON.stringify({ benchmark: 'claim', open: seats, milliseconds }));
    await client.end();
    await prisma.$disconnect();
  });
}

/** Disputes about what two have marked, which only a designated grader settles. */
async function openDisputes(client: pg.Client): Promise<void> {
  await client.query(`BEGIN; SET LOCAL session_replication_role = replica;
    INSERT INTO assignment (id, submission_id, seat, purpose, item_ids, lease_seconds, due_at, state, created_at)
      SELECT md5('dispute ' || t.submission_id)::uuid, t.submission_id, 3, 'adjudicate', t.item_ids, t.lease_seconds, t.due_at, 'open', t.created_at
      FROM assignment t WHERE t.seat = 1 AND t.state = 'completed' ORDER BY t.id LIMIT ${DISPUTES};
    COMMIT`);
}

async function seatsOpen(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM assignment WHERE state = 'open'`);
  return rows[0]?.count ?? 0;
}

type Taken = { readonly execution: number; readonly planning: number };

/** A claim looks until it finds something; each turn is rolled back. */
async function measure(
  databaseUrl: string,
  { grader, designated }: Case,
  { turns, isKept }: { turns: number; isKept: boolean },
): Promise<readonly Taken[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const claim = { grader, designated };
    const looks = [];
    for (const [index, look] of looksFor(claim, { hasReserved: false, hasLeft: false }).entries()) {
      const { text, values } = takeNext(claim, await postgresClock(), look);
      await client.query(`PREPARE look_${index} AS ${text}`);
      looks.push(`EXECUTE look_${index}${values.length === 0 ? '' : `(${values.map((value) => literal(value)).join(', ')})`}`);
    }
    const taken: Taken[] = [];
    const skipped = isKept ? BEFORE_KEPT : 1;
    for (let turn = 0; turn < turns + skipped; turn += 1) {
      if (!isKept && turn > 0) await client.query('SELECT 1');
      const one = await claimOnce(client, looks, isKept);
      if (turn >= skipped) taken.push(one);
    }
    return taken;
  } finally {
    await client.end();
  }
}

const literal = (value: unknown) => pg.escapeLiteral(String(value));

async function claimOnce(client: pg.Client, looks: readonly string[], isKept: boolean): Promise<Taken> {
  let [execution, planning] = [0, 0];
  // Planned for its values each time, as the first times on a connection.
  await client.query(`BEGIN; SET LOCAL plan_cache_mode = ${isKept ? 'auto' : 'force_custom_plan'}; SELECT ${asWritten.sql}`);
  for (const look of looks) {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [Explained] }>(`EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) ${look}`);
    const [explained] = (rows[0] as NonNullable<(typeof rows)[0]>)['QUERY PLAN'];
    execution += explained['Execution Time'];
    planning += explained['Planning Time'];
    if (explained.Plan['Actual Rows'] > 0) break;
  }
  await client.query('ROLLBACK');
  return { execution, planning };
}

type Explained = { readonly 'Execution Time': number; readonly 'Planning Time': number; readonly Plan: { readonly 'Actual Rows': number } };

await runUntilStopped((signal) => main(readOptions(), signal));
