import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { DefaultLogger, NativeConnection, Runtime, type LogLevel, type Worker } from '@temporalio/worker';
import { ConfigurationError, readWorkerConfig, type WorkerConfig } from '../platform/config.ts';
import { createLogger, type Logger } from '../platform/logging.ts';
import { createReceiptSigner } from '../platform/receipts.ts';
import { registerSearchAttributes } from '../platform/search-attributes.ts';
import { connectionOptions, createTemporalClient } from '../platform/temporal.ts';
import { connectDatabase, postgresClock } from '../store/context.ts';
import { createStore } from '../store/store.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../workflows/search-attributes.ts';
import { createRelay, type Relay } from './delivery.ts';
import { serveStatus } from './http.ts';
import { createBacklogMetrics } from './metrics.ts';
import { POOLS, type Pool } from './pools.ts';
import { createPoolWorker } from './worker.ts';

/** `node workers/main.ts --pool NAME` runs one pool; without --pool, all of them in one process. */
function poolsFromArguments(): readonly Pool[] {
  const { values } = parseArgs({ options: { pool: { type: 'string', multiple: true } } });
  const unknown = values.pool?.filter((name) => !POOLS.includes(name as Pool)) ?? [];
  if (unknown.length > 0) throw new ConfigurationError([`--pool: there is no pool "${unknown.join('", "')}"; there are ${POOLS.join(', ')}`]);
  return (values.pool as Pool[] | undefined) ?? POOLS;
}

/** The SDK serves its metrics on a port of its own; ours hands them on, so that one scrape has all. */
async function loopbackPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

function installRuntime(config: WorkerConfig, logger: Logger, metricsPort: number): void {
  const level = (config.LOG_LEVEL === 'silent' ? 'error' : config.LOG_LEVEL).toUpperCase() as LogLevel;
  const pinoLevels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    logger: new DefaultLogger(level, (entry) => logger[pinoLevels[entry.level]](entry.meta ?? {}, entry.message)),
    telemetryOptions: {
      logging: { forward: {}, filter: `temporalio_sdk_core=${level === 'DEBUG' ? 'INFO' : 'WARN'}` },
      metrics: { prometheus: { bindAddress: `127.0.0.1:${metricsPort}` } },
    },
    shutdownSignals: [], // main() stops workers, relay and server together
  });
}

/** Waits for Temporal as long as it takes: a pool that starts first must not crash in a loop. */
async function connectWhenThere(config: WorkerConfig, logger: Logger, stopping: AbortSignal): Promise<NativeConnection | undefined> {
  for (let tries = 1; !stopping.aborted; tries += 1) {
    try {
      return await NativeConnection.connect(connectionOptions(config));
    } catch (error) {
      if (tries % 10 === 1) logger.warn({ err: error, address: config.TEMPORAL_ADDRESS }, 'Temporal is not there yet; trying again');
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  return undefined;
}

async function main(): Promise<void> {
  const pools = poolsFromArguments();
  const config = readWorkerConfig();
  const logger = createLogger({ level: config.LOG_LEVEL, service: `worker-${pools.length === 1 ? pools[0] : 'all'}` });
  const stopping = new AbortController();
  let workers: readonly Worker[] = [];
  let relay: Relay | undefined;
  let ready = false;

  const stop = (signal: string) => {
    logger.info({ signal }, 'stopping: what runs is finished first');
    ready = false;
    stopping.abort();
    relay?.stop();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));

  const metricsPort = await loopbackPort();
  installRuntime(config, logger, metricsPort);
  const receipts = await createReceiptSigner({ keys: config.RECEIPT_KEYS, issuer: config.PUBLIC_URL });
  const store = createStore({ prisma: connectDatabase(config), clock: postgresClock, receipts });
  const client = createTemporalClient(config);
  const backlog = pools.includes('delivery') ? createBacklogMetrics({ store, client }) : undefined;
  const status = await serveStatus({
    host: config.WORKER_HTTP_HOST,
    port: config.WORKER_HTTP_PORT,
    status: {
      ready: () => ready,
      metrics: async () => {
        const sdk = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
        return (await sdk.text()) + (backlog ? await backlog.scrape() : '');
      },
    },
  });

  const connection = await connectWhenThere(config, logger, stopping.signal);
  if (connection) {
    await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
    const queues = pools.filter((pool) => pool !== 'delivery');
    workers = await Promise.all(queues.map((pool) => createPoolWorker({ pool, config, connection, dependencies: { store, logger } })));
    relay = pools.includes('delivery') ? createRelay({ store, client, logger }) : undefined;
    ready = !stopping.signal.aborted;
    if (ready) {
      logger.info({ pools, buildId: config.WORKER_BUILD_ID }, 'polling');
      await Promise.all([...workers.map((worker) => worker.run()), relay?.run()]);
    }
    await connection.close();
  }
  status.close();
  status.closeAllConnections();
  await client.connection.close();
  await store.close();
  logger.info('stopped');
}

try {
  await main();
  process.exit(0); // pino's and the SDK's handles must not keep a stopped worker alive
} catch (error) {
  console.error(error instanceof ConfigurationError ? error.message : error);
  process.exit(1);
}
