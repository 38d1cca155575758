import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { answersOk, nodeProcess, type ManagedProcess } from '../../local/process.ts';
import { apiProcess, urlOf } from '../../local/stack-processes.ts';
import { alternate, median, percentile, rounded, type Pair } from '../support/statistics.ts';
import { withBenchServers } from './servers.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { fire, type Load } from './verify-load.ts';

/**
 * `npm run bench:verify`: what a look-up in our register costs beyond the bare minimum. GET
 * /v1/register/certificates/:certificateId of the real API against one Express handler with the same indexed query
 * (verify-baseline.ts), each in a process of its own with as many connections to the same PostgreSQL, in turns. The ids are
 * random, so that what the API remembers for some seconds is of no help. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:verify [-- --rounds 11 --seconds 3 --connections 32 --certificates 250000]';

type Options = { readonly rounds: number; readonly seconds: number; readonly connections: number; readonly certificates: number };

function readOptions(): Options {
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values } = readCommandLine(USAGE, {
    options: { rounds: number('11'), seconds: number('3'), connections: number('32'), certificates: number('250000') },
  });
  return wholeNumbers(USAGE, values);
}

/** Of the ids that are looked up. */
const PRESENT_SHARE = 0.9;
/** As local/stack-processes.ts gives to the API. */
const POOL_SIZE = 20;
const NO_RATE_LIMIT = '1000000000';
const say = (line: string) => console.error(line);

type Servers = { readonly databaseUrl: string; readonly urls: Pair<string> };

async function main(options: Options, signal: AbortSignal): Promise<void> {
  await withServers(signal, async ({ databaseUrl, urls }) => {
    say(`writing ${options.certificates} certificates into the register`);
    const certificateIds = await fillRegister({ databaseUrl, count: options.certificates });
    const nextPath = () => `/v1/register/certificates/${Math.random() < PRESENT_SHARE ? oneOf(certificateIds) : randomUUID()}`;
    const measure = (url: string) => () => fire({ ...options, url, nextPath, signal });
    say(`${options.rounds} rounds of ${options.seconds} s on each side, ${options.connections} connections, random ids, in turns`);
    const rounds = await alternate(options.rounds, { ours: measure(urls.ours), baseline: measure(urls.baseline) }, sayRound);
    const perSecond = (side: keyof Pair<Load>) => median(rounds.map((round) => round[side].perSecond));
    const p99 = (side: keyof Pair<Load>) =>
      percentile(
        rounds.flatMap((round) => round[side].milliseconds),
        99,
      );
    const result = {
      benchmark: 'verify',
      ratio: rounded(median(rounds.map((round) => round.ours.perSecond / round.baseline.perSecond)), 3),
      perSecond: rounded(perSecond('ours'), 0),
      p99Milliseconds: rounded(p99('ours'), 1),
      baselinePerSecond: rounded(perSecond('baseline'), 0),
      baselineP99Milliseconds: rounded(p99('baseline'), 1),
      certificates: options.certificates,
    };
    console.log(JSON.stringify(result));
  });
}

function oneOf(values: readonly string[]): string {
  return values[Math.floor(Math.random() * values.length)] ?? '';
}

function sayRound(round: number, { ours, baseline }: Pair<Load>): void {
  const name = round === 0 ? 'warm-up ' : `round ${String(round).padEnd(2)}`;
  const figures = ({ perSecond, milliseconds, foundShare }: Load) =>
    `${perSecond.toFixed(0)}/s (p50 ${percentile(milliseconds, 50).toFixed(1)}, p99 ${percentile(milliseconds, 99).toFixed(1)} ms, ${(foundShare * 100).toFixed(0)} % found)`;
  say(
    `${name}  ours ${figures(ours)}  baseline ${figures(baseline)}  ratio ${(ours.perSecond / baseline.perSecond).toFixed(3)}${round === 0 ? '  (dropped)' : ''}`,
  );
}

/** Returns the ids. */
async function fillRegister({ databaseUrl, count }: { databaseUrl: string; count: number }): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO register_entry (certificate_id, number, name, exam_title, issued_at, basis_points, status, revision)
       SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'SA-' || n END, 'Ada Example No. ' || n, 'Software Architect', now() - n * interval '1 minute',
         8000 + n % 2001, CASE WHEN n % 50 = 0 THEN 'revoked' ELSE 'valid' END, 1
       FROM generate_series(1, $1::int) n`,
      [count],
    );
    await client.query('VACUUM ANALYZE register_entry');
    const { rows } = await client.query<{ id: string }>('SELECT certificate_id AS id FROM register_entry');
    return rows.map((row) => row.id);
  } finally {
    await client.end();
  }
}

/** Of this run alone. Temporal and the issuer are away, which look-ups do not mind. */
async function withServers(signal: AbortSignal, use: (servers: Servers) => Promise<void>): Promise<void> {
  say('starting PostgreSQL (without fsync), the API and the baseline');
  await withBenchServers({ log: say, signal }, async ({ dataDirectory, databaseUrl, port, start, apiSettings }) => {
    const [apiPort, baselinePort, nobody] = [await port('the API'), await port('the baseline'), await port('nobody')];
    const environment = { REGISTER_RATE_LIMIT_PER_MINUTE: NO_RATE_LIMIT, DATABASE_POOL_SIZE: String(POOL_SIZE) };
    await start(apiProcess(await apiSettings({ apiPort, issuerUrl: urlOf(nobody), environment }), apiPort));
    await start(baselineProcess({ dataDirectory, databaseUrl, port: baselinePort, signal }));
    await use({ databaseUrl, urls: { ours: urlOf(apiPort), baseline: urlOf(baselinePort) } });
  });
}

function baselineProcess({
  dataDirectory,
  databaseUrl,
  port,
  signal,
}: {
  dataDirectory: string;
  databaseUrl: string;
  port: number;
  signal: AbortSignal;
}): ManagedProcess {
  const options = { port: String(port), database: databaseUrl, connections: String(POOL_SIZE) };
  return nodeProcess({
    name: 'baseline',
    script: fileURLToPath(new URL('verify-baseline.ts', import.meta.url)),
    args: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    environment: {},
    logFile: join(dataDirectory, 'logs', 'baseline.log'),
    isReady: () => answersOk(`${urlOf(port)}/readyz`),
    readySeconds: 60,
    stopSeconds: 10,
    log: say,
    signal,
  });
}

await runUntilStopped((signal) => main(readOptions(), signal));
