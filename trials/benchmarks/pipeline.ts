import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import pg from 'pg';
import { bundleWorkflows } from '../../local/bundle.ts';
import { startInfrastructure } from '../../local/infrastructure.ts';
import { signingKeys } from '../../local/signing-keys.ts';
import { readDatabaseConfig } from '../../platform/database-settings.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { migrate } from '../../prisma/migrate.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore } from '../../store/store.ts';
import { smallExam } from '../people/small-exam.ts';
import { attemptWorkflowId } from '../../workflows/messages.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { createPlayer } from './pipeline-attempt.ts';
import { createTables } from './pipeline-baseline/database.ts';
import { createBaselineSide } from './pipeline-baseline/side.ts';
import { createOurSide } from './pipeline-ours.ts';
import { playRound, createWatcher, type Watcher, type Side } from './pipeline-side.ts';
import { countStatements, isBracket, statementsOf } from './pipeline-statements.ts';
import { baselineWorkers, ourWorkers, POOL_SIZE } from './pipeline-workers.ts';
import { alternate, median, rounded, type Pair } from '../support/statistics.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run bench:pipeline`: what the pipeline's rules, records and safety cost. Whole attempts a second of ours against a
 * bare workflow with bare inserts (pipeline-baseline/), in turns on the same servers; and the history events and
 * database statements of one attempt. The last line is JSON.
 */

const USAGE = `Usage: npm run bench:pipeline [-- --rounds 7 --attempts 40 --at-once 20] [--only-one] [--verbose]
  --only-one  only the one attempt whose events and statements are counted
  --verbose   every statement of it, with its count`;

type Options = { readonly rounds: number; readonly attempts: number; readonly atOnce: number; readonly onlyOne: boolean; readonly verbose: boolean };

function readOptions(): Options {
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values } = readCommandLine(USAGE, {
    options: {
      rounds: number('7'),
      attempts: number('40'),
      'at-once': number('20'),
      'only-one': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    },
  });
  const { 'only-one': onlyOne, verbose, ...numbers } = values;
  const { rounds, attempts, 'at-once': atOnce } = wholeNumbers(USAGE, numbers);
  return { rounds, attempts, atOnce, onlyOne, verbose };
}

const EXAM_ID = 'small';
/** Each has at most one assignment at a time. */
const GRADERS = 10;
const say = (line: string) => console.error(line);

type Environment = {
  readonly temporalAddress: string;
  readonly client: Client;
  /** Migrated, empty databases apart from the baseline's. */
  readonly databases: { readonly ours: string; readonly counted: string; readonly baseline: string };
  readonly postgresLog: string;
  readonly dataDirectory: string;
  readonly receiptKeys: string;
  readonly credentialKeys: string;
  readonly workflowBundle: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

async function main(options: Options, signal: AbortSignal): Promise<void> {
  await withEnvironment(signal, async (environment) => {
    const counted = await countOneAttempt(environment, options);
    say(`one attempt: ${counted.historyEvents} history events, ${counted.databaseStatements} database statements`);
    if (options.onlyOne) return console.log(JSON.stringify({ benchmark: 'attempt', ...counted }));
    const rounds = await race(environment, options);
    const result = {
      benchmark: 'pipeline',
      ratio: rounded(median(rounds.map(({ ours, baseline }) => ours / baseline)), 3),
      oursPerSecond: rounded(median(rounds.map(({ ours }) => ours)), 2),
      baselinePerSecond: rounded(median(rounds.map(({ baseline }) => baseline)), 2),
      ...counted,
    };
    console.log(JSON.stringify(result));
  });
}

/** Servers of this run alone: Temporal in memory, PostgreSQL without fsync, so that the disk is not what is measured. */
async function withEnvironment(signal: AbortSignal, use: (environment: Environment) => Promise<void>): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'certifiable-bench-'));
  try {
    const workflowBundle = join(dataDirectory, 'workflow-bundle.js');
    await bundleWorkflows({ file: workflowBundle, log: say });
    say('starting Temporal (in memory) and PostgreSQL (without fsync)');
    const infrastructure = await startInfrastructure({ dataDirectory, persistent: false, log: say, signal });
    const client = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: infrastructure.temporal.address }));
    try {
      await use({
        temporalAddress: infrastructure.temporal.address,
        client,
        databases: await createDatabases(infrastructure.postgres.databaseUrl),
        postgresLog: join(dataDirectory, 'logs', 'postgres.log'),
        dataDirectory,
        receiptKeys: await signingKeys(dataDirectory, 'receipt'),
        credentialKeys: await signingKeys(dataDirectory, 'credential'),
        workflowBundle,
        log: say,
        signal,
      });
    } finally {
      await client.connection.close();
      await infrastructure.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function createDatabases(ours: string): Promise<Environment['databases']> {
  const named = (name: string) => Object.assign(new URL(ours), { pathname: `/${name}` }).href;
  await migrate({ databaseUrl: ours, log: () => {} });
  const admin = new pg.Client({ connectionString: named('postgres') });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE counted TEMPLATE ${new URL(ours).pathname.slice(1)}`);
    await admin.query(`ALTER DATABASE counted SET log_statement = 'all'`);
    await admin.query('CREATE DATABASE baseline');
  } finally {
    await admin.end();
  }
  return { ours, counted: named('counted'), baseline: named('baseline') };
}

async function openStore(databaseUrl: string, keys: string) {
  const receipts = await createReceiptSigner({ keys, issuer: 'http://localhost' });
  const prisma = connectDatabase(readDatabaseConfig({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: String(POOL_SIZE) }));
  const store = createStore({ prisma, clock: postgresClock, receipts });
  await store.examVersions.publish({ content: smallExam({}, EXAM_ID), actor: 'bench' });
  return store;
}

async function promote({ client }: Environment, buildId: string): Promise<void> {
  await Promise.all(TASK_QUEUES.map((deploymentName) => makeCurrent(client, { deploymentName, buildId })));
}

/**
 * One attempt over HTTP, after another that fills the caches (the exam version, prepared once a process). PostgreSQL
 * itself counts. The relay rests meanwhile: its idle looks belong to no attempt.
 */
async function countOneAttempt(environment: Environment, { verbose }: Options): Promise<{ historyEvents: number; databaseStatements: number }> {
  const { databases, postgresLog, client } = environment;
  const databaseUrl = databases.counted;
  const store = await openStore(databaseUrl, environment.receiptKeys);
  await store.close();
  const buildId = 'counted';
  const workers = await ourWorkers({ ...environment, databaseUrl, buildId, pools: TASK_QUEUES });
  await workers.start();
  try {
    await promote(environment, buildId);
    const player = await createPlayer({ ...environment, databaseUrl });
    try {
      await player.play(EXAM_ID);
      const { size } = await stat(postgresLog);
      const { attemptId } = await player.play(EXAM_ID);
      const statements = statementsOf(await readFrom(postgresLog, size)).filter(
        (statement) => !isBracket(statement) && !isAutosave(statement) && !isLook(statement),
      );
      if (verbose) for (const { statement, count } of countStatements(statements)) say(`${String(count).padStart(3)}  ${statement.slice(0, 400)}`);
      const { events } = await client.workflow.getHandle(attemptWorkflowId(attemptId)).fetchHistory();
      if (verbose) for (const [type, count] of Map.groupBy(events ?? [], eventType)) say(`${String(count.length).padStart(3)}  ${type}`);
      return { historyEvents: events?.length ?? 0, databaseStatements: statements.length };
    } finally {
      await player.close();
    }
  } finally {
    await workers.stop();
  }
}

function isAutosave(statement: string): boolean {
  return statement.includes('INSERT INTO response');
}

/** The herald looks twice a second whether there is anything to tell, and takes up to fifty things at once. */
function isLook(statement: string): boolean {
  return statement.includes('FROM tidings WHERE next_try_at');
}

/** The attributes of an event are named after its type. */
function eventType(event: object): string {
  return Object.keys(event).find((key) => key.endsWith('EventAttributes')) ?? 'unknown';
}

async function readFrom(file: string, position: number): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read({ buffer: Buffer.alloc(size - position), position });
    return buffer.toString('utf8');
  } finally {
    await handle.close();
  }
}

async function race(environment: Environment, options: Options): Promise<readonly Pair<number>[]> {
  const { databases, client } = environment;
  const pool = new pg.Pool({ connectionString: databases.baseline, max: POOL_SIZE });
  await createTables(pool);
  const buildId = 'ours';
  const workers = [
    await ourWorkers({ ...environment, databaseUrl: databases.ours, buildId }),
    await baselineWorkers({ ...environment, databaseUrl: databases.baseline }),
  ];
  const sides = {
    ours: createOurSide({ store: await openStore(databases.ours, environment.receiptKeys), client, examId: EXAM_ID }),
    baseline: createBaselineSide({ pool, client }),
  };
  const watchers = { ours: createWatcher(databases.ours), baseline: createWatcher(databases.baseline) };
  try {
    await Promise.all(workers.map((worker) => worker.start()));
    await promote(environment, buildId);
    say(`${options.rounds} rounds of ${options.attempts} attempts on each side, ${options.atOnce} at once, in turns`);
    const measure = (side: Side, watcher: Watcher) => () => playRound(side, watcher, { ...options, graders: GRADERS, signal: environment.signal });
    return await alternate(
      options.rounds,
      { ours: measure(sides.ours, watchers.ours), baseline: measure(sides.baseline, watchers.baseline) },
      sayRound,
    );
  } finally {
    await Promise.allSettled([...Object.values(watchers), ...Object.values(sides)].map((part) => part.close()));
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function sayRound(round: number, { ours, baseline }: Pair<number>): void {
  const name = round === 0 ? 'warm-up ' : `round ${String(round).padEnd(2)}`;
  say(
    `${name}  ours ${ours.toFixed(2)}/s  baseline ${baseline.toFixed(2)}/s  ratio ${(ours / baseline).toFixed(3)}${round === 0 ? '  (dropped)' : ''}`,
  );
}

await runUntilStopped((signal) => main(readOptions(), signal));
