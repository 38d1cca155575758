import { join } from 'node:path';
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { ExamContent } from '../../domain/exam.ts';
import { phaseOf, type Phase, type Standing } from '../../domain/attempt.ts';
import type { SubmittedMark } from '../../domain/marking.ts';
import { readWorkerConfig } from '../../workers/config.ts';
import type { Environment } from '../../platform/config.ts';
import { createLogger } from '../../platform/logging.ts';
import { createSecretKeeper } from '../../platform/secret-keeper.ts';
import { ring } from '../../platform/temporal/ring.ts';
import { attemptBell } from '../../workflows/bells.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { keepDataConverter } from '../../platform/temporal/data-converter.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { roleOfPool, urlAs } from '../../local/database-logins.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore, type Store } from '../../store/store.ts';
import type { HeldAssignment } from '../../store/assignments/held.ts';
import { createHerald } from '../../workers/herald.ts';
import { createPoolWorker } from '../../workers/worker.ts';
import { attemptWorkflowId, MESSAGE_TRACING } from '../../workflows/messages.ts';
import { TASK_QUEUES, type TaskQueue } from '../../workflows/queues.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { createTestStore, receiptKeys } from './database.ts';
import { poolDependencies } from './pools.ts';
import { installQuietRuntime } from './runtime.ts';
import { temporalAddress } from './temporal.ts';

/** For what comes at once on a quiet machine: only a test that fails waits so long. */
const PATIENCE_SECONDS = 60;

/** The real pipeline in this process: every pool's worker, but of those away, against the run's Temporal server and a database of its own. */
export async function startPipeline({
  exams,
  away = [],
  environment = {},
}: {
  exams: readonly ExamContent[];
  away?: readonly TaskQueue[];
  /** On top of what it sets. */
  environment?: Environment;
}) {
  installQuietRuntime();
  const { store, databaseUrl, receipts, close } = await createTestStore();
  const buildId = `test-${randomUUID()}`;
  const config = readWorkerConfig({
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress(),
    RECEIPT_KEYS: await receiptKeys(),
    UPLOAD_DIRECTORY: join(inject('temporaryDirectory'), 'uploads'),
    WORKER_BUILD_ID: buildId,
    WORKFLOW_BUNDLE: inject('workflowBundle'),
    SHUTDOWN_GRACE_SECONDS: '1',
    ...environment,
  });
  const secrets = createSecretKeeper({ secretFiles: config.secretFiles, logger: createLogger({ level: 'silent', service: 'test' }) });
  const ownConverter = await keepDataConverter({ config, secrets });
  const client = createTemporalClient(config, { dataConverter: ownConverter, tracing: MESSAGE_TRACING });
  await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const dependencies = await poolDependencies({ store });
  // Each pool may do what its own process may.
  const stores = new Map<TaskQueue, Store>();
  const storeOf = (pool: TaskQueue): Store => {
    const url = urlAs(roleOfPool(pool), databaseUrl);
    const store =
      stores.get(pool) ?? createStore({ prisma: connectDatabase({ DATABASE_URL: url, DATABASE_POOL_SIZE: 6 }), clock: postgresClock, receipts });
    stores.set(pool, store);
    return store;
  };
  const workers: Worker[] = [];
  const workerRuns: Promise<void>[] = [];
  const heralds: Promise<void>[] = [];
  /** Workers of the pools; of another build beside the first where one is named. */
  const startWorkers = async (
    build: { WORKER_BUILD_ID?: string; WORKFLOW_BUNDLE?: string } = {},
    pools: readonly TaskQueue[] = TASK_QUEUES,
    dataConverter = ownConverter,
  ) => {
    const started = await Promise.all(
      pools.map((pool) =>
        createPoolWorker({
          pool,
          config: { ...config, ...build },
          connection,
          dataConverter,
          dependencies: { ...dependencies, store: storeOf(pool) },
        }),
      ),
    );
    workers.push(...started);
    workerRuns.push(...started.map((worker) => worker.run()));
  };
  const stopWorkers = async () => {
    const stopped = workers.splice(0);
    for (const worker of stopped) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all(workerRuns.splice(0));
  };
  const herald = createHerald({ ...dependencies, store: storeOf('notification') });
  const bringUp = async (pools: readonly TaskQueue[]) => {
    if (pools.includes('notification')) heralds.push(herald.run());
    await startWorkers({}, pools);
    await Promise.all(pools.map((deploymentName) => makeCurrent(client, { deploymentName, buildId })));
  };
  await bringUp(TASK_QUEUES.filter((pool) => !away.includes(pool)));
  for (const content of exams) await store.examVersions.publish({ content, actor: 'test' });

  return {
    ...dependencies,
    client,
    databaseUrl,
    buildId,
    startWorkers,
    /** Those that were away come back. */
    bringUp,
    handle: (attemptId: string) => client.workflow.getHandle(attemptWorkflowId(attemptId)),
    /** Looks at the files of secrets now. */
    checkSecrets: secrets.check,
    dataConverter: ownConverter,
    stopWorkers,
    /** All of them, and nothing is cached any more. */
    async restartWorkers() {
      await stopWorkers();
      await startWorkers();
    },
    async stop() {
      secrets.stop();
      herald.stop();
      await stopWorkers();
      await Promise.all(heralds);
      await connection.close();
      await client.connection.close();
      for (const own of stores.values()) await own.close();
      await close();
    },
  };
}

export type Pipeline = Awaited<ReturnType<typeof startPipeline>>;

/** Waits until the attempt stands in the phase; fails with where it stands instead. */
export async function untilPhase({ store }: { store: Store }, attemptId: string, phase: Phase, timeoutSeconds = PATIENCE_SECONDS): Promise<void> {
  await until(async () => {
    const now = phaseOf((await store.attempts.read({ attemptId })).facts);
    return now === phase ? true : `the attempt is ${now}, not ${phase}`;
  }, timeoutSeconds);
}

/** Polls until the check is true; fails with the check's last words. */
export async function until(check: () => Promise<true | string>, timeoutSeconds = PATIENCE_SECONDS): Promise<void> {
  const giveUpAt = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const result = await check();
    if (result === true) return;
    if (Date.now() > giveUpAt) throw new Error(result);
    await pause(50);
  }
}

/** A candidate who acts through the store, each fact followed by its doorbell, as the API does. */
export function createCandidate(
  { store, client }: Pick<Pipeline, 'store' | 'client'>,
  { examId = 'small', subject = `candidate-${randomUUID()}` }: { examId?: string; subject?: string } = {},
) {
  let attemptId = '';
  const ringFact = (fact: string, standing?: Standing) => ring(client, attemptBell({ attemptId, fact, standing }));
  return {
    subject,
    get attemptId() {
      return attemptId;
    },
    /** The relay does not know where an attempt stands. */
    async register({ heardBy = 'api' }: { heardBy?: 'api' | 'relay' } = {}) {
      const registered = await store.attempts.register({ subject, name: 'Ada Example', examId });
      ({ attemptId } = registered);
      await ringFact('registered', heardBy === 'api' ? registered.standing : undefined);
      return attemptId;
    },
    async start() {
      await store.sittings.start({ attemptId, subject });
      await ringFact('started');
    },
    async answer(responses: Readonly<Record<string, readonly string[] | string>>) {
      for (const [itemId, value] of Object.entries(responses)) await store.sittings.saveResponse({ attemptId, subject, itemId, value, sequence: 1 });
    },
    async submit(test: 'aptitude' | 'case_study' = 'aptitude') {
      const result = await store.sittings.submit({ attemptId, subject, test });
      await ringFact('submitted');
      return result;
    },
    async download() {
      await store.sittings.download({ attemptId, subject });
      await ringFact('downloaded');
    },
    async announceUpload(content: string) {
      const id = randomUUID();
      const sha256 = createHash('sha256').update(content).digest('hex');
      await store.uploads.announce({ id, attemptId, subject, fileName: 'mine.md', mediaType: 'text/markdown', sizeBytes: content.length, sha256 });
      return { id, sha256 };
    },
    /** Records a complete upload; the bytes themselves are the API's business. */
    async upload(content = 'my solution') {
      const { id, sha256 } = await this.announceUpload(content);
      await store.uploads.complete(id);
      return sha256;
    },
    async withdraw() {
      await store.attempts.withdraw({ attemptId, subject });
      await ringFact('withdrawn');
    },
  };
}

/** Full points for everything, or what the function says; a reason wherever points are lost. */
export function marksFor(
  assignment: HeldAssignment,
  pointsOf: (itemId: string, max: number) => number = (_itemId, max) => max,
): readonly SubmittedMark[] {
  const { exam, test } = assignment.submission;
  const maxima = new Map(
    test === 'aptitude'
      ? exam.items.map((item) => [item.id, item.millipoints])
      : (exam.caseStudies[0]?.rubric ?? []).map((criterion) => [criterion.id, criterion.millipoints]),
  );
  return assignment.itemIds.map((itemId) => {
    const max = (maxima.get(itemId) ?? 0) / 1000;
    const points = pointsOf(itemId, max);
    return { itemId, points, reason: points < max ? `lost ${max - points} of ${itemId}` : '' };
  });
}

/** A fresh grader claims the next assignment and completes it. Waits for one to be there. */
export async function markNext(
  { store, client }: Pick<Pipeline, 'store' | 'client'>,
  {
    designated = false,
    pointsOf,
    grader = `grader-${randomUUID()}`,
  }: { designated?: boolean; grader?: string; pointsOf?: (itemId: string, max: number) => number } = {},
): Promise<HeldAssignment> {
  let assignment: HeldAssignment | undefined;
  await until(async () => {
    assignment = await store.assignments.claim({ grader, designated });
    return assignment ? true : 'there is no assignment to claim';
  });
  if (!assignment) throw new Error('unreachable');
  const { attemptId, deliveryId } = await store.assignments.complete({
    assignmentId: assignment.id,
    grader,
    fencingToken: assignment.fencingToken,
    marks: marksFor(assignment, pointsOf),
  });
  if (deliveryId !== undefined) await ring(client, attemptBell({ attemptId, fact: 'marked' }));
  return assignment;
}
