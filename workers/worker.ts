import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { TaskQueue } from '../workflows/queues.ts';
import type { WorkerConfig } from './config.ts';
import { tuningOf, type PoolDependencies } from './pools.ts';
import { traceActivities, tracingSinks } from './tracing.ts';

/** The Temporal worker of one pool: its own deployment, pinned to its build, only the certification pool with workflows. */
export async function createPoolWorker({
  pool,
  config,
  connection,
  dataConverter,
  dependencies,
}: {
  pool: TaskQueue;
  config: WorkerConfig;
  connection: NativeConnection;
  dataConverter: DataConverter;
  dependencies: PoolDependencies;
}): Promise<Worker> {
  return Worker.create({
    connection,
    dataConverter,
    namespace: config.TEMPORAL_NAMESPACE,
    taskQueue: pool,
    ...tuningOf(pool, dependencies),
    ...(pool === 'certification' ? workflowSource(config) : {}),
    interceptors: { activity: [traceActivities], ...(pool === 'certification' ? workflowInterceptors(config) : {}) },
    sinks: tracingSinks,
    workerDeploymentOptions: {
      version: { deploymentName: config.TEMPORAL_DEPLOYMENT_NAME ?? pool, buildId: config.WORKER_BUILD_ID },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    shutdownGraceTime: `${config.SHUTDOWN_GRACE_SECONDS}s`,
  });
}

/** A bundle has them in it (local/bundle.ts). */
function workflowInterceptors(config: WorkerConfig) {
  if (config.WORKFLOW_BUNDLE !== undefined) return {};
  return { workflowModules: [fileURLToPath(new URL('../workflows/tracing.ts', import.meta.url))] };
}

function workflowSource(config: WorkerConfig) {
  if (config.WORKFLOW_BUNDLE !== undefined) return { workflowBundle: { codePath: config.WORKFLOW_BUNDLE } };
  return { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) };
}
