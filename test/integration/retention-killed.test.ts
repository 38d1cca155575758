import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import pMap from 'p-map';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { auditLedger } from '../../cli/records/audit.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import { urlAs } from '../../local/database-logins.ts';
import { compileCache } from '../../local/environment.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { dataConverterOf } from '../../platform/temporal/data-converter.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { readWorkerConfig } from '../../workers/config.ts';
import { createPoolWorker } from '../../workers/worker.ts';
import { markingReviewSchedule, reportsSchedule, RETENTION_WORKFLOW, retentionSchedule } from '../../workflows/schedules.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { receiptKeys } from '../support/database.ts';
import { until } from '../support/pipeline.ts';
import { poolDependencies } from '../support/pools.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { temporalAddress } from '../support/temporal.ts';
import { twoPersons } from '../support/two-persons.ts';

/** Who orders, and who erases, are processes of their own here and are killed in the middle of it: of many batches nothing is done twice and nothing left. */

/** More than two batches. */
const ATTEMPTS = 410;

let api: TestApi;
let owner: pg.Client;
let client: Client;
let environment: Readonly<Record<string, string>>;
let stop: () => Promise<void>;
const pools = new Set<ChildProcess>();

beforeAll(async () => {
  installQuietRuntime();
  const uploads = join(inject('temporaryDirectory'), `uploads-${randomUUID()}`);
  api = await startTestApi({ environment: { ERASURE_AFTER_DAYS: '0', UPLOAD_DIRECTORY: uploads } });
  await api.publish();
  owner = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await owner.connect();
  environment = {
    TEMPORAL_ADDRESS: temporalAddress(),
    RECEIPT_KEYS: await receiptKeys(),
    UPLOAD_DIRECTORY: uploads,
    WORKER_BUILD_ID: `test-${randomUUID()}`,
    WORKFLOW_BUNDLE: inject('workflowBundle'),
    SHUTDOWN_GRACE_SECONDS: '1',
    WORKER_HTTP_PORT: '0',
  };
  const config = readWorkerConfig({ ...environment, DATABASE_URL: api.services.config.DATABASE_URL });
  client = createTemporalClient(config);
  await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const dependencies = await poolDependencies({ store: api.services.store });
  const worker: Worker = await createPoolWorker({ pool: 'certification', config, connection, dataConverter: dataConverterOf(config), dependencies });
  const running = worker.run();
  await makeCurrent(client, { deploymentName: 'certification', buildId: config.WORKER_BUILD_ID });
  stop = async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
}, 180_000);
afterAll(async () => {
  await Promise.all([...pools].map(kill));
  // Which the pool `reporting` keeps.
  for (const { scheduleId } of [markingReviewSchedule, reportsSchedule, retentionSchedule])
    await client?.schedule
      .getHandle(scheduleId)
      .delete()
      .catch(() => {});
  await stop?.();
  await owner?.end();
  await client?.connection.close();
  await api?.close();
});

function start(pool: 'reporting' | 'delivery'): ChildProcess {
  const main = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));
  const env = { ...compileCache(), ...environment, DATABASE_URL: urlAs(pool, api.services.config.DATABASE_URL) };
  const child = spawn(process.execPath, [main, '--pool', pool], { env, stdio: 'ignore' });
  pools.add(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  pools.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

async function count(from: string): Promise<number> {
  const { rows } = await owner.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${from}`);
  return rows[0]?.n ?? Number.NaN;
}

/** Once there are so many, and before there are all: it was in the middle of it. */
async function killedInTheMiddle(child: ChildProcess, { of, at }: { of: string; at: number }): Promise<void> {
  await until(async () => (await count(of)) >= at || `not yet ${at} of ${of}`, 240);
  await kill(child);
  expect(await count(of)).toBeLessThan(ATTEMPTS);
}

/** Over, with something in them; a few were handed in. Nobody has told a workflow of them. */
async function fill(): Promise<void> {
  const { store } = api.services;
  await pMap(
    Array.from({ length: ATTEMPTS + 1 }, (_, index) => index),
    async (index) => {
      const subject = `sub-${index}`;
      const { attemptId } = await store.attempts.register({ subject, name: 'Ada Example', examId: 'small' });
      await store.sittings.start({ attemptId, subject });
      await store.sittings.saveResponse({ attemptId, subject, itemId: 't1', value: 'something of mine', sequence: 1 });
      if (index % 10 === 0) await store.sittings.submit({ attemptId, subject, test: 'aptitude' });
      const act = { actor: 'sam', reason: 'the exam is over', actionKey: randomUUID() };
      await store.attempts.withdrawByStaff({ attemptId, ...act });
    },
    { concurrency: 8 },
  );
  await owner.query('UPDATE delivery SET delivered_at = now(), consumed_at = now()');
}

it('orders and erases each once, whoever is killed meanwhile, and leaves whom a hold is on', { timeout: 600_000 }, async () => {
  await fill();
  const { rows } = await owner.query<{ id: string }>("SELECT id FROM candidate WHERE subject = 'sub-7'");
  const staff = twoPersons(api.as('ida', 'staff'), api.as('ole', 'staff'));
  expect((await staff('POST', `/v1/staff/candidates/${rows[0]?.id}/hold`, { reason: 'a court' })).status).toBe(200);
  expect((await staff('POST', '/v1/staff/retention-periods', { kind: 'answers', days: 0, reason: 'agreed' })).status).toBe(200);

  const first = start('reporting');
  await until(async () => {
    const found = await makeCurrent(client, { deploymentName: 'reporting', buildId: environment['WORKER_BUILD_ID'] ?? '' }).then(
      () => true,
      () => false,
    );
    return found || 'the pool reporting is not there yet';
  }, 60);
  const run = () => client.workflow.start(RETENTION_WORKFLOW, { workflowId: `retention-${randomUUID()}`, taskQueue: 'certification' });
  const handle = await run();
  await killedInTheMiddle(first, { of: 'erasure', at: 30 });
  start('reporting');
  await handle.result();
  expect(await (await run()).result()).toEqual(expect.arrayContaining(['answers: 0 ordered to be erased, 1 stopped by a hold or by what is open']));
  expect(await count('(SELECT DISTINCT attempt_id FROM erasure) e')).toBe(ATTEMPTS);
  expect(await count("audit_entry WHERE action = 'order_erasure'")).toBe(ATTEMPTS);

  const done = "erasure WHERE state = 'done'";
  await killedInTheMiddle(start('delivery'), { of: done, at: 20 });
  await killedInTheMiddle(start('delivery'), { of: done, at: 200 });
  start('delivery');
  await until(async () => (await count(done)) === ATTEMPTS || `${await count(done)} are done`, 300);

  expect(await count("event WHERE type = 'attempt.data_expired'")).toBe(ATTEMPTS);
  expect(await count("(SELECT DISTINCT key FROM event WHERE type = 'attempt.data_expired') e")).toBe(ATTEMPTS);
  const left = await owner.query(
    `SELECT c.subject, r.value FROM response r JOIN sitting s ON s.id = r.sitting_id JOIN attempt a ON a.id = s.attempt_id JOIN candidate c ON c.id = a.candidate_id`,
  );
  expect(left.rows).toEqual([{ subject: 'sub-7', value: 'something of mine' }]);
  expect(await count("submission WHERE content::text LIKE '%something of mine%'")).toBe(0);
  const stores = connectCommandStores({ DATABASE_URL: api.services.config.DATABASE_URL, DATABASE_POOL_SIZE: 2 });
  await until(async () => (await stores.ledgerAudit.pending()) === 0 || 'entries wait for their place', 60);
  const erasedTwice = `(SELECT kind, record FROM ledger_entry WHERE act = 'erased' GROUP BY 1, 2 HAVING count(*) > 1) e`;
  expect(await count(erasedTwice)).toBe(0);
  expect(
    (await auditLedger({ ledger: stores.ledgerAudit, keys: api.served.receipts.publicKeys })).problems.filter((one) => !one.startsWith('head ')),
  ).toEqual([]);
  await stores.close();
});
