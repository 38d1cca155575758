import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { tuningOf, type PoolDependencies } from '../../workers/pools.ts';
import { CORRECTION_WORKFLOW, correctionWorkflowId, opened, type CorrectionInput } from '../../workflows/correction-messages.ts';
import { TASK_QUEUES } from '../../workflows/queues.ts';
import { CertNeedsAttention, CertPhase, SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { settleCorrection } from '../support/correction-shapes.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { poolDependencies } from '../support/pools.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { vouchFor } from '../support/staff-acts.ts';
import { createTimeSkippingEnvironment } from '../support/time-skipping-server.ts';

// The test server has no update-with-start: the workflow is started, and asked by an update whether it has suspended.

installQuietRuntime();
const server = await createTimeSkippingEnvironment();
if ('skipped' in server) console.warn(`SKIPPED: time-skipping tests of corrections: ${server.skipped}`);

describe.skipIf('skipped' in server)('a certificate that stays suspended', () => {
  let environment: TestWorkflowEnvironment;
  let test: TestStore;
  let dependencies: PoolDependencies;
  let workers: Worker[];
  let runs: Promise<void>[];
  const unreachable = new Set<string>();

  beforeAll(async () => {
    if ('skipped' in server) return;
    environment = server.environment;
    await addSearchAttributes(environment.client, SEARCH_ATTRIBUTE_KEYS);
    test = await createTestStore();
    await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
    const real = await poolDependencies(test);
    // The inbox cannot be written to where a test says so.
    const tell = async (notice: Parameters<typeof test.store.notices.tell>[0]) => {
      if (unreachable.has(notice.attemptId)) throw new Error('the inbox is away');
      await test.store.notices.tell(notice);
    };
    dependencies = { ...real, store: { ...test.store, notices: { ...test.store.notices, tell } } };
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
    runs = workers.map((worker) => worker.run());
  });

  afterAll(async () => {
    for (const worker of workers ?? []) worker.shutdown();
    await Promise.all(runs ?? []);
    await environment?.teardown();
    await test?.close();
  });

  async function suspended() {
    const { attemptId, certificateId } = await certifiedAttempt(test.store, { credentials: dependencies.credentials() });
    const correctionId = randomUUID();
    const input: CorrectionInput = { correctionId, certificateId, actor: 'sam', reason: 'an identity was doubted' };
    unreachable.add(attemptId);
    await vouchFor(test.store, 'suspend', { key: correctionId, input });
    const handle = await environment.client.workflow.start(CORRECTION_WORKFLOW, {
      workflowId: correctionWorkflowId(correctionId),
      taskQueue: 'certification',
      args: [input],
    });
    expect(await handle.executeUpdate(opened)).toMatchObject({ certificateId, resolution: null });
    return {
      attemptId,
      certificateId,
      handle,
      attention: async () => (await handle.describe()).typedSearchAttributes.get(CertNeedsAttention),
      noticeKinds: async () => (await test.store.notices.list(attemptId)).map(({ kind }) => kind),
      reinstate: () => settleCorrection({ client: environment.client, store: test.store }, correctionId, { resolution: 'reinstated' }),
    };
  }

  it('calls staff after a week, is settled all the same, and calls nobody any more', async () => {
    const { attemptId, certificateId, handle, attention, noticeKinds, reinstate } = await suspended();
    unreachable.delete(attemptId);
    await expect.poll(noticeKinds).toEqual(['certificate_suspended']);

    await environment.sleep('6 days');
    expect(await attention()).not.toBe(true);
    await environment.sleep('25 hours');
    await expect.poll(attention).toBe(true);
    await environment.sleep('8 days'); // and the wait goes on

    expect(await reinstate()).toMatchObject({ resolution: 'reinstated' });
    expect(await handle.result()).toEqual({ resolution: 'reinstated' });
    expect(await attention()).toBe(false);
    expect((await handle.describe()).typedSearchAttributes.get(CertPhase)).toBe('certificate_reinstated');
    expect((await test.store.certificates.read(certificateId)).status).toBe('valid');
    expect(await noticeKinds()).toEqual(['certificate_suspended', 'certificate_reinstated']);
  });

  it('is settled even where its holder could not be told for a week, and staff are called', async () => {
    const { certificateId, handle, attention, noticeKinds, reinstate } = await suspended();
    await environment.sleep('9 days');
    await expect.poll(attention).toBe(true);
    expect(await reinstate()).toMatchObject({ resolution: 'reinstated' });
    expect((await test.store.certificates.read(certificateId)).status).toBe('valid');
    expect(await handle.result()).toEqual({ resolution: 'reinstated' });
    expect([await attention(), await noticeKinds()]).toEqual([true, []]);
  });
});
