import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phaseOf } from '../../domain/attempt.ts';
import { addSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { createHerald } from '../../workers/herald.ts';
import type { Loop } from '../../workers/loop.ts';
import { tuningOf } from '../../workers/pools.ts';
import { extend, factsCommitted, withdraw } from '../../workflows/messages.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { attemptWorkflowId } from '../../workflows/messages.ts';
import { CertNeedsAttention, SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { poolDependencies } from '../support/pools.ts';
import { createCandidate, markNext, until } from '../support/pipeline.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { rightAnswers } from '../support/shapes.ts';
import { actAsStaff } from '../support/staff-acts.ts';
import { createTimeSkippingEnvironment } from '../support/time-skipping-server.ts';

// The default limits of the policy, passed in seconds: the store's clock is the test server's.

installQuietRuntime();
const server = await createTimeSkippingEnvironment();
if ('skipped' in server) console.warn(`SKIPPED: time-skipping tests: ${server.skipped}`);

describe.skipIf('skipped' in server)('every timer', () => {
  let environment: TestWorkflowEnvironment;
  let test: TestStore;
  let workers: Worker[];
  let runs: Promise<void>[];
  let herald: Loop | undefined;
  const day = 86_400_000;

  beforeAll(async () => {
    if ('skipped' in server) return;
    environment = server.environment;
    await addSearchAttributes(environment.client, SEARCH_ATTRIBUTE_KEYS);
    test = await createTestStore({ clock: async () => Prisma.sql`to_timestamp(${(await environment.currentTimeMs()) / 1000}::float8)` });
    await test.store.examVersions.publish({ content: smallExam({ appealWindowSeconds: 14 * 86_400 }), actor: 'test' });
    const dependencies = await poolDependencies(test);
    workers = await Promise.all(
      TASK_QUEUES.map((taskQueue) =>
        Worker.create({
          connection: environment.nativeConnection,
          taskQueue,
          ...tuningOf(taskQueue, dependencies),
          ...(taskQueue === 'certification' ? { workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)) } : {}),
        }),
      ),
    );
    herald = createHerald(dependencies);
    runs = [herald.run(), ...workers.map((worker) => worker.run())];
  });

  afterAll(async () => {
    herald?.stop();
    for (const worker of workers ?? []) worker.shutdown();
    await Promise.all(runs ?? []);
    await environment?.teardown();
    await test?.close();
  });

  const newCandidate = () => createCandidate({ store: test.store, client: environment.client });
  const phase = async (attemptId: string) => phaseOf((await test.store.attempts.read({ attemptId })).facts);
  const skip = (days: number) => environment.sleep(days * day);

  async function offered() {
    const candidate = newCandidate();
    const attemptId = await candidate.register();
    await candidate.start();
    await candidate.answer(rightAnswers);
    await candidate.submit();
    await markNext({ store: test.store, client: environment.client });
    await markNext({ store: test.store, client: environment.client });
    await expect.poll(() => phase(attemptId)).toBe('case_study_offered');
    return { candidate, attemptId };
  }

  it('reminds a candidate before a window ends, anew when its deadline moves, and never of what is done', async () => {
    const told = async (attemptId: string) => (await test.store.notices.list(attemptId)).map(({ kind }) => kind);
    const candidate = newCandidate();
    const attemptId = await candidate.register();
    // Steps are told by an outbox, half a second later at most: no time for it would pass here before the months that are skipped.
    await expect.poll(() => told(attemptId)).toEqual(['registered']);
    await skip(336);
    await expect.poll(() => told(attemptId)).toEqual(['registered', 'deadline_near']);
    const deadline = new Date((await environment.currentTimeMs()) + 60 * day).toISOString();
    await actAsStaff({ client: environment.client, store: test.store }, attemptId, extend, {
      window: 'start',
      deadline,
      actor: 'staff-1',
      reason: 'illness',
    });
    await expect.poll(() => told(attemptId)).toEqual(['registered', 'deadline_near', 'deadline_moved']);
    await skip(31);
    await expect.poll(() => told(attemptId)).toEqual(['registered', 'deadline_near', 'deadline_moved', 'deadline_near']);
    await candidate.start();
    await candidate.answer(rightAnswers);
    await candidate.submit();
    await expect.poll(async () => (await told(attemptId)).at(-1)).toBe('aptitude_submitted');
    await skip(5);
    expect((await told(attemptId)).filter((kind) => kind === 'deadline_near')).toHaveLength(2);
    // No script of this test is left for the graders of the next ones.
    for (const _seat of [1, 2]) await markNext({ store: test.store, client: environment.client });
  });

  it('lapses an attempt that is not started within a year', async () => {
    const attemptId = await newCandidate().register();
    await skip(364);
    expect(await phase(attemptId)).toBe('registered');
    await skip(1.1);
    await expect.poll(() => phase(attemptId)).toBe('lapsed');
  });

  it('submits what is saved after 90 minutes, and 135 for one and a half times the time', async () => {
    const [plain, accommodated] = [newCandidate(), newCandidate()];
    for (const candidate of [plain, accommodated]) await candidate.register();
    await test.store.attempts.accommodate({
      attemptId: accommodated.attemptId,
      percent: 150,
      actor: 'staff',
      reason: 'certified need',
      actionKey: 'accommodate',
    });
    for (const candidate of [plain, accommodated]) {
      await candidate.start();
      await candidate.answer({ t1: 'saved in time' });
    }
    await environment.sleep('91 minutes');
    await expect.poll(() => phase(plain.attemptId)).toBe('aptitude_grading');
    expect(await phase(accommodated.attemptId)).toBe('aptitude_test');
    await environment.sleep('45 minutes');
    await expect.poll(() => phase(accommodated.attemptId)).toBe('aptitude_grading');
    expect(await test.store.sittings.submissions(plain.attemptId)).toMatchObject([{ cause: 'timed_out' }]);
    for (let open = 4; open > 0; open -= 1) await markNext({ store: test.store, client: environment.client });
  });

  it('waits on to the extended deadline when staff extend the test', async () => {
    const candidate = newCandidate();
    const attemptId = await candidate.register();
    await candidate.start();
    const deadline = new Date((await environment.currentTimeMs()) + 180 * 60_000).toISOString();
    await actAsStaff({ client: environment.client, store: test.store }, attemptId, extend, {
      window: 'aptitude',
      deadline,
      actor: 'staff',
      reason: 'outage',
    });
    await environment.sleep('179 minutes');
    expect(await phase(attemptId)).toBe('aptitude_test');
    await environment.sleep('2 minutes');
    await expect.poll(() => phase(attemptId)).toBe('failed'); // blank: scored without a grader
  });

  it('lapses when the case study is not downloaded within 30 days', async () => {
    const { attemptId } = await offered();
    await skip(29.9);
    expect(await phase(attemptId)).toBe('case_study_offered');
    await skip(0.2);
    await expect.poll(() => phase(attemptId)).toBe('lapsed');
  });

  it('submits the latest complete upload 14 days after the download', async () => {
    const { candidate, attemptId } = await offered();
    await candidate.download();
    await candidate.upload();
    await skip(13.9);
    expect(await phase(attemptId)).toBe('case_study');
    await skip(0.2);
    await expect.poll(() => phase(attemptId)).toBe('case_study_grading');
    for (let open = 2; open > 0; open -= 1) await markNext({ store: test.store, client: environment.client });
    await expect.poll(() => phase(attemptId)).toBe('certified');
  });

  it('waits past the deadline for an upload that arrived before it, and freezes it once it is taken', async () => {
    const { candidate, attemptId } = await offered();
    await candidate.download();
    await candidate.upload('an earlier one');
    const { id, sha256 } = await candidate.announceUpload('arrived in time');
    await test.store.uploads.arrived(id);
    await skip(14.1);
    expect(await phase(attemptId)).toBe('case_study');
    await expect
      .poll(async () => (await environment.client.workflow.getHandle(attemptWorkflowId(attemptId)).describe()).historyLength)
      .toBeLessThan(400);
    await test.store.uploads.complete(id);
    await skip(0.2);
    await expect.poll(() => phase(attemptId)).toBe('case_study_grading');
    expect(await test.store.sittings.submissions(attemptId)).toMatchObject([{}, { cause: 'timed_out', contentHash: `sha-256:${sha256}` }]);
    for (let open = 2; open > 0; open -= 1) await markNext({ store: test.store, client: environment.client });
    await expect.poll(() => phase(attemptId)).toBe('certified');
  });

  it('calls staff once, and says why, when a file that was handed in has waited an hour for the scanner for malware', async () => {
    const { candidate, attemptId } = await offered();
    await candidate.download();
    const { id } = await candidate.announceUpload('not scanned');
    await test.store.uploads.complete(id, 'pending');
    await candidate.submit('case_study');
    const handle = environment.client.workflow.getHandle(attemptWorkflowId(attemptId));
    const details = async () => (await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';
    const isCalled = async () => (await handle.describe()).typedSearchAttributes.get(CertNeedsAttention) === true;
    const why = 'the file has waited an hour for the scanner for malware';
    const timesCalled = async () => (await details()).split(why).length - 1;
    await until(async () => (await details()).includes('| waits for | the scanner for malware |') || 'the workflow does not wait for the scanner');

    await environment.sleep('50 minutes');
    expect([await isCalled(), await timesCalled()]).toEqual([false, 0]);
    await environment.sleep('11 minutes');
    await until(async () => (await isCalled()) || 'staff are not called');
    expect(await timesCalled()).toBe(1);
    expect(await details()).toContain('**needs attention**');

    await environment.sleep('2 days');
    await handle.signal(factsCommitted); // whatever else it hears: they were called
    await environment.sleep('2 hours');
    expect([await isCalled(), await timesCalled(), await phase(attemptId)]).toEqual([true, 1, 'case_study_grading']);

    // Called for two things at once, they are called until both are over, and not longer.
    await handle.executeUpdate(withdraw, { args: [{ actor: 'ana', reason: 'typed by hand' }] }).catch(() => undefined);
    await until(async () => (await details()).includes('| to be confirmed | **1**') || 'the claim is not told');
    await test.store.uploads.passScan(id);
    await handle.signal(factsCommitted);
    await until(async () => (await details()).includes('the file is scanned, and is clean') || 'it is not told that the file is clean');
    expect(await isCalled()).toBe(true);
    const [claim] = await test.store.staffActs.list({ attemptId, limit: 1 });
    await test.store.staffActs.dismiss({ claimId: claim?.id ?? '', actor: 'sam', reason: 'nobody asked for it' });
    await handle.signal(factsCommitted);
    await until(async () => !(await isCalled()) || 'staff are called for what is over');
    expect(await phase(attemptId)).toBe('case_study_grading');

    for (let open = 2; open > 0; open -= 1) await markNext({ store: test.store, client: environment.client });
    await expect.poll(() => phase(attemptId)).toBe('certified');
    await until(async () => !(await isCalled()) || 'staff are called still');
  });

  it('fails an attempt with nothing uploaded after 14 days, and closes it after the appeal window of 14 more', async () => {
    const { candidate, attemptId } = await offered();
    await candidate.download();
    await skip(14.1);
    await expect.poll(() => phase(attemptId)).toBe('failed');
    expect((await test.store.attempts.read({ attemptId })).outcomeReason).toBe('not submitted');
    const handle = environment.client.workflow.getHandle(attemptWorkflowId(attemptId));
    await skip(13.8);
    expect((await handle.describe()).status.name).toBe('RUNNING');
    await skip(0.4);
    await expect.poll(async () => (await handle.describe()).status.name).toBe('COMPLETED');
  });

  it('reminds graders at 50 and 80 % of the promised week, and calls staff at its end', async () => {
    const candidate = newCandidate();
    const attemptId = await candidate.register();
    await candidate.start();
    await candidate.answer(rightAnswers);
    await candidate.submit();
    const percents = async () => {
      const assignments = await test.store.assignments.listForStaff({ attemptId, limit: 10 });
      return assignments.map((assignment) => assignment.reminders.map((reminder) => reminder.percent));
    };
    await expect.poll(percents).toEqual([[], []]);
    await skip(3.6);
    await expect.poll(percents).toEqual([[50], [50]]);
    await skip(2.1);
    await expect.poll(percents).toEqual([
      [50, 80],
      [50, 80],
    ]);
    await skip(1.4);
    await expect.poll(percents).toEqual([
      [50, 80, 100],
      [50, 80, 100],
    ]);
    for (let open = 2; open > 0; open -= 1) await markNext({ store: test.store, client: environment.client });
    await expect.poll(() => phase(attemptId)).toBe('case_study_offered');
  });
});
