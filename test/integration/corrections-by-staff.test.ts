import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { issuerOf, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../support/api.ts';
import { readWorkerConfig, type WorkerConfig } from '../../workers/config.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { dataConverterOf } from '../../platform/temporal/data-converter.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import type { PoolDependencies } from '../../workers/pools.ts';
import { createPoolWorker } from '../../workers/worker.ts';
import { correctionWorkflowId } from '../../workflows/correction-messages.ts';
import { TASK_QUEUES, type TaskQueue } from '../../workflows/queues.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { receiptKeys } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { poolDependencies } from '../support/pools.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { temporalAddress } from '../support/temporal.ts';
import { twoPersons } from '../support/two-persons.ts';
import { documentKeyOf } from '../../platform/storage/object-storage.ts';

/** Corrections as staff make them: by the API, with Temporal and the pools up, or away and back. */

let api: TestApi;
let staff: Caller;
let config: WorkerConfig;
let client: Client;
let connection: NativeConnection;
let dependencies: PoolDependencies;

beforeAll(async () => {
  installQuietRuntime();
  api = await startTestApi({ environment: { TEMPORAL_ADDRESS: temporalAddress() } });
  await api.publish();
  staff = twoPersons(api.as('sam', 'staff'), api.as('lea', 'staff'));
  const { store, storage, config: apiConfig } = api.services;
  config = readWorkerConfig({
    DATABASE_URL: apiConfig.DATABASE_URL,
    TEMPORAL_ADDRESS: temporalAddress(),
    RECEIPT_KEYS: await receiptKeys(),
    UPLOAD_DIRECTORY: inject('temporaryDirectory'),
    WORKER_BUILD_ID: `test-${randomUUID()}`,
    WORKFLOW_BUNDLE: inject('workflowBundle'),
    SHUTDOWN_GRACE_SECONDS: '1',
  });
  client = createTemporalClient(config);
  await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
  connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const credentials = await issuerOf(api.services);
  dependencies = { ...(await poolDependencies({ store })), storage: () => storage, publicUrl: api.url, credentials: () => credentials };
  const workers = await startWorkers();
  await Promise.all(TASK_QUEUES.map((deploymentName) => makeCurrent(client, { deploymentName, buildId: config.WORKER_BUILD_ID })));
  await workers.stop();
});
afterAll(async () => {
  await connection?.close();
  await client?.connection.close();
  await api?.close();
});

/** One process's worth of workers, by default of every pool. */
async function startWorkers(pools: readonly TaskQueue[] = TASK_QUEUES, own: PoolDependencies = dependencies) {
  const workers: Worker[] = await Promise.all(
    pools.map((pool) => createPoolWorker({ pool, config, connection, dataConverter: dataConverterOf(config), dependencies: own })),
  );
  const runs = workers.map((worker) => worker.run());
  return {
    async stop() {
      for (const worker of workers) worker.shutdown();
      await Promise.all(runs);
    },
  };
}

async function withWorkers<Result>(work: () => Promise<Result>, pools?: readonly TaskQueue[], own?: PoolDependencies): Promise<Result> {
  const workers = await startWorkers(pools, own);
  try {
    return await work();
  } finally {
    await workers.stop();
  }
}

async function certified() {
  return certifiedAttempt(api.services.store, { credentials: await issuerOf(api.services), email: `${randomUUID()}@candidates.example` });
}

const withKey = (key: string) => ({ 'idempotency-key': key });
const suspend = (certificateId: string, key: string = randomUUID()) =>
  staff('POST', `/v1/staff/certificates/${certificateId}/corrections`, { reason: 'an identity was doubted' }, withKey(key));
const settle = (correctionId: string, settlement: object, key: string = randomUUID()) =>
  staff('POST', `/v1/staff/corrections/${correctionId}/settlement`, { reason: 'looked into', ...settlement }, withKey(key));

async function read(certificateId: string) {
  return (await staff('GET', `/v1/staff/certificates/${certificateId}`)).body;
}

/** Of certificates: those of the attempt come when they come. */
async function noticeKinds(attemptId: string): Promise<string[]> {
  return (await api.services.store.notices.list(attemptId)).map((notice) => notice.kind).filter((kind) => kind.startsWith('certificate_'));
}

const ended = (correctionId: string) => client.workflow.getHandle(correctionWorkflowId(correctionId)).result();

describe('a correction by staff', () => {
  it('asked for again under the same key is the same act, also once all is over', async () => {
    await withWorkers(async () => {
      const { attemptId, certificateId } = await certified();
      const [key, settlingKey] = [randomUUID(), randomUUID()];
      const opened = await suspend(certificateId, key);
      expect({ status: opened.status, body: opened.body }).toEqual({
        status: 201,
        body: { correctionId: expect.any(String), certificateId, resolution: null, replacedBy: null },
      });
      const { correctionId } = opened.body;
      expect((await suspend(certificateId, key)).body).toEqual(opened.body);
      expect((await read(certificateId)).status).toBe('suspended');

      const replacement = { resolution: 'replaced', name: 'Ada King', points: [{ test: 'case_study', itemId: 'k2', points: 7.5 }] };
      const settled = await settle(correctionId, replacement, settlingKey);
      expect(settled).toMatchObject({ status: 200, body: { correctionId, certificateId, resolution: 'replaced', replacedBy: expect.any(String) } });
      expect((await settle(correctionId, replacement, settlingKey)).body).toEqual(settled.body);
      await ended(correctionId);
      expect((await suspend(certificateId, key)).body).toEqual(opened.body);
      expect(await settle(correctionId, replacement, settlingKey)).toMatchObject({ status: 200, body: settled.body });
      expect(refusalOf(await settle(correctionId, { resolution: 'reinstated' }))).toEqual(refused(409, 'wrong_phase'));
      expect(refusalOf(await settle(correctionId, { ...replacement, name: 'Ada Queen' }))).toEqual(refused(409, 'wrong_phase'));

      expect(await read(settled.body.replacedBy)).toMatchObject({ name: 'Ada King', score: '93.75', status: 'valid', replaces: certificateId });
      expect((await read(certificateId)).corrections).toHaveLength(1);
      expect(await noticeKinds(attemptId)).toEqual(['certificate_suspended', 'certificate_replaced']);
    });
  });

  it('that the workflow refuses is refused with its code, again under the same key, and changes nothing', async () => {
    await withWorkers(async () => {
      const { certificateId } = await certified();
      const { correctionId } = (await suspend(certificateId)).body;
      const key = randomUUID();
      for (let tries = 0; tries < 2; tries += 1) expect(refusalOf(await suspend(certificateId, key))).toEqual(refused(409, 'wrong_phase'));
      const wrong = { resolution: 'replaced', points: [{ test: 'case_study', itemId: 'k9', points: 1 }] };
      const invalid = await settle(correctionId, wrong);
      expect({ ...refusalOf(invalid), fields: invalid.body.fields }).toEqual({
        ...refused(422, 'marks_invalid'),
        fields: [{ path: 'points[0].itemId', message: 'k9 is not an item of this test' }],
      });
      expect(refusalOf(await settle(correctionId, { resolution: 'replaced', name: 'Ada Example' }))).toEqual(refused(422, 'marks_invalid'));
      expect(await read(certificateId)).toMatchObject({ status: 'suspended', corrections: [{ resolution: null }] });
      expect((await settle(correctionId, { resolution: 'reinstated' })).status).toBe(200);
      await ended(correctionId);
    });
  });

  it('can be settled even where somebody ended its workflow', async () => {
    await withWorkers(async () => {
      const { attemptId, certificateId } = await certified();
      const { correctionId } = (await suspend(certificateId)).body;
      await until(async () => (await noticeKinds(attemptId)).length === 1 || 'the holder was not told');
      await client.workflow.getHandle(correctionWorkflowId(correctionId)).terminate('by mistake');
      expect((await settle(correctionId, { resolution: 'revoked' })).body).toMatchObject({ resolution: 'revoked' });
      await ended(correctionId);
      expect(await read(certificateId)).toMatchObject({ status: 'revoked', corrections: [{ resolution: 'revoked' }] });
    });
  });
});

describe('while pools are away', () => {
  const deciding = ['certification', 'publication'] as const;

  it('staff suspend and settle all the same; the holder is told of both, and the new certificate rendered, once they are back', async () => {
    const { attemptId, certificateId } = await certified();
    const { correctionId, replacedBy } = await withWorkers(async () => {
      const opened = await suspend(certificateId);
      expect((await read(certificateId)).status).toBe('suspended');
      return (await settle(opened.body.correctionId, { resolution: 'replaced', name: 'Ada King' })).body;
    }, deciding);
    expect(await noticeKinds(attemptId)).toEqual([]);
    await withWorkers(() => ended(correctionId));
    expect(await noticeKinds(attemptId)).toEqual(['certificate_suspended', 'certificate_replaced']);
    expect(await api.services.storage.sizeBytes(documentKeyOf(replacedBy))).toBeGreaterThan(1000);
  });

  it('all of them, staff are told to try again, and the repeat under the same key is the same act', { timeout: 60_000 }, async () => {
    const { certificateId } = await certified();
    const key = randomUUID();
    const early = await suspend(certificateId, key);
    expect(refusalOf(early)).toEqual(refused(503, 'unavailable'));
    expect(early.headers.get('retry-after')).toBe('5');
    await withWorkers(async () => {
      const opened = await suspend(certificateId, key);
      expect(opened.status).toBe(201);
      expect((await read(certificateId)).corrections).toHaveLength(1);
      await settle(opened.body.correctionId, { resolution: 'reinstated' });
      await ended(opened.body.correctionId);
    });
  });

  it('those who asked to be told learn of every change, each once, also where its notice comes late and is repeated', async () => {
    const { store } = api.services;
    const { attemptId, certificateId } = await certified();
    const certificateUrl = `${api.url}/register/${certificateId}`;
    await store.watches.ask({ certificateId, email: 'hr@employer.example', locale: 'en', certificateUrl });
    const [asked] = (await store.mails.take(1000)).filter((mail) => mail.kind === 'watch_confirmation');
    if (!asked) throw new Error('no mail asks for a confirmation');
    await store.watches.confirm(new URL((asked.data as { confirmUrl: string }).confirmUrl).searchParams.get('token') ?? '');

    const { correctionId } = await withWorkers(
      async () => (await settle((await suspend(certificateId)).body.correctionId, { resolution: 'revoked' })).body,
      deciding,
    );
    // As if the process died each time after all was written, before Temporal knew.
    let died = 0;
    const dying = async (...parameters: Parameters<typeof store.watches.tell>) => {
      await store.watches.tell(...parameters);
      died += 1;
      if (died % 2 === 1) throw new Error('died');
    };
    const mortal = { ...dependencies, store: { ...store, watches: { ...store.watches, tell: dying } } };
    await withWorkers(() => ended(correctionId), TASK_QUEUES, mortal);
    expect(died).toBe(4);
    expect(await noticeKinds(attemptId)).toEqual(['certificate_suspended', 'certificate_revoked']);
    const told = (await store.mails.take(1000)).filter((mail) => mail.kind === 'watch_changed');
    expect(told.map(({ data }) => (data as { status: string }).status)).toEqual(['suspended', 'revoked']);
  });

  it('a notice that was given before the doubt was settled, and is repeated after it, is given once', async () => {
    const { store } = api.services;
    const { attemptId, certificateId } = await certified();
    let correctionId = '';
    let tries = 0;
    // Dies after all was written; when it is tried again, staff have settled the doubt.
    const dying = async (...parameters: Parameters<typeof store.notices.tell>) => {
      await store.notices.tell(...parameters);
      tries += 1;
      if (tries > 1) return;
      await until(async () => correctionId !== '' || 'not opened');
      await settle(correctionId, { resolution: 'reinstated' });
      throw new Error('died');
    };
    const mortal = { ...dependencies, store: { ...store, notices: { ...store.notices, tell: dying } } };
    await withWorkers(
      async () => {
        ({ correctionId } = (await suspend(certificateId)).body);
        await ended(correctionId);
      },
      TASK_QUEUES,
      mortal,
    );
    expect(await noticeKinds(attemptId)).toEqual(['certificate_suspended', 'certificate_reinstated']);
  });
});
