import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { readCommandLine, refuseCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { signingKeys } from '../../local/signing-keys.ts';
import { migrate } from '../../prisma/migrate.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createRecoveryStore } from '../../store/recovery.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { createStore, type Store } from '../../store/store.ts';
import { rounded } from '../support/statistics.ts';
import { regularQueries, type Asked, type RegularQuery } from './growth-queries.ts';
import { analyze, fillOpen, fillSettled, FORECAST, prepareRecords, withoutIndexes } from './growth-records.ts';
import { withBenchServers } from './servers.ts';

/**
 * `npm run bench:growth`: whether what is asked all day long takes longer as the years add up. Fills a database with attempts that are over,
 * always with as many that are open, keeps a copy of it at each size, and times every regular query at all sizes by turns, by the store's own
 * functions. The last line is JSON: `worstRatio` is the largest time at the last size over that at the first, of all queries that take a
 * millisecond at the last.
 */

const USAGE = `Usage: npm run bench:growth [-- --sizes 10000,100000 --open 20000 --turns 7 --only TEXT --hold --at URL,URL]

  --only TEXT    queries with this in their name
  --hold         the databases stay until this is stopped, and it says how to ask them again
  --at URL,URL   asks such databases again, the smallest first, by the queries of today; fills nothing`;
const say = (line: string) => console.error(line);

/** Less is within what clocks and caches do by chance. */
const LEFT_OUT_MILLISECONDS = 1;
/** As a server of 4 GB is set; the rest of PostgreSQL is as it comes. What autovacuum does is done once a size, so that it is not what is measured. */
const SERVER_SETTINGS = ['shared_buffers=1GB', 'max_wal_size=8GB', 'maintenance_work_mem=256MB', 'autovacuum=off'];

type Options = {
  readonly sizes: readonly number[];
  readonly open: number;
  readonly turns: number;
  readonly only: string;
  readonly hold: boolean;
  readonly at: readonly string[];
};

function readOptions(): Options {
  const { values } = readCommandLine(USAGE, {
    options: {
      sizes: { type: 'string', default: '10000,100000' },
      open: { type: 'string', default: '20000' },
      turns: { type: 'string', default: '7' },
      only: { type: 'string', default: '' },
      hold: { type: 'boolean', default: false },
      at: { type: 'string', default: '' },
    },
  });
  const sizes = values.sizes.split(',').map(Number);
  if (!sizes.every((size, index) => Number.isSafeInteger(size) && size > (sizes[index - 1] ?? 0)))
    refuseCommandLine(USAGE, ['--sizes must be rising numbers']);
  const at = values.at.split(',').filter((url) => url !== '');
  if (!at.every((url) => /^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? ''))) refuseCommandLine(USAGE, ['--at must be postgresql:// URLs']);
  return { sizes, ...wholeNumbers(USAGE, { open: values.open, turns: values.turns }), only: values.only, hold: values.hold, at };
}

async function main(options: Options, signal: AbortSignal): Promise<void> {
  if (options.at.length > 0) {
    const keysDirectory = await mkdtemp(join(os.tmpdir(), 'certifiable-bench-'));
    try {
      for (const databaseUrl of options.at) await migrate({ databaseUrl, log: say });
      await compare(options.at, { ...options, keysDirectory, signal });
    } finally {
      await rm(keysDirectory, { recursive: true, force: true });
    }
    return;
  }
  await withBenchServers({ log: say, signal, settings: SERVER_SETTINGS }, async ({ databaseUrl, dataDirectory: keysDirectory }) => {
    const databases = await fillAll(databaseUrl, { ...options, keysDirectory });
    await compare(databases, { ...options, keysDirectory, signal });
    if (options.hold) say(`the databases stay until this is stopped: npm run bench:growth -- --at ${databases.join(',')}`);
    while (options.hold && !signal.aborted) await pause(1000);
  });
}

/** A database of one size, and whoever asks it. */
type Side = {
  readonly client: pg.Client;
  readonly store: Store;
  readonly queries: Readonly<Record<string, RegularQuery>>;
  readonly close: () => Promise<void>;
};

async function openSide(databaseUrl: string, keysDirectory: string): Promise<Side> {
  const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
  const context = { prisma, clock: postgresClock };
  const receipts = await createReceiptSigner({ keys: await signingKeys(keysDirectory, 'receipt'), issuer: 'http://localhost' });
  const store = createStore({ ...context, receipts });
  const queries = regularQueries({ store, recovery: createRecoveryStore(context), register: createPostgresRegister(context) });
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  // What fails is the query that was under way; a connection that ends with the servers is none of it.
  client.on('error', () => {});
  return {
    client,
    store,
    queries,
    async close() {
      await client.end();
      await prisma.$disconnect();
    },
  };
}

/** The largest is filled, and those before it are copies of it on its way. Returns the URL of each size. */
async function fillAll(
  databaseUrl: string,
  { sizes, open, keysDirectory }: Options & { readonly keysDirectory: string },
): Promise<readonly string[]> {
  const databases: string[] = [];
  for (const [index, size] of sizes.entries()) {
    const startedAt = performance.now();
    const { client, store, close } = await openSide(databaseUrl, keysDirectory);
    if (index === 0) {
      await prepareRecords(client, store.examVersions, FORECAST);
      await fillOpen(client, FORECAST, open);
    }
    await withoutIndexes(client, () =>
      fillSettled(client, FORECAST, {
        from: (sizes[index - 1] ?? 0) + 1,
        to: size,
        onBatch: (done) => say(`  ${done} written after ${secondsSince(startedAt)} s`),
      }),
    );
    await analyze(client);
    // As the delivery pool does each hour.
    while (await store.measures.tally());
    say(`${size} attempts that are over, ${open} open: ${await bytesOf(client)} GB, written in ${secondsSince(startedAt)} s; load ${load()}`);
    await close();
    databases.push(index === sizes.length - 1 ? databaseUrl : await copyOf(databaseUrl, size));
  }
  return databases;
}

/** Nobody may be connected to it meanwhile. */
async function copyOf(databaseUrl: string, size: number): Promise<string> {
  const [server, copy] = [new URL(databaseUrl), new URL(databaseUrl)];
  const from = server.pathname.slice(1);
  server.pathname = '/postgres';
  copy.pathname = `/${from}_${size}`;
  const client = new pg.Client({ connectionString: server.href });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${from}_${size} TEMPLATE ${from} STRATEGY file_copy`);
  } finally {
    await client.end();
  }
  return copy.href;
}

type Times = Record<string, number>;

async function compare(
  databases: readonly string[],
  { turns, only, keysDirectory, signal }: Options & { readonly keysDirectory: string; readonly signal: AbortSignal },
): Promise<void> {
  const sides: Side[] = [];
  for (const databaseUrl of databases) sides.push(await openSide(databaseUrl, keysDirectory));
  try {
    const sizes = await Promise.all(sides.map(({ client }) => countOf(client, 'outcome IS NOT NULL')));
    const [open = 0] = await Promise.all(sides.map(({ client }) => countOf(client, 'outcome IS NULL')));
    say(`asked with ${sizes.join(' and ')} attempts that are over, ${open} open; load ${load()}`);
    const measured: readonly Times[] = sides.map(() => ({}));
    const queries = sides[0]?.queries ?? {};
    for (const name of Object.keys(queries)) {
      if (signal.aborted || !name.includes(only)) continue;
      const times = await timesOf(name, { sides, turns });
      for (const [index, time] of times.entries()) (measured[index] ?? {})[name] = time;
      say(`${name.padEnd(46)} ${times.map((time) => time.toFixed(1).padStart(10)).join('')} ms`);
    }
    report(measured, { sizes, open, queries });
  } finally {
    for (const { close } of sides) await close();
  }
}

/** Of each side the least of the turns: what else the machine does only adds. The first one connects, plans and warms, and does not count. */
async function timesOf(name: string, { sides, turns }: { sides: readonly Side[]; turns: number }): Promise<readonly number[]> {
  const asked = await Promise.all(sides.map(({ client }) => whatToAsk(client, turns + 1)));
  const least = sides.map(() => Infinity);
  for (let turn = 0; turn <= turns; turn += 1) {
    for (const [index, { client, queries }] of sides.entries()) {
      const [query, one] = [queries[name], asked[index]?.[turn]];
      if (!query || !one) throw new TypeError(`nobody is certified of whom ${name} could be asked`);
      if (query.undo !== undefined) await client.query(query.undo);
      const startedAt = performance.now();
      await query.run(one);
      if (turn > 0) least[index] = Math.min(least[index] ?? Infinity, performance.now() - startedAt);
      if (query.undo !== undefined) await client.query(query.undo);
    }
  }
  return least;
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

async function countOf(client: pg.Client, which: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM attempt WHERE ${which}`);
  return rows[0]?.count ?? 0;
}

async function bytesOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ gigabytes: number }>('SELECT pg_database_size(current_database()) / 1e9::float8 AS gigabytes');
  return (rows[0]?.gigabytes ?? 0).toFixed(2);
}

const secondsSince = (startedAt: number) => ((performance.now() - startedAt) / 1000).toFixed(0);
const load = () => os.loadavg()[0]?.toFixed(1);

await runUntilStopped((signal) => main(readOptions(), signal));
