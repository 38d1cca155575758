import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { inheritedEnvironment } from '../../local/environment.ts';
import { signingKeys } from '../../local/signing-keys.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore } from '../../store/store.ts';
import { smallExam } from '../people/small-exam.ts';
import { rounded } from '../support/statistics.ts';
import { fillDecided, UUIDV7_OF } from './regrade-records.ts';
import { withBenchServers, type BenchServers } from './servers.ts';

/**
 * `npm run bench:regrade`: a wrong key put right for 10,000 attempts, twice on the same records: once in one go, and once by a process that is killed (-9)
 * in the middle and begun again. Both must come to the same, to the last decision, certificate and mail. The last line is JSON; exits 1 where they differ.
 */

const USAGE = 'Usage: npm run bench:regrade [-- --attempts 10000]';
const say = (line: string) => console.error(line);

function readOptions() {
  const { values } = readCommandLine(USAGE, { options: { attempts: { type: 'string', default: '10000' } } });
  return wholeNumbers(USAGE, values);
}

type Keys = { readonly credential: string; readonly receipt: string };
type Run = {
  readonly previewSeconds: number;
  readonly applySeconds: number;
  readonly kills: number;
  readonly applied: number;
  readonly outcome: string;
};

async function main({ attempts }: { attempts: number }, signal: AbortSignal): Promise<void> {
  await withBenchServers({ log: say, signal }, async ({ databaseUrl, dataDirectory }) => {
    const keys = await keyFiles(dataDirectory);
    say(`writing ${attempts} attempts`);
    await prepare(databaseUrl, attempts, keys);
    const killed = await copied(databaseUrl, 'killed');
    const whole = await regraded({ databaseUrl, keys, killAfter: undefined, signal });
    say(`in one go: preview ${whole.previewSeconds} s, ${whole.applied} put right in ${whole.applySeconds} s`);
    const broken = await regraded({ databaseUrl: killed, keys, killAfter: Math.floor(attempts / 5), signal });
    say(`killed ${broken.kills} time in the middle: ${broken.applied} put right in ${broken.applySeconds} s`);
    const isSame = whole.outcome === broken.outcome && whole.applied === broken.applied && broken.kills === 1;
    const { previewSeconds, applySeconds, applied } = whole;
    console.log(JSON.stringify({ benchmark: 'regrade', attempts, previewSeconds, applied, applySeconds, kills: broken.kills, sameWithKill: isSame }));
    if (!isSame) process.exitCode = 1;
  });
}

async function keyFiles(dataDirectory: BenchServers['dataDirectory']): Promise<Keys> {
  const keys = { credential: join(dataDirectory, 'credential-keys.json'), receipt: join(dataDirectory, 'receipt-keys.json') };
  await writeFile(keys.credential, await signingKeys(dataDirectory, 'credential'), { mode: 0o600 });
  await writeFile(keys.receipt, await signingKeys(dataDirectory, 'receipt'), { mode: 0o600 });
  return keys;
}

async function prepare(databaseUrl: string, attempts: number, keys: Keys): Promise<void> {
  const store = await storeOf(databaseUrl, keys);
  await store.examVersions.publish({ content: smallExam(), actor: 'bench' });
  await store.close();
  await withClient(databaseUrl, async (client) => {
    await client.query(UUIDV7_OF);
    await fillDecided(client, attempts);
  });
}

async function storeOf(databaseUrl: string, { receipt }: Keys) {
  const receipts = await createReceiptSigner({ keys: await readFile(receipt, 'utf8'), issuer: 'http://localhost' });
  return createStore({ prisma: connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 }), clock: postgresClock, receipts });
}

async function withClient<Result>(databaseUrl: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same records once more. */
async function copied(databaseUrl: string, name: string): Promise<string> {
  const [from, to] = [new URL(databaseUrl), new URL(databaseUrl)];
  to.pathname = `/${name}`;
  const admin = new URL(databaseUrl);
  admin.pathname = '/template1';
  await withClient(admin.href, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${from.pathname.slice(1)}`));
  return to.href;
}

type Regrading = {
  readonly databaseUrl: string;
  readonly keys: Keys;
  /** So many decisions. */ readonly killAfter: number | undefined;
  readonly signal: AbortSignal;
};

async function regraded({ databaseUrl, keys, killAfter, signal }: Regrading): Promise<Run> {
  const store = await storeOf(databaseUrl, keys);
  const scope = {
    examId: 'small',
    test: 'aptitude',
    caseStudyId: null,
    itemId: 'c1',
    change: { kind: 'key', correct: ['b'] },
    submittedFrom: null,
    submittedUntil: null,
  } as const;
  const { regradeId } = await store.regrades.open({ person: { subject: 'one', email: undefined }, reason: 'a wrong key', scope });
  const previewedAt = performance.now();
  const { previewHash } = await store.regrades.preview({ regradeId });
  const previewSeconds = secondsSince(previewedAt);
  await store.regrades.apply({ regradeId, person: { subject: 'two', email: undefined }, reason: 'so it is', previewHash: previewHash ?? '' });
  const appliedAt = performance.now();
  const kills = (await applied({ databaseUrl, regradeId, keys, killAfter, signal })) === 'killed' ? 1 : 0;
  if (kills > 0) await applied({ databaseUrl, regradeId, keys, killAfter: undefined, signal });
  const applySeconds = secondsSince(appliedAt);
  const counts = await store.regrades.counts(regradeId);
  await store.close();
  const count = counts.filter(({ state }) => state === 'applied').reduce((sum, { decisions }) => sum + decisions, 0);
  return { previewSeconds, applySeconds, kills, applied: count, outcome: await withClient(databaseUrl, outcomeOf) };
}

const secondsSince = (startedAt: number) => rounded((performance.now() - startedAt) / 1000, 2);

async function applied({ databaseUrl, regradeId, keys, killAfter, signal }: Regrading & { regradeId: string }): Promise<'killed' | 'ended'> {
  const program = fileURLToPath(new URL('regrade-apply.ts', import.meta.url));
  const child = spawn(process.execPath, [program, databaseUrl, regradeId, keys.credential, keys.receipt], {
    env: inheritedEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  let seen = 0;
  child.stdout.on('data', (dots: Buffer) => {
    seen += dots.length;
    if (killAfter !== undefined && seen >= killAfter) child.kill('SIGKILL');
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0 && code !== null) throw new Error(`the process ended with ${code}`);
  return code === null ? 'killed' : 'ended';
}

/** What people would see of it, without ids and times that differ from run to run. */
async function outcomeOf(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ hash: string }>(
    `SELECT md5(concat(
       (SELECT md5(string_agg(concat_ws(' ', attempt_id, test, grading_round, passed, millipoints, millipoints_max, items, supersedes_id), ',' ORDER BY attempt_id, test, grading_round)) FROM decision),
       (SELECT md5(string_agg(concat_ws(' ', attempt_id, edition, basis_points, status), ',' ORDER BY attempt_id, edition)) FROM certificate),
       (SELECT md5(string_agg(concat_ws(' ', id, outcome), ',' ORDER BY id)) FROM attempt),
       (SELECT md5(string_agg(concat_ws(' ', attempt_id, grading_round, entries), ',' ORDER BY attempt_id, grading_round)) FROM feedback),
       (SELECT md5(string_agg(concat_ws(' ', attempt_id, content - 'regradeId'), ',' ORDER BY attempt_id)) FROM tidings),
       (SELECT md5(string_agg(concat_ws(' ', key, type), ',' ORDER BY key, type, data ->> 'test')) FROM event),
       (SELECT md5(string_agg(concat_ws(' ', attempt_id, effect, state), ',' ORDER BY attempt_id)) FROM regrade_change))) AS hash`,
  );
  return rows[0]?.hash ?? '';
}

await runUntilStopped((signal) => main(readOptions(), signal));
