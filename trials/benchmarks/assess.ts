import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pg from 'pg';
import { startInfrastructure, type Infrastructure } from '../../local/infrastructure.ts';
import { runUntilStopped } from '../../local/stop-signal.ts';
import { signingKeys } from '../../local/signing-keys.ts';
import { readCommandLine, wholeNumbers } from '../../platform/arguments.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { migrate } from '../../prisma/migrate.ts';
import { fitMarkingModel } from '../../domain/marking-fit.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createMarkingModelStore } from '../../store/marking-models.ts';
import { readPeakBytes, readUsage } from '../support/process-usage.ts';
import { percentile, rounded } from '../support/statistics.ts';
import type { assessEach } from './assess-driver.ts';
import { examToAssess, fillFirstMarked, scriptsToLearnFrom } from './assess-scripts.ts';
import { ourWorkers } from './pipeline-workers.ts';

/**
 * `npm run bench:assess`: how long one worker of the pool `grading-auto`, a process of its own, takes to assess 10,000 scripts whose first
 * marks are in, and how much memory. Asked by workflows, with a model fitted on drawn marks, the machine check included. The last line is JSON.
 */

const USAGE = 'Usage: npm run bench:assess [-- --scripts 10000]';

function readOptions(): { readonly scripts: number } {
  const { values } = readCommandLine(USAGE, { options: { scripts: { type: 'string', default: '10000' } } });
  return wholeNumbers(USAGE, values);
}

const LEARNED_SCRIPTS = 3000;
const BUILD_ID = 'assess';
const DRIVER_QUEUE = 'bench-assess';
/** Well below what one workflow may have under way. */
const BATCH = 500;
/** More wait than the pool has slots, so that it never idles. */
const BATCHES_AT_ONCE = 2;
const MEBIBYTE = 2 ** 20;
const say = (line: string) => console.error(line);

async function main({ scripts }: { scripts: number }, signal: AbortSignal): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'certifiable-bench-'));
  try {
    say('starting Temporal (in memory) and PostgreSQL (without fsync)');
    const infrastructure = await startInfrastructure({ dataDirectory, persistent: false, log: say, signal });
    try {
      const submissionIds = await prepare(infrastructure.postgres.databaseUrl, scripts);
      console.log(JSON.stringify(await measure({ infrastructure, dataDirectory, submissionIds, signal })));
    } finally {
      await infrastructure.stop();
    }
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

async function prepare(databaseUrl: string, scripts: number): Promise<readonly string[]> {
  await migrate({ databaseUrl, log: () => {} });
  const exam = examToAssess();
  const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
  const context = { prisma, clock: postgresClock };
  await createExamVersionStore(context).publish({ content: exam, actor: 'bench' });
  say(`fitting a marking model on ${LEARNED_SCRIPTS} scripts`);
  const models = createMarkingModelStore(context);
  const { version } = await models.add({ model: fitMarkingModel(scriptsToLearnFrom(exam, LEARNED_SCRIPTS)), evidence: null, actor: 'bench' });
  await models.activate({ version, actor: 'bench', reason: 'to be measured' });
  await prisma.$disconnect();
  say(`writing ${scripts} scripts with first marks`);
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return await fillFirstMarked(client, { exam, count: scripts });
  } finally {
    await client.end();
  }
}

type Measurement = {
  readonly infrastructure: Infrastructure;
  readonly dataDirectory: string;
  readonly submissionIds: readonly string[];
  readonly signal: AbortSignal;
};

async function measure({ infrastructure, dataDirectory, submissionIds, signal }: Measurement) {
  const { temporal, postgres } = infrastructure;
  const pool = await ourWorkers({
    databaseUrl: postgres.databaseUrl,
    temporalAddress: temporal.address,
    dataDirectory,
    receiptKeys: await signingKeys(dataDirectory, 'receipt'),
    credentialKeys: await signingKeys(dataDirectory, 'credential'),
    buildId: BUILD_ID,
    pools: ['grading-auto'],
    log: say,
    signal,
  });
  const client = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: temporal.address }));
  await pool.start();
  try {
    await makeCurrent(client, { deploymentName: 'grading-auto', buildId: BUILD_ID });
    const usage = async () => (await readUsage(new Map([['pool', pool.pid() ?? 0]]))).get('pool');
    const idle = await usage();
    const { seconds, opened, milliseconds } = await withDriver(temporal.address, () => drive(client, submissionIds, signal));
    const busy = await usage();
    const peakBytes = await readPeakBytes(pool.pid() ?? 0);
    return {
      benchmark: 'assess',
      scripts: submissionIds.length,
      opened,
      seconds: rounded(seconds, 1),
      scriptsPerSecond: rounded(submissionIds.length / seconds, 1),
      milliseconds: { p50: rounded(percentile(milliseconds, 50), 1), p99: rounded(percentile(milliseconds, 99), 1) },
      cpuMillisecondsPerScript: busy && idle ? rounded((1000 * (busy.cpuSeconds - idle.cpuSeconds)) / submissionIds.length, 2) : null,
      mebibytes: { idle: idle ? Math.round(idle.bytes / MEBIBYTE) : null, peak: peakBytes === 0 ? null : Math.round(peakBytes / MEBIBYTE) },
    };
  } finally {
    await pool.stop();
    await client.connection.close();
  }
}

/** The workflows' own worker, in this process. */
async function withDriver<Result>(address: string, use: () => Promise<Result>): Promise<Result> {
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { filter: 'temporalio_sdk_core=WARN', forward: {} } },
    shutdownSignals: [],
  });
  const connection = await NativeConnection.connect({ address });
  try {
    const workflowsPath = fileURLToPath(new URL('assess-driver.ts', import.meta.url));
    const worker = await Worker.create({ connection, taskQueue: DRIVER_QUEUE, workflowsPath });
    return await worker.runUntil(use);
  } finally {
    await connection.close();
  }
}

async function drive(client: Client, submissionIds: readonly string[], signal: AbortSignal) {
  const batches = Array.from({ length: Math.ceil(submissionIds.length / BATCH) }, (_batch, place) =>
    submissionIds.slice(place * BATCH, (place + 1) * BATCH),
  );
  const handles: WorkflowHandle[] = [];
  let [opened, done, next] = [0, 0, 0];
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  async function driveNext(): Promise<void> {
    for (let batch = batches[next]; batch && !signal.aborted; batch = batches[next]) {
      next += 1;
      const handle = await client.workflow.start<typeof assessEach>('assessEach', {
        workflowId: `assess-${next}`,
        taskQueue: DRIVER_QUEUE,
        args: [batch],
      });
      handles.push(handle);
      opened += await handle.result();
      done += batch.length;
      say(`${done} of ${submissionIds.length} assessed, ${(done / elapsed()).toFixed(0)}/s`);
    }
  }
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, driveNext));
  signal.throwIfAborted();
  const seconds = elapsed();
  return { seconds, opened, milliseconds: (await Promise.all(handles.map(durationsOf))).flat() };
}

/** How long each assessment took in the pool, by the server's clock. */
async function durationsOf(handle: WorkflowHandle): Promise<readonly number[]> {
  const { events = [] } = await handle.fetchHistory();
  const startedAt = new Map<string, number>();
  return (events ?? []).flatMap(({ eventId, eventTime, activityTaskStartedEventAttributes, activityTaskCompletedEventAttributes }) => {
    const milliseconds = Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
    if (activityTaskStartedEventAttributes) startedAt.set(String(eventId), milliseconds);
    const started = startedAt.get(String(activityTaskCompletedEventAttributes?.startedEventId));
    return activityTaskCompletedEventAttributes && started !== undefined ? [milliseconds - started] : [];
  });
}

await runUntilStopped((signal) => main(readOptions(), signal));
