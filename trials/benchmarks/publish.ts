import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startKafka, type Kafka } from '../../local/kafka.ts';
import { startSqs } from '../../local/sqs.ts';
import { startStack, type Stack } from '../../local/stack.ts';
import type { CloudEvent } from '../../platform/brokers/event-sink.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { signingKeys } from '../../local/signing-keys.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore, type Store } from '../../store/store.ts';
import { smallExam } from '../people/small-exam.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { createOurSide, temporalEngine } from './pipeline-ours.ts';
import { createWatcher, playRound } from './pipeline-side.ts';
import { createFifoQueue, drainQueue, localSqs, readTopic } from './publish-consumers.ts';
import { seededRandom } from '../people/random.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';

/**
 * `npm run bench:publish`: whole attempts through the real pipeline to certificates, register, outbox, Kafka and SQS, while
 * worker processes are killed at random; then everything is counted. Exits 1 when anything is lost, doubled or out of
 * order. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:publish [-- --attempts 1000 --at-once 60 --seed 7 --no-kills]';
const TOPIC = 'certifiable.events';
const GRADERS = 20;
const PARTITIONS = 6;
const KILL_EVERY_SECONDS = 3;
const SETTLE_SECONDS = 180;
const say = (line: string) => console.error(line);

type Options = { readonly attempts: number; readonly atOnce: number; readonly seed: number; readonly kills: boolean };

function readOptions(): Options {
  const { values } = readCommandLine(USAGE, {
    options: {
      attempts: { type: 'string', default: '1000' },
      'at-once': { type: 'string', default: '60' },
      seed: { type: 'string', default: '7' },
      'no-kills': { type: 'boolean', default: false },
    },
  });
  const { 'no-kills': noKills, ...numbers } = values;
  const { attempts, 'at-once': atOnce, seed } = wholeNumbers(USAGE, numbers);
  return { attempts, atOnce, seed, kills: !noKills };
}

async function main(options: Options, signal: AbortSignal): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'certifiable-publish-'));
  const stops: (() => Promise<void>)[] = [() => rm(dataDirectory, { recursive: true, force: true })];
  try {
    say('starting Kafka and SQS');
    const kafka = await startKafka({ dataDirectory: join(dataDirectory, 'kafka'), log: say, signal });
    stops.unshift(() => kafka.stop());
    await kafka.createTopic({ name: TOPIC, partitions: PARTITIONS });
    const sqs = await startSqs({ dataDirectory: join(dataDirectory, 'sqs'), log: say, signal });
    stops.unshift(() => sqs.stop());
    const client = localSqs(sqs.endpoint);
    const queueUrl = await createFifoQueue(client, 'certifiable');
    const stack = await startStack({
      dataDirectory,
      persistent: false,
      // Two relays, so that one of them is always there.
      pools: [...TASK_QUEUES, 'delivery', 'events', 'events'],
      environment: {
        LOG_LEVEL: 'warn',
        EVENT_SINKS: JSON.stringify(sinks(kafka, queueUrl)),
        AWS_ACCESS_KEY_ID: 'anybody',
        AWS_SECRET_ACCESS_KEY: 'anything',
      },
      log: say,
      signal,
    });
    stops.unshift(() => stack.stop());
    const queue = drainQueue(client, queueUrl);
    const figures = await play({ stack, dataDirectory, options, signal });
    await queue.stop();
    const fromKafka = await readTopic({ bootstrapServers: kafka.bootstrapServers, topic: TOPIC });
    report({ options, figures, fromKafka, fromSqs: queue.events });
  } finally {
    for (const stop of stops) await stop();
  }
}

function sinks(kafka: Kafka, queueUrl: string): readonly object[] {
  return [
    { name: 'kafka', kind: 'kafka', bootstrapServers: kafka.bootstrapServers, topic: TOPIC },
    { name: 'sqs', kind: 'sqs', region: 'eu-central-1', queueUrl },
  ];
}

type Figures = {
  readonly certificates: number;
  readonly duplicateCertificates: number;
  readonly registered: number;
  readonly kills: number;
  readonly seconds: number;
};

async function play({
  stack,
  dataDirectory,
  options,
  signal,
}: {
  stack: Stack;
  dataDirectory: string;
  options: Options;
  signal: AbortSignal;
}): Promise<Figures> {
  const receipts = await createReceiptSigner({ keys: await signingKeys(dataDirectory, 'receipt'), issuer: stack.apiUrl });
  const store = createStore({ prisma: connectDatabase({ DATABASE_URL: stack.databaseUrl, DATABASE_POOL_SIZE: 30 }), clock: postgresClock, receipts });
  const temporal = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: stack.temporalAddress }));
  const exam = smallExam({ marking: 'single' });
  await store.examVersions.publish({ content: exam, actor: 'bench' });
  const side = createOurSide({ store, engine: temporalEngine(temporal), examId: exam.examId });
  const watcher = createWatcher(stack.databaseUrl);
  const database = new pg.Pool({ connectionString: stack.databaseUrl, max: 2 });
  const done = new AbortController();
  const startedAt = performance.now();
  try {
    const kills = options.kills ? killAtRandom({ stack, seed: options.seed, signal: AbortSignal.any([done.signal, signal]) }) : Promise.resolve(0);
    const progress = showProgress(database, options.attempts, done.signal);
    await playRound(side, watcher, { attempts: options.attempts, atOnce: options.atOnce, graders: GRADERS, signal });
    done.abort();
    await progress;
    const killed = await kills;
    const seconds = (performance.now() - startedAt) / 1000;
    say(`all attempts are through after ${seconds.toFixed(0)} s and ${killed} kills; waiting for the sinks`);
    await allTold(store, signal);
    const { rows } = await database.query<{ certificates: number; distinct: number; registered: number }>(
      `SELECT (SELECT count(*)::int FROM certificate) AS certificates, (SELECT count(DISTINCT attempt_id)::int FROM certificate) AS distinct,
         (SELECT count(*)::int FROM register_entry WHERE status = 'valid') AS registered`,
    );
    const [{ certificates, distinct, registered } = { certificates: 0, distinct: 0, registered: 0 }] = rows;
    return { certificates, duplicateCertificates: certificates - distinct, registered, kills: killed, seconds };
  } finally {
    done.abort();
    await watcher.close();
    await database.end();
    await side.close();
    await temporal.connection.close();
  }
}

/** One of the pools at a time dies with what it has in its hands, and comes back. Returns how often. */
async function killAtRandom({ stack, seed, signal }: { stack: Stack; seed: number; signal: AbortSignal }): Promise<number> {
  const random = seededRandom(String(seed), 'kills');
  const pools = Object.values(stack.processes).filter((process) => !['api', 'issuer', 'mailbox'].includes(process.name));
  let kills = 0;
  while (!signal.aborted) {
    await pause(KILL_EVERY_SECONDS * 1000, undefined, { signal }).catch(() => {});
    const victim = pools[Math.floor(random() * pools.length)];
    if (signal.aborted || !victim) break;
    await victim.kill();
    kills += 1;
    await victim.start();
  }
  return kills;
}

async function showProgress(database: pg.Pool, attempts: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(10_000, undefined, { signal }).catch(() => {});
    const { rows } = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM certificate');
    say(`  ${rows[0]?.count ?? 0} of ${attempts} certified`);
  }
}

async function allTold(store: Store, signal: AbortSignal): Promise<void> {
  const giveUpAt = Date.now() + SETTLE_SECONDS * 1000;
  for (;;) {
    signal.throwIfAborted();
    const waiting = (await store.events.backlog()).filter((sink) => sink.pending + sink.aside > 0);
    if ((await store.events.fresh()) === 0 && waiting.length === 0) return;
    if (Date.now() > giveUpAt) throw new Error(`after ${SETTLE_SECONDS} s sinks still wait: ${JSON.stringify(waiting)}`);
    await pause(500);
  }
}

/** Each type once for the attempt, or once for each of its tests. */
const STORY = [
  'attempt.registered',
  ...['aptitude', 'case_study'].flatMap((test) => ['submitted', 'graded', 'decided', 'published'].map((type) => `attempt.${type} (${test})`)),
  'certificate.issued',
];

function nameOf({ type, data }: CloudEvent): string {
  const name = type.replace(/^com\.certifiable\.(.*)\.v1$/, '$1');
  return 'test' in data ? `${name} (${String(data.test)})` : name;
}

type Seen = { readonly events: number; readonly repeats: number; readonly perType: Readonly<Record<string, number>>; readonly outOfOrder: number };

/** What a consumer has that drops ids it saw before. */
function countSeen(received: readonly CloudEvent[]): Seen {
  const ids = new Set<string>();
  const stories = new Map<string, CloudEvent[]>();
  for (const event of received) {
    if (ids.has(event.id)) continue;
    ids.add(event.id);
    stories.set(event.partitionkey, [...(stories.get(event.partitionkey) ?? []), event]);
  }
  const perType: Record<string, number> = Object.fromEntries(STORY.map((name) => [name, 0]));
  let outOfOrder = 0;
  for (const story of stories.values()) {
    for (const event of story) perType[nameOf(event)] = (perType[nameOf(event)] ?? 0) + 1;
    if (story.map(nameOf).join() !== STORY.join()) outOfOrder += 1;
  }
  return { events: ids.size, repeats: received.length - ids.size, perType, outOfOrder };
}

function report({
  options,
  figures,
  fromKafka,
  fromSqs,
}: {
  options: Options;
  figures: Figures;
  fromKafka: readonly CloudEvent[];
  fromSqs: readonly CloudEvent[];
}): void {
  const { attempts } = options;
  const [kafka, sqs] = [countSeen(fromKafka), countSeen(fromSqs)];
  for (const [name, seen] of [
    ['Kafka', kafka],
    ['SQS', sqs],
  ] as const) {
    say(`${name}: ${seen.events} distinct events, ${seen.repeats} repeats, ${seen.outOfOrder} attempts out of order or incomplete`);
    for (const [type, count] of Object.entries(seen.perType)) say(`  ${String(count).padStart(6)}  ${type}`);
  }
  const complete = [kafka, sqs].every((seen) => seen.outOfOrder === 0 && STORY.every((name) => seen.perType[name] === attempts));
  const ok = complete && figures.certificates === attempts && figures.duplicateCertificates === 0 && figures.registered === attempts;
  const { certificates, duplicateCertificates, registered, kills, seconds } = figures;
  const result = {
    benchmark: 'publish',
    certificates,
    events: kafka.events,
    duplicateCertificates,
    registered,
    eventsPerType: kafka.perType,
    repeats: kafka.repeats,
    sqsEvents: sqs.events,
    sqsRepeats: sqs.repeats,
    kills,
    attemptsPerSecond: Math.round((attempts / seconds) * 100) / 100,
    ok,
  };
  console.log(JSON.stringify(result));
  if (!ok) throw new Error('something was lost, doubled or out of order: see above');
}

await runUntilStopped((signal) => main(readOptions(), signal));
