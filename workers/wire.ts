import type { Logger } from '../platform/logging.ts';
import { createSecretKeeper } from '../platform/secret-keeper.ts';
import { createProcessRegistry } from '../platform/telemetry/process-metrics.ts';
import { startTracing } from '../platform/telemetry/tracing.ts';
import { keepReceiptSigner } from '../publication/receipts.ts';
import { openStore } from '../store/open-store.ts';
import type { WorkerConfig } from './config.ts';
import { prepareDependencies } from './dependencies.ts';
import { serveStatus } from './http.ts';
import { createLoops } from './loops.ts';
import { createPoolMetrics } from './metrics.ts';
import type { Pool } from './pools.ts';
import { installSdkRuntime } from './sdk-runtime.ts';
import { waysToTemporal } from './temporal.ts';

/**
 * Everything that the pools of this process work with; its status is served from then on, and nothing runs yet. PostgreSQL
 * and Temporal may be away. Throws a ConfigurationError when a setting turns out to be missing or unusable.
 */
export async function wirePools({
  pools,
  config,
  service,
  logger,
  stopping,
}: {
  pools: readonly Pool[];
  config: WorkerConfig;
  service: string;
  logger: Logger;
  stopping: AbortSignal;
}) {
  const tracing = await startTracing({ config, service, build: config.WORKER_BUILD_ID, logger });
  const sdk = await installSdkRuntime({ config, logger });
  const secrets = createSecretKeeper({ secretFiles: config.secretFiles, logger });
  const receipts = await keepReceiptSigner({ config, secrets });
  const { prisma, store } = await openStore({ config, secrets, receipts });
  const temporal = await waysToTemporal({ config, secrets, logger });
  const { client } = temporal;
  const dependencies = await prepareDependencies({ pools, config, store, secrets, logger });
  const loops = await createLoops({ pools, config, prisma, store, secrets, client, storage: dependencies.storage, logger });
  const ofPools = createPoolMetrics({ pools, store, client, isLedgerStamped: config.TIMESTAMP_URL !== undefined, logger });
  const ofProcess = createProcessRegistry({ service, build: config.WORKER_BUILD_ID });
  let runs = false;
  const status = await serveStatus({
    host: config.WORKER_HTTP_HOST,
    port: config.WORKER_HTTP_PORT,
    status: {
      ready: () => runs && !stopping.aborted,
      metrics: async () => (await Promise.all([sdk.metrics(), ofProcess.metrics(), ofPools.text(), secrets.metrics()])).join(''),
    },
  });
  return { pools, config, logger, tracing, secrets, prisma, store, temporal, dependencies, loops, status, becomeReady: () => void (runs = true) };
}

export type WiredPools = Awaited<ReturnType<typeof wirePools>>;
