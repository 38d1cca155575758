import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { phaseOf, type Phase } from '../../domain/attempt.ts';
import { existingTemporalAddress } from '../../local/environment.ts';
import { embeddedBuildId } from '../../local/stack-processes.ts';
import { startStack, type Stack } from '../../local/stack.ts';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createRecoveryStore } from '../../store/recovery.ts';
import { createStore, type Store } from '../../store/store.ts';
import { attemptWorkflowId } from '../../workflows/messages.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { runCommand } from '../support/command.ts';
import { receiptKeys } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createCandidate, markNext, until } from '../support/pipeline.ts';

// Temporal's own store is gone for good, with attempts in every phase. PostgreSQL has all that matters: the workflows are
// begun again on an empty server, end as they would have, and do nothing twice.

let stack: Stack;
let prisma: ReturnType<typeof connectDatabase>;
let store: Store;
let client: Client;
let database: pg.Client;
const output: string[] = [];

beforeAll(async () => {
  stack = await startStack({
    dataDirectory: join(inject('temporaryDirectory'), 'temporal-lost'),
    persistent: false,
    temporal: { keepsData: false },
    log: () => {},
  });
  prisma = connectDatabase({ DATABASE_URL: stack.databaseUrl, DATABASE_POOL_SIZE: 10 });
  const receipts = await createReceiptSigner({ keys: await receiptKeys(), issuer: 'http://localhost' });
  store = createStore({ prisma, clock: postgresClock, receipts });
  client = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: stack.temporalAddress }));
  database = new pg.Client({ connectionString: stack.databaseUrl });
  await database.connect();
  await store.examVersions.publish({ content: smallExam(), actor: 'test' });
});

afterAll(async () => {
  await database?.end();
  await store?.close();
  await client?.connection.close();
  await stack?.stop();
});

type Candidate = ReturnType<typeof createCandidate>;

async function inPhase(candidate: Candidate, phase: Phase): Promise<void> {
  await until(async () => {
    const now = phaseOf((await store.attempts.read({ attemptId: candidate.attemptId })).facts);
    return now === phase || `${candidate.attemptId} is ${now}, not ${phase}`;
  }, 60);
}

/** What the candidate was told of, once. */
const told = async ({ attemptId }: Candidate) => (await store.notices.list(attemptId)).map(({ kind }) => kind).toSorted();

/** Nothing is under way in any of their workflows: whatever they were to be told of, they were. */
async function quiet(candidates: readonly Candidate[]): Promise<void> {
  for (const { attemptId } of candidates) {
    await until(async () => {
      const { raw } = await client.workflow.getHandle(attemptWorkflowId(attemptId)).describe();
      return ((raw.pendingActivities ?? []).length === 0 && raw.pendingWorkflowTask == null) || `${attemptId} is busy`;
    }, 60);
  }
  await until(async () => (await store.tidings.backlog()).count === 0 || 'something is still to be told', 60);
}

const marked = (grader?: string) => markNext({ store, client }, grader === undefined ? {} : { grader });

async function newCandidate(): Promise<Candidate> {
  const candidate = createCandidate({ store, client });
  await candidate.register();
  // Who begins before their workflow does is not told that they are registered.
  await until(async () => (await told(candidate)).includes('registered') || 'not told of the registration');
  return candidate;
}

async function submitAptitude(candidate: Candidate): Promise<void> {
  await candidate.start();
  await candidate.answer({ c1: ['a'], c2: ['a', 'b'], t1: 'an answer', t2: 'another' });
  await candidate.submit();
}

async function passAptitude(candidate: Candidate): Promise<void> {
  await submitAptitude(candidate);
  await marked();
  await marked();
  await inPhase(candidate, 'case_study_offered');
}

async function submitCaseStudy(candidate: Candidate): Promise<void> {
  await candidate.download();
  await candidate.upload();
  await candidate.submit('case_study');
}

/** All that may exist once only, by attempt. */
async function counts(attemptId: string): Promise<Record<string, number>> {
  const { rows } = await database.query<Record<string, string>>(
    `SELECT (SELECT count(*) FROM decision WHERE attempt_id = $1) AS decisions,
       (SELECT count(*) FROM notice WHERE attempt_id = $1) AS notices,
       (SELECT count(*) FROM mail WHERE attempt_id = $1) AS mails,
       (SELECT count(*) FROM certificate WHERE attempt_id = $1) AS certificates,
       (SELECT count(*) FROM event WHERE key = $1) AS events,
       (SELECT count(*) FROM assignment t JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id WHERE s.attempt_id = $1) AS assignments`,
    [attemptId],
  );
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]));
}

async function reconcile(...args: readonly string[]): Promise<number> {
  const stores = { recovery: createRecoveryStore({ prisma, clock: postgresClock }), notices: store.notices };
  const connected = { stores, client, addressing: { publicUrl: stack.apiUrl, candidateUrl: undefined, mailing: false } };
  const { exitCode, printed, errors } = await runCommand(['records', 'reconcile', ...args], connected);
  output.splice(0, Infinity, ...printed, ...errors);
  return exitCode;
}

const shownPhase = async (attemptId: string) => {
  const { searchAttributes, status } = await client.workflow.getHandle(attemptWorkflowId(attemptId)).describe();
  return `${status.name} ${String(searchAttributes['CertPhase']?.[0])}`;
};

// A server that somebody else runs is not ours to lose.
describe.skipIf(existingTemporalAddress() !== undefined)('when Temporal has lost everything', () => {
  it('goes on with every attempt from where PostgreSQL says it stands, and does nothing twice', async () => {
    const registered = await newCandidate();
    const certified = await newCandidate();
    await passAptitude(certified);
    await submitCaseStudy(certified);
    await marked();
    await marked();
    await inPhase(certified, 'certified');
    const offered = await newCandidate();
    await passAptitude(offered);
    const designing = await newCandidate();
    await passAptitude(designing);
    await designing.download();
    const withdrawn = await newCandidate();
    await withdrawn.withdraw();
    const halfDesignMarked = await newCandidate();
    await passAptitude(halfDesignMarked);
    await submitCaseStudy(halfDesignMarked);
    await marked();
    // The other half is in somebody's hands meanwhile.
    await until(async () => (await store.assignments.claim({ grader: 'holder', designated: false })) !== null || 'nothing to claim');
    const writing = await newCandidate();
    await writing.start();
    const halfMarked = await newCandidate();
    await submitAptitude(halfMarked);
    await marked();

    const phases: readonly (readonly [Candidate, Phase])[] = [
      [registered, 'registered'],
      [writing, 'aptitude_test'],
      [halfMarked, 'aptitude_grading'],
      [offered, 'case_study_offered'],
      [designing, 'case_study'],
      [halfDesignMarked, 'case_study_grading'],
    ];
    const settled = [certified, withdrawn];
    for (const [candidate, phase] of phases) await inPhase(candidate, phase);
    await until(async () => (await reconcile()) === 0 || output.join('\n'));
    // What no server has taken yet the relay brings to the new one by itself.
    const undelivered = () => prisma.delivery.count({ where: { deliveredAt: null, voidedAt: null } });
    await until(async () => (await undelivered()) === 0 || 'the relay is at work');
    await quiet([...phases.map(([open]) => open), ...settled]);
    const before = new Map<Candidate, Record<string, number>>();
    for (const candidate of [...phases.map(([open]) => open), ...settled]) before.set(candidate, await counts(candidate.attemptId));

    await stack.temporal.kill();
    await stack.temporal.start(); // in memory: empty
    await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
    expect(await reconcile()).toBe(1);
    expect(output).toContainEqual(expect.stringMatching(/^ +6 +missing in Temporal$/));

    expect(await reconcile('--repair')).toBe(0);
    expect(output.at(-1)).toBe('6 workflows started again');
    await Promise.all(TASK_QUEUES.map((deploymentName) => makeCurrent(client, { deploymentName, buildId: embeddedBuildId })));
    for (const [{ attemptId }, phase] of phases)
      await until(
        async () => (await shownPhase(attemptId)) === `RUNNING ${phase}` || `${attemptId}: ${await shownPhase(attemptId)}, not ${phase}`,
        60,
      );
    await quiet(phases.map(([candidate]) => candidate));
    for (const [candidate, count] of before) expect(await counts(candidate.attemptId)).toEqual(count);
    expect(await reconcile('--repair')).toBe(0);
    expect(output.at(-1)).toBe('0 workflows started again');

    // Everybody goes on to the end.
    await submitAptitude(registered);
    await writing.answer({ c1: ['a'], c2: ['a', 'b'], t1: 'an answer', t2: 'another' });
    await writing.submit();
    await marked('holder');
    for (let open = 2 + 2 + 1; open > 0; open -= 1) await marked(); // registered, writing, halfMarked
    await inPhase(halfDesignMarked, 'certified');
    for (const candidate of [registered, writing, halfMarked]) await inPhase(candidate, 'case_study_offered');
    for (const candidate of [registered, writing, halfMarked, offered]) await submitCaseStudy(candidate);
    await designing.upload();
    await designing.submit('case_study');
    for (let open = 5 * 2; open > 0; open -= 1) await marked();
    for (const [candidate] of phases) await inPhase(candidate, 'certified');

    // As for the one who was through before: the same of everything, once.
    const whole = before.get(certified);
    expect(whole).toMatchObject({ decisions: 2, certificates: 1, assignments: 4, notices: 5 });
    expect(await told(certified)).toEqual(['aptitude_passed', 'aptitude_submitted', 'case_study_passed', 'case_study_submitted', 'registered']);
    for (const [candidate] of phases)
      await until(
        async () => JSON.stringify(await counts(candidate.attemptId)) === JSON.stringify(whole) || JSON.stringify(await counts(candidate.attemptId)),
      );
    expect(await counts(certified.attemptId)).toEqual(whole);
    expect(await counts(withdrawn.attemptId)).toEqual(before.get(withdrawn));
  });
});

describe.skipIf(existingTemporalAddress() !== undefined)('when the workflows know more than the records', () => {
  it('begins all of them again, also those that are closed, and ends those of attempts that are no more', async () => {
    const candidate = await newCandidate();
    await submitAptitude(candidate);
    await inPhase(candidate, 'aptitude_grading');
    const handle = client.workflow.getHandle(attemptWorkflowId(candidate.attemptId));
    const { runId } = await handle.describe();
    // As a restore of PostgreSQL to an earlier time leaves it: a workflow of an attempt that was registered later.
    const vanished = randomUUID();
    await client.workflow.start('certificationAttempt', {
      workflowId: attemptWorkflowId(vanished),
      taskQueue: 'nobody',
      args: [{ attemptId: vanished }],
    });
    await until(async () => (await reconcile()) === 1 || 'it is not seen yet');
    expect(output).toContain(`          ${vanished}`);

    expect(await reconcile('--restart-all')).toBe(0);
    expect((await client.workflow.getHandle(attemptWorkflowId(vanished)).describe()).status.name).toBe('TERMINATED');
    expect((await handle.describe()).runId).not.toBe(runId);
    await until(async () => (await shownPhase(candidate.attemptId)) === 'RUNNING aptitude_grading' || 'it is not back yet', 60);

    await handle.terminate('by hand');
    await until(async () => (await reconcile()) === 1 || 'its end is not seen yet');
    expect(await reconcile('--repair')).toBe(0);
    expect(output.at(-1)).toBe('1 workflows started again');
    await marked();
    await marked();
    await inPhase(candidate, 'case_study_offered');
  });
});
