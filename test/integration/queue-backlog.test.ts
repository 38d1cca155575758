import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backlogOf } from '../../platform/temporal/task-queues.ts';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { until } from '../support/pipeline.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { temporalAddress } from '../support/temporal.ts';

let client: Client;
let connection: NativeConnection;

beforeAll(async () => {
  installQuietRuntime();
  client = createTemporalClient({
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  });
  connection = await NativeConnection.connect({ address: temporalAddress() });
});

afterAll(async () => {
  await connection?.close();
  await client?.connection.close();
});

/** Polls as a build of the deployment that is named like the queue, for as long as the work takes. */
async function whilePolling(queue: string, buildId: string, work: () => Promise<unknown>): Promise<void> {
  const worker = await Worker.create({
    connection,
    taskQueue: queue,
    workflowsPath: fileURLToPath(new URL('../support/idle-workflow.ts', import.meta.url)),
    workerDeploymentOptions: { version: { deploymentName: queue, buildId }, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' },
  });
  const run = worker.run();
  try {
    await makeCurrent(client, { deploymentName: queue, buildId });
    await work();
  } finally {
    worker.shutdown();
    await run;
  }
}

it('the backlog of a queue and its age are over all versions of its workers, the retiring one that nobody serves included', async () => {
  const queue = `backlog-${randomUUID()}`;
  const start = () => client.workflow.start('idle', { workflowId: randomUUID(), taskQueue: queue });
  const pinned = await start();
  await whilePolling(queue, 'old', () => until(async () => ((await pinned.describe()).historyLength > 3 ? true : 'the workflow has not begun')));
  await whilePolling(queue, 'new', () => pause(100));
  expect(await backlogOf(client, queue)).toMatchObject({ workflowTasks: 0, workflowAgeSeconds: 0, activityTasks: 0, activityAgeSeconds: 0 });

  await pinned.signal('go on'); // waits for the version "old"
  await until(async () => {
    const { workflowTasks } = await backlogOf(client, queue);
    return workflowTasks === 1 ? true : `${workflowTasks} tasks wait`;
  });
  await start(); // waits for the version "new"
  await start();
  await until(async () => {
    const { workflowTasks, workflowAgeSeconds } = await backlogOf(client, queue);
    return workflowTasks >= 3 && workflowAgeSeconds > 1 ? true : `${workflowTasks} tasks wait, the oldest for ${workflowAgeSeconds} s`;
  });
});
