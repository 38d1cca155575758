import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { DBOSClient } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { bundleWorkflows } from '../../local/bundle.ts';
import { startInfrastructure } from '../../local/infrastructure.ts';
import type { ManagedProcess } from '../../local/process.ts';
import { codecKeys, signingKeys } from '../../local/signing-keys.ts';
import { readDatabaseConfig } from '../../platform/database-settings.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { migrate } from '../../prisma/migrate.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { LEDGER_FORMS } from '../../store/ledger/forms.ts';
import { triggersOf } from '../../store/ledger/triggers.ts';
import { createStore } from '../../store/store.ts';
import { smallExam } from '../people/small-exam.ts';
import { attemptWorkflowId } from '../../workflows/messages.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { billableActions } from './pipeline-actions.ts';
import { createPlayer, type Player } from './pipeline-attempt.ts';
import { createTables } from './pipeline-baseline/database.ts';
import { createBaselineSide } from './pipeline-baseline/side.ts';
import { DBOS_APPLICATION, dbosEngine } from './pipeline-dbos/attempt.ts';
import { createOurSide, temporalEngine, type Engine } from './pipeline-ours.ts';
import { createOwnShapeSide } from './pipeline-own-shape/side.ts';
import { medianProcessor, withProcessor, type Processor } from './pipeline-processor.ts';
import { playRound, createWatcher, type Watcher, type Side } from './pipeline-side.ts';
import { countStatements, isBracket, statementsOf } from './pipeline-statements.ts';
import { bareWorkers, dbosWorkers, ourWorkers, POOL_SIZE } from './pipeline-workers.ts';
import { inTurns, median, rounded } from '../support/statistics.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run bench:pipeline`: what the pipeline's rules, records and safety cost. Whole attempts a second of ours against a
 * bare workflow with bare inserts (pipeline-baseline/), one of our own shape (pipeline-own-shape/), and our own activities and store on DBOS (pipeline-dbos/), in turns on
 * the same servers, with the processor's time that each took; and the history events, database statements and billable Actions of one attempt. The last line is JSON.
 */

const USAGE = `Usage: npm run bench:pipeline [-- --rounds 7 --attempts 40 --at-once 20] [--only-one] [--verbose] [--codec | --ledger]
  --only-one  only the one attempt whose events and statements are counted
  --verbose   every statement of it, with its count
  --codec     only ours against ours, with what Temporal keeps encrypted on one of the sides
  --ledger    only ours against ours, without the ledger's triggers on one of the sides`;

type Options = {
  readonly rounds: number;
  readonly attempts: number;
  readonly atOnce: number;
  readonly counted: number;
  readonly onlyOne: boolean;
  readonly verbose: boolean;
  readonly codec: boolean;
  readonly ledger: boolean;
};

function readOptions(): Options {
  const number = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values } = readCommandLine(USAGE, {
    options: {
      rounds: number('7'),
      attempts: number('40'),
      'at-once': number('20'),
      counted: number('20'),
      'only-one': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      codec: { type: 'boolean', default: false },
      ledger: { type: 'boolean', default: false },
    },
  });
  const { 'only-one': onlyOne, verbose, codec, ledger, ...numbers } = values;
  const { rounds, attempts, 'at-once': atOnce, counted } = wholeNumbers(USAGE, numbers);
  return { rounds, attempts, atOnce, counted, onlyOne, verbose, codec, ledger };
}

const EXAM_ID = 'small';
/** Each has at most one assignment at a time. */
const GRADERS = 10;
const say = (line: string) => console.error(line);

type Environment = {
  readonly temporalAddress: string;
  readonly client: Client;
  /** Migrated, empty databases apart from the baseline's. */
  readonly databases: {
    readonly ours: string;
    /** Another like ours, where ours runs against ours. */
    readonly other: string;
    readonly counted: string;
    readonly baseline: string;
    readonly ownShape: string;
    readonly dbos: string;
  };
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
    if (options.codec) return console.log(JSON.stringify(await compareOurs(environment, options, encryptedAndPlain(environment))));
    if (options.ledger) return console.log(JSON.stringify(await compareOurs(environment, options, await withLedgerAndWithout(environment))));
    const counted = await countAttempts(environment, options);
    say(
      `one attempt: ${counted.historyEvents} history events, ${counted.databaseStatements} database statements, ${counted.billableActions} Actions`,
    );
    if (options.onlyOne) return console.log(JSON.stringify({ benchmark: 'attempt', ...counted }));
    const rounds = await race(environment, options);
    const ratioOf = (side: SideName) => rounded(median(rounds.map((round) => round.ours.perSecond / round[side].perSecond)), 3);
    const bySide = <Value>(value: (side: SideName) => Value) => Object.fromEntries(SIDES.map((side) => [side, value(side)]));
    const result = {
      benchmark: 'pipeline',
      ratio: ratioOf('baseline'),
      ratioOfOwnShape: ratioOf('ownShape'),
      ratioOfDbos: ratioOf('dbos'),
      perSecond: bySide((side) => rounded(median(rounds.map((round) => round[side].perSecond)), 2)),
      processorMilliseconds: bySide((side) => medianProcessor(rounds.map((round) => round[side].processor))),
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
    for (const name of ['other', 'counted', 'dbos']) await admin.query(`CREATE DATABASE ${name} TEMPLATE ${new URL(ours).pathname.slice(1)}`);
    await admin.query(`ALTER DATABASE counted SET log_statement = 'all'`);
    for (const name of ['baseline', 'own_shape']) await admin.query(`CREATE DATABASE ${name}`);
  } finally {
    await admin.end();
  }
  return {
    ours,
    other: named('other'),
    counted: named('counted'),
    baseline: named('baseline'),
    ownShape: named('own_shape'),
    dbos: named('dbos'),
  };
}

async function openStore(databaseUrl: string, keys: string) {
  const receipts = await createReceiptSigner({ keys, issuer: 'http://localhost' });
  const prisma = connectDatabase(readDatabaseConfig({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: String(POOL_SIZE) }));
  const store = createStore({ prisma, clock: postgresClock, receipts });
  await store.examVersions.publish({ content: smallExam({}, EXAM_ID), actor: 'bench' });
  return store;
}

async function promote({ client }: Pick<Environment, 'client'>, buildId: string): Promise<void> {
  await Promise.all(TASK_QUEUES.map((deploymentName) => makeCurrent(client, { deploymentName, buildId })));
}

type Counted = { readonly historyEvents: number; readonly databaseStatements: number; readonly billableActions: number };

/**
 * Attempts over HTTP one after the other, after another that fills the caches (the exam version, prepared once a process); the most of
 * each that one of them took. PostgreSQL itself counts. The relay rests meanwhile: its idle looks belong to no attempt.
 */
async function countAttempts(environment: Environment, { counted, verbose }: Options): Promise<Counted> {
  const databaseUrl = environment.databases.counted;
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
      const all: Counted[] = [];
      for (let played = 1; played <= counted; played += 1) all.push(await countOne(environment, { player, verbose: verbose && played === counted }));
      const most = (of: keyof Counted) => Math.max(...all.map((one) => one[of]));
      return { historyEvents: most('historyEvents'), databaseStatements: most('databaseStatements'), billableActions: most('billableActions') };
    } finally {
      await player.close();
    }
  } finally {
    await workers.stop();
  }
}

async function countOne({ postgresLog, client }: Environment, { player, verbose }: { player: Player; verbose: boolean }): Promise<Counted> {
  const { size } = await stat(postgresLog);
  const { attemptId } = await player.play(EXAM_ID);
  const statements = statementsOf(await readFrom(postgresLog, size)).filter(
    (statement) => !isBracket(statement) && !isAutosave(statement) && !isLook(statement),
  );
  const { events } = await client.workflow.getHandle(attemptWorkflowId(attemptId)).fetchHistory();
  const actions = billableActions(events ?? []);
  if (verbose) {
    for (const { statement, count } of countStatements(statements)) say(`${String(count).padStart(3)}  ${statement.slice(0, 400)}`);
    for (const [type, count] of Map.groupBy(events ?? [], eventType)) say(`${String(count.length).padStart(3)}  ${type}`);
    for (const [kind, count] of Object.entries(actions)) say(`${String(count).padStart(3)}  Actions: ${kind}`);
  }
  return { historyEvents: events?.length ?? 0, databaseStatements: statements.length, billableActions: actions.all };
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

const SIDES = ['ours', 'baseline', 'ownShape', 'dbos'] as const;
type SideName = (typeof SIDES)[number];
type Measured = { readonly perSecond: number; readonly processor: Processor };
type Round = Readonly<Record<SideName, Measured>>;
/** `client`: whose calls are given up when the run is stopped. */
type Runner = { readonly side: Side; readonly watcher: Watcher; readonly workers: ManagedProcess; readonly client: Client };

async function race(environment: Environment, options: Options): Promise<readonly Round[]> {
  const { databases, client } = environment;
  const poolOf = async (databaseUrl: string) => {
    const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL_SIZE });
    await createTables(pool);
    return pool;
  };
  const oursOn = async (databaseUrl: string, engine: Engine) =>
    createOurSide({ store: await openStore(databaseUrl, environment.receiptKeys), engine, examId: EXAM_ID });
  const dbos = await DBOSClient.create({ systemDatabaseUrl: databases.dbos, systemDatabasePoolSize: POOL_SIZE, applicationName: DBOS_APPLICATION });
  const buildId = 'ours';
  const runners: Readonly<Record<SideName, Runner>> = {
    ours: {
      client,
      side: await oursOn(databases.ours, temporalEngine(client)),
      watcher: createWatcher(databases.ours),
      workers: await ourWorkers({ ...environment, databaseUrl: databases.ours, buildId }),
    },
    baseline: {
      client,
      side: createBaselineSide({ pool: await poolOf(databases.baseline), client }),
      watcher: createWatcher(databases.baseline),
      workers: await bareWorkers('baseline', { ...environment, databaseUrl: databases.baseline }),
    },
    ownShape: {
      client,
      side: createOwnShapeSide({ pool: await poolOf(databases.ownShape), client }),
      watcher: createWatcher(databases.ownShape),
      workers: await bareWorkers('own-shape', { ...environment, databaseUrl: databases.ownShape }),
    },
    dbos: {
      client,
      side: await oursOn(databases.dbos, dbosEngine(dbos)),
      watcher: createWatcher(databases.dbos),
      workers: await dbosWorkers({ ...environment, databaseUrl: databases.dbos, buildId: 'dbos' }),
    },
  };
  try {
    await Promise.all(Object.values(runners).map(({ workers }) => workers.start()));
    await promote(environment, buildId);
    say(`${options.rounds} rounds of ${options.attempts} attempts on each side, ${options.atOnce} at once, in turns`);
    const measure = (name: SideName) => () => measured(runners[name], environment, options);
    const measures = { ours: measure('ours'), baseline: measure('baseline'), ownShape: measure('ownShape'), dbos: measure('dbos') };
    return await inTurns(options.rounds, measures, sayRound);
  } finally {
    await Promise.allSettled(Object.values(runners).flatMap(({ watcher, side }) => [watcher.close(), side.close()]));
    await Promise.all(Object.values(runners).map(({ workers }) => workers.stop()));
    await dbos.destroy();
  }
}

async function measured({ side, watcher, workers, client }: Runner, { signal }: Environment, options: Options): Promise<Measured> {
  const play = () => client.withAbortSignal(signal, () => playRound(side, watcher, { ...options, graders: GRADERS, signal }));
  const { result: perSecond, processor } = await withProcessor({ workersPid: workers.pid(), attempts: options.attempts }, play);
  return { perSecond, processor };
}

/** What ours is compared with: itself, but for one thing. The first has what costs, the second has not. */
type Comparison = { readonly benchmark: string; readonly variants: readonly [Variant, Variant] };
type Variant = { readonly name: string; readonly databaseUrl: string; readonly settings?: Readonly<Record<string, string>> };

function encryptedAndPlain({ databases, receiptKeys }: Environment): Comparison {
  const encrypted = { name: 'encrypted', databaseUrl: databases.other, settings: { TEMPORAL_CODEC_KEYS: codecKeys(receiptKeys) } };
  return { benchmark: 'pipeline-codec', variants: [encrypted, { name: 'plain', databaseUrl: databases.ours }] };
}

/** Without its triggers nothing is entered, and so nothing is given a place or signed. */
async function withLedgerAndWithout({ databases }: Environment): Promise<Comparison> {
  const owner = new pg.Client({ connectionString: databases.other });
  await owner.connect();
  try {
    for (const form of LEDGER_FORMS)
      for (const trigger of triggersOf(form)) await owner.query(`ALTER TABLE "${form.kind}" DISABLE TRIGGER "${trigger}"`);
    await owner.query('TRUNCATE ledger_pending');
  } finally {
    await owner.end();
  }
  return {
    benchmark: 'pipeline-ledger',
    variants: [
      { name: 'ledgered', databaseUrl: databases.ours },
      { name: 'unledgered', databaseUrl: databases.other },
    ],
  };
}

/** Ours twice on the same servers, in turns. Two namespaces, since both have the same queues. */
async function compareOurs(environment: Environment, options: Options, { benchmark, variants: [first, second] }: Comparison): Promise<object> {
  const [one, other] = [await createOurs(environment, first), await createOurs(environment, second)];
  try {
    await Promise.all([one, other].map(({ runner }) => runner.workers.start()));
    await Promise.all([one, other].map(({ client, name }) => promote({ client }, name)));
    say(`${options.rounds} rounds of ${options.attempts} attempts on each side, ${options.atOnce} at once, in turns`);
    const measure =
      ({ runner }: Ours) =>
      () =>
        measured(runner, environment, options);
    const rounds = await inTurns(options.rounds, { one: measure(one), other: measure(other) }, (round, values) =>
      say(
        `round ${round}  ${one.name} ${values.one.perSecond.toFixed(2)}/s  ${other.name} ${values.other.perSecond.toFixed(2)}/s  ratio ${(values.one.perSecond / values.other.perSecond).toFixed(3)}${round === 0 ? '  (dropped)' : ''}`,
      ),
    );
    const bySide = <Value>(value: (side: 'one' | 'other') => Value) => ({ [one.name]: value('one'), [other.name]: value('other') });
    return {
      benchmark,
      ratio: rounded(median(rounds.map((round) => round.one.perSecond / round.other.perSecond)), 3),
      perSecond: bySide((side) => rounded(median(rounds.map((round) => round[side].perSecond)), 2)),
      processorMilliseconds: bySide((side) => medianProcessor(rounds.map((round) => round[side].processor))),
    };
  } finally {
    await Promise.allSettled([one, other].map((ours) => ours.close()));
  }
}

async function createOurs(environment: Environment, { name, databaseUrl, settings = {} }: Variant) {
  const ofNamespace = { TEMPORAL_NAMESPACE: name, ...settings };
  await environment.client.workflowService.registerNamespace({ namespace: name, workflowExecutionRetentionPeriod: msToTs('1 day') });
  const client = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: environment.temporalAddress, ...ofNamespace }));
  const side = createOurSide({ store: await openStore(databaseUrl, environment.receiptKeys), engine: temporalEngine(client), examId: EXAM_ID });
  const runner: Runner = {
    client,
    side,
    watcher: createWatcher(databaseUrl),
    workers: await ourWorkers({ ...environment, databaseUrl, buildId: name, environment: ofNamespace }),
  };
  return {
    name,
    client,
    runner,
    async close() {
      await Promise.allSettled([runner.watcher.close(), side.close(), runner.workers.stop()]);
      await client.connection.close();
    },
  };
}

type Ours = Awaited<ReturnType<typeof createOurs>>;

function sayRound(round: number, measured: Round): void {
  const name = round === 0 ? 'warm-up ' : `round ${String(round).padEnd(2)}`;
  const sides = SIDES.map((side) => `${side} ${measured[side].perSecond.toFixed(2)}/s`);
  const ratios = SIDES.slice(1).map((side) => (measured.ours.perSecond / measured[side].perSecond).toFixed(3));
  say(`${name}  ${sides.join('  ')}  ratios ${ratios.join(', ')}${round === 0 ? '  (dropped)' : ''}`);
}

await runUntilStopped((signal) => main(readOptions(), signal));
