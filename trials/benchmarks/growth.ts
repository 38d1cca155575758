import os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { readCommandLine, refuseCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { signingKeys } from '../../local/signing-keys.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createRecoveryStore } from '../../store/recovery.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { createStore } from '../../store/store.ts';
import { rounded } from '../support/statistics.ts';
import { regularQueries, type Asked, type RegularQuery } from './growth-queries.ts';
import { analyze, fillOpen, fillSettled, FORECAST, prepareRecords } from './growth-records.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:growth`: whether what is asked all day long takes longer as the years add up. Fills a database with attempts that are over,
 * always with as many that are open, and times every regular query at each size, by the store's own functions. The last line is JSON:
 * `worstRatio` is the largest time at the last size over that at the first, of all queries that take a millisecond at the last.
 */

const USAGE = 'Usage: npm run bench:growth [-- --sizes 10000,100000 --open 20000 --turns 7 --only TEXT --hold]';
const say = (line: string) => console.error(line);

/** Less is within what clocks and caches do by chance. */
const LEFT_OUT_MILLISECONDS = 1;
/** As a server of 4 GB is set; the rest of PostgreSQL is as it comes. */
const SERVER_SETTINGS = ['shared_buffers=1GB', 'max_wal_size=8GB', 'maintenance_work_mem=256MB'];

type Options = { readonly sizes: readonly number[]; readonly open: number; readonly turns: number; readonly only: string; readonly hold: boolean };

function readOptions(): Options {
  const { values } = readCommandLine(USAGE, {
    options: {
      sizes: { type: 'string', default: '10000,100000' },
      open: { type: 'string', default: '20000' },
      turns: { type: 'string', default: '7' },
      only: { type: 'string', default: '' },
      hold: { type: 'boolean', default: false },
    },
  });
  const sizes = values.sizes.split(',').map(Number);
  if (!sizes.every((size, index) => Number.isSafeInteger(size) && size > (sizes[index - 1] ?? 0)))
    refuseCommandLine(USAGE, ['--sizes must be rising numbers']);
  return { sizes, ...wholeNumbers(USAGE, { open: values.open, turns: values.turns }), only: values.only, hold: values.hold };
}

type Times = Readonly<Record<string, number>>;

async function main({ sizes, open, turns, only, hold }: Options, signal: AbortSignal): Promise<void> {
  await withBenchServers({ log: say, signal, settings: SERVER_SETTINGS }, async ({ databaseUrl, dataDirectory }) => {
    const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
    const context = { prisma, clock: postgresClock };
    const receipts = await createReceiptSigner({ keys: await signingKeys(dataDirectory, 'receipt'), issuer: 'http://localhost' });
    const store = createStore({ ...context, receipts });
    const queries = regularQueries({
      store,
      recovery: createRecoveryStore(context),
      register: createPostgresRegister(context),
    });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    // What fails is the query that was under way; a connection that ends with the servers is none of it.
    client.on('error', () => {});
    await prepareRecords(client, createExamVersionStore(context), FORECAST);
    await fillOpen(client, FORECAST, open);
    const measured: Times[] = [];
    for (const [index, size] of sizes.entries()) {
      const startedAt = performance.now();
      await fillSettled(client, FORECAST, {
        from: (sizes[index - 1] ?? 0) + 1,
        to: size,
        onBatch: (done) => done % 100_000 === 0 && say(`  ${done} written`),
      });
      await analyze(client);
      // As the delivery pool does each hour.
      while (await store.measures.tally());
      say(
        `${size} attempts that are over, ${open} open: ${await bytesOf(client)} GB, written in ${((performance.now() - startedAt) / 1000).toFixed(0)} s; load ${load()}`,
      );
      measured.push(await timeAll(queries, { client, turns, only, signal }));
    }
    report(measured, { sizes, open, queries });
    if (hold) say(`the database stays until this is stopped: ${databaseUrl}`);
    while (hold && !signal.aborted) await pause(1000);
    await client.end();
    await prisma.$disconnect();
  });
}

async function timeAll(
  queries: Readonly<Record<string, RegularQuery>>,
  { client, turns, only, signal }: { client: pg.Client; turns: number; only: string; signal: AbortSignal },
): Promise<Times> {
  const times: Record<string, number> = {};
  for (const [name, query] of Object.entries(queries)) {
    if (signal.aborted || !name.includes(only)) continue;
    times[name] = await timeOf(query, { client, turns });
    say(`${name.padEnd(46)} ${times[name].toFixed(1)} ms`);
  }
  return times;
}

/** The least of the turns: what else the machine does only adds. The first one connects, plans and warms, and does not count. */
async function timeOf({ run, undo }: RegularQuery, { client, turns }: { client: pg.Client; turns: number }): Promise<number> {
  const milliseconds: number[] = [];
  const asked = await whatToAsk(client, turns + 1);
  for (const [turn, one] of asked.entries()) {
    if (undo !== undefined) await client.query(undo);
    const startedAt = performance.now();
    await run(one);
    if (turn > 0) milliseconds.push(performance.now() - startedAt);
  }
  if (undo !== undefined) await client.query(undo);
  return Math.min(...milliseconds);
}

/** Whoever and whatever, one a turn: attempts are those of the newest weeks, whose records every size has. */
async function whatToAsk(client: pg.Client, turns: number): Promise<readonly Asked[]> {
  const { rows } = await client.query<Asked>(
    `SELECT 'grader-' || 16 + (n * 17 + floor(random() * 280)::int) % 280 AS grader, 'grader-' || 1 + (n + floor(random() * 15)::int) % 15 AS designated,
       c.attempt_id AS "attemptId", k.subject, c.id AS "certificateId"
     FROM generate_series(1, $1::int) n JOIN (SELECT *, row_number() OVER (ORDER BY issued_at DESC) AS place FROM certificate ORDER BY issued_at DESC LIMIT 5000) c ON c.place = n * 97
       JOIN candidate k ON k.id = c.candidate_id`,
    [turns],
  );
  return rows;
}

function report(
  measured: readonly Times[],
  { sizes, open, queries }: { sizes: readonly number[]; open: number; queries: Readonly<Record<string, RegularQuery>> },
): void {
  const [first = {}, last = {}] = [measured.at(0), measured.at(-1)];
  const ratios = Object.entries(last)
    .filter(([, time]) => time >= LEFT_OUT_MILLISECONDS)
    .map(([name, time]) => ({ name, ratio: time / Math.max(first[name] ?? time, LEFT_OUT_MILLISECONDS) }))
    .toSorted((one, other) => other.ratio - one.ratio);
  say(`\n${'milliseconds, the least'.padEnd(46)} ${sizes.map((size) => String(size).padStart(10)).join('')}      ratio`);
  for (const name of Object.keys(last)) {
    const ratio = ratios.find((one) => one.name === name)?.ratio;
    say(
      `${name.padEnd(46)} ${measured.map((times) => (times[name] ?? 0).toFixed(1).padStart(10)).join('')} ${ratio === undefined ? '' : ratio.toFixed(2).padStart(10)}`,
    );
  }
  const perMinute = (which: (query: RegularQuery) => boolean) =>
    Object.entries(last).reduce(
      (sum, [name, time]) => sum + (queries[name] && which(queries[name]) ? (time * (queries[name].perMinute ?? 0)) / 1000 : 0),
      0,
    );
  console.log(
    JSON.stringify({
      benchmark: 'growth',
      sizes,
      open,
      worstRatio: rounded(ratios[0]?.ratio ?? 1, 2),
      worst: ratios.slice(0, 5).map(({ name, ratio }) => ({ query: name, ratio: rounded(ratio, 2) })),
      measuresSecondsAMinute: rounded(
        perMinute(({ isMeasure }) => isMeasure === true),
        2,
      ),
      poolsSecondsAMinute: rounded(
        perMinute(({ perMinute: often }) => often !== undefined),
        2,
      ),
      milliseconds: Object.fromEntries(Object.keys(last).map((name) => [name, measured.map((times) => rounded(times[name] ?? 0, 1))])),
    }),
  );
}

async function bytesOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ gigabytes: number }>('SELECT pg_database_size(current_database()) / 1e9::float8 AS gigabytes');
  return (rows[0]?.gigabytes ?? 0).toFixed(2);
}

const load = () => os.loadavg()[0]?.toFixed(1);

await runUntilStopped((signal) => main(readOptions(), signal));
