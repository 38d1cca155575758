import { once } from 'node:events';
import { registerSearchAttributes } from '../platform/temporal/search-attributes.ts';
import { TASK_QUEUES, type TaskQueue } from '../workflows/queues.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../workflows/search-attributes.ts';
import { publishIssuerKeys } from './issuer-keys.ts';
import type { Loop } from './loop.ts';
import type { Stopping } from './stop.ts';
import type { WiredPools } from './wire.ts';
import { createPoolWorker } from './worker.ts';

/** Runs the pools until stopped: resolves once what they had begun is through. Rejects when a worker or a loop fails for good. */
export async function runPools(wired: WiredPools, stopping: Stopping): Promise<void> {
  const { pools, loops, logger } = wired;
  const queues = TASK_QUEUES.filter((queue) => pools.includes(queue));
  // Outboxes are in PostgreSQL: they are served while Temporal is away, too.
  const looping = runLoops(loops, stopping.signal);
  if (queues.length > 0) {
    looping.catch(() => stopping.stop('a loop failed'));
    await runWorkers(queues, wired, stopping.signal);
  } else {
    wired.becomeReady();
    logger.info({ pools }, 'serving');
    // A pool with nothing to do waits: one that ended would be started again and again.
    if (loops.length === 0 && !stopping.signal.aborted) await once(stopping.signal, 'abort');
  }
  await looping;
}

async function runLoops(loops: readonly Loop[], stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) return;
  stopping.addEventListener('abort', () => loops.forEach((loop) => loop.stop()));
  await Promise.all(loops.map((loop) => loop.run()));
}

async function runWorkers(queues: readonly TaskQueue[], wired: WiredPools, stopping: AbortSignal): Promise<void> {
  const { pools, config, logger, store, temporal, dependencies } = wired;
  const connection = await temporal.connect(stopping);
  if (!connection) return;
  await registerSearchAttributes(temporal.client, SEARCH_ATTRIBUTE_KEYS);
  if (pools.includes('publication')) await publishIssuerKeys({ issuer: dependencies.credentials(), store, logger, stopping });
  const workers = await Promise.all(
    queues.map((pool) => createPoolWorker({ pool, config, connection, dataConverter: temporal.dataConverter, dependencies })),
  );
  if (!stopping.aborted) {
    stopping.addEventListener('abort', () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    });
    wired.becomeReady();
    logger.info({ pools, buildId: config.WORKER_BUILD_ID }, 'polling');
    await Promise.all(workers.map((worker) => worker.run()));
  }
  await connection.close();
}
