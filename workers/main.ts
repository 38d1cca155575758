import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, type LogLevel, type Worker } from '@temporalio/worker';
import { readArguments } from '../platform/arguments.ts';
import { ConfigurationError } from '../platform/config.ts';
import { runProcess } from '../platform/failure.ts';
import type { CredentialIssuer } from '../publication/credentials/issuer.ts';
import type { DocumentRenderer } from '../publication/documents/renderer.ts';
import { createLogger, type Logger } from '../platform/logging.ts';
import { createReceiptSigner, rotatingReceiptSigner } from '../publication/receipts.ts';
import { registerSearchAttributes } from '../platform/temporal/search-attributes.ts';
import { createSecretKeeper, type SecretKeeper } from '../platform/secret-keeper.ts';
import { connectStorage } from '../platform/storage/connect.ts';
import type { TemporalConfig } from '../platform/temporal/settings.ts';
import { createProcessRegistry } from '../platform/telemetry/process-metrics.ts';
import { startTracing } from '../platform/telemetry/tracing.ts';
import { connectionOptions, createTemporalClient, keepTemporalKey } from '../platform/temporal/client.ts';
import { ANSWER_MILLISECONDS, connectDatabase, isDatabaseUnavailable, postgresClock, usableDatabaseUrl } from '../store/context.ts';
import { createStore, type Store } from '../store/store.ts';
import { LOG_LABELS, MESSAGE_TRACING } from '../workflows/messages.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../workflows/search-attributes.ts';
import { TASK_QUEUES } from '../workflows/queues.ts';
import { readWorkerConfig, type WorkerConfig } from './config.ts';
import { serveStatus } from './http.ts';
import type { Loop } from './loop.ts';
import { createLoops } from './loops.ts';
import { createPoolMetrics } from './metrics.ts';
import { POOLS, type Pool, type PoolDependencies } from './pools.ts';
import { createPoolWorker } from './worker.ts';

/** `node workers/main.ts --pool NAME` runs one pool; without --pool, all of them in one process. */
function poolsFromArguments(): readonly Pool[] {
  const { values } = readArguments({ options: { pool: { type: 'string', multiple: true } } });
  const unknown = values.pool?.filter((name) => !POOLS.includes(name as Pool)) ?? [];
  if (unknown.length > 0) throw new ConfigurationError([`--pool: there is no pool "${unknown.join('", "')}"; there are ${POOLS.join(', ')}`]);
  return (values.pool as Pool[] | undefined) ?? POOLS;
}

const SDK_METRICS_MILLISECONDS = 5000;

/** The SDK serves its metrics on a port of its own; ours hands them on, so that one scrape has all. */
async function ofSdk(port: number, logger: Logger): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(SDK_METRICS_MILLISECONDS) });
    return await answer.text();
  } catch (error) {
    logger.warn({ err: error }, 'the metrics of the Temporal SDK are left out');
    return '';
  }
}

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
async function connectWhenThere(config: () => TemporalConfig, logger: Logger, stopping: AbortSignal): Promise<NativeConnection | undefined> {
  for (let tries = 1; !stopping.aborted; tries += 1) {
    try {
      return await NativeConnection.connect(connectionOptions(config()));
    } catch (error) {
      if (tries % 10 === 1) logger.warn({ err: error, address: config().TEMPORAL_ADDRESS }, 'Temporal is not there yet; trying again');
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
  return undefined;
}

/** What activities work with. Throws, and nothing runs, when a pool's own settings are missing or unusable. */
async function prepareDependencies({
  pools,
  config,
  store,
  secrets,
  logger,
}: {
  pools: readonly Pool[];
  config: WorkerConfig;
  store: Store;
  secrets: SecretKeeper;
  logger: Logger;
}): Promise<PoolDependencies> {
  const { CREDENTIAL_KEYS: keys, PUBLIC_URL: publicUrl } = config;
  if (pools.includes('publication') && keys === undefined) {
    throw new ConfigurationError(['CREDENTIAL_KEYS: is missing: the publication pool signs certificates with it']);
  }
  // Loaded by the pools that need them: the one is a JSON-LD processor, the other a typesetter with its fonts.
  const issuer = keys === undefined || !pools.includes('publication') ? undefined : await keepCredentialIssuer({ keys, publicUrl, secrets, store });
  const renderer = pools.includes('feedback') ? await loadDocumentRenderer() : undefined;
  return {
    store,
    storage: await connectStorage(config),
    logger,
    publicUrl,
    mailing: config.SMTP_URL !== undefined,
    credentials: () => loaded(issuer, 'publication'),
    renderer: () => loaded(renderer, 'feedback'),
  };
}

/** Later keys are published before anything is signed with them; the first ones by publishIssuerKeys, once PostgreSQL is there. */
async function keepCredentialIssuer({
  keys,
  publicUrl,
  secrets,
  store,
}: {
  keys: string;
  publicUrl: string;
  secrets: SecretKeeper;
  store: Store;
}): Promise<CredentialIssuer> {
  const { createCredentialIssuer, rotatingCredentialIssuer } = await import('../publication/credentials/issuer.ts');
  const make = async (text: string) => {
    const issuer = await createCredentialIssuer({ keys: text, publicUrl });
    if (text !== keys) await store.certificates.keepIssuerKeys(issuer.publicKeys.map((key) => key.publicKeyMultibase));
    return issuer;
  };
  return rotatingCredentialIssuer(await secrets.keep({ name: 'CREDENTIAL_KEYS', value: keys, make }));
}

async function loadDocumentRenderer(): Promise<DocumentRenderer> {
  const { createDocumentRenderer } = await import('../publication/documents/renderer.ts');
  return createDocumentRenderer();
}

function loaded<Part>(part: Part | undefined, pool: Pool): Part {
  if (part === undefined) throw new TypeError(`only the pool ${pool} has this`);
  return part;
}

/** The public halves are to be found before anything signed with them is. Waits for PostgreSQL as long as it takes. */
async function publishIssuerKeys({
  pools,
  dependencies,
  store,
  logger,
  stopping,
}: {
  pools: readonly Pool[];
  dependencies: PoolDependencies;
  store: Store;
  logger: Logger;
  stopping: AbortSignal;
}): Promise<void> {
  if (!pools.includes('publication')) return;
  const keys = dependencies.credentials().publicKeys.map((key) => key.publicKeyMultibase);
  while (!stopping.aborted) {
    try {
      await store.certificates.keepIssuerKeys(keys);
      return;
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      logger.warn({ err: error }, 'PostgreSQL is not there yet; trying again');
      await pause(1000);
    }
  }
}

async function main(): Promise<void> {
  const pools = poolsFromArguments();
  const config = readWorkerConfig();
  const service = `worker-${pools.length === 1 ? pools[0] : 'all'}`;
  const logger = createLogger({ level: config.LOG_LEVEL, service, build: config.WORKER_BUILD_ID, format: config.LOG_FORMAT, labels: LOG_LABELS });
  const stopping = new AbortController();
  let workers: readonly Worker[] = [];
  let loops: readonly Loop[] = [];
  let ready = false;

  const stop = (signal: string) => {
    logger.info({ signal }, 'stopping: what runs is finished first');
    ready = false;
    stopping.abort();
    for (const loop of loops) loop.stop();
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));

  const tracing = await startTracing({ config, service, build: config.WORKER_BUILD_ID, logger });
  const metricsPort = await loopbackPort();
  installRuntime(config, logger, metricsPort);
  const secrets = createSecretKeeper({ secretFiles: config.secretFiles, logger });
  const signer = await secrets.keep({
    name: 'RECEIPT_KEYS',
    value: config.RECEIPT_KEYS,
    make: (keys) => createReceiptSigner({ keys, issuer: config.PUBLIC_URL }),
  });
  const receipts = rotatingReceiptSigner(signer);
  const databaseUrl = await secrets.keep({ name: 'DATABASE_URL', value: config.DATABASE_URL, make: usableDatabaseUrl });
  const prisma = connectDatabase(config, { databaseUrl, answerMilliseconds: ANSWER_MILLISECONDS });
  const store = createStore({ prisma, clock: postgresClock, receipts });
  let native: NativeConnection | undefined;
  const apiKey = await keepTemporalKey({ config, secrets, use: async (key) => native?.setApiKey(key) });
  const client = createTemporalClient(config, { apiKey, tracing: MESSAGE_TRACING });
  const dependencies = await prepareDependencies({ pools, config, store, secrets, logger });
  loops = await createLoops({ pools, config, prisma, store, secrets, client, storage: dependencies.storage, logger });
  const metrics = createPoolMetrics({ pools, store, client, logger });
  const own = createProcessRegistry({ service, build: config.WORKER_BUILD_ID });
  const status = await serveStatus({
    host: config.WORKER_HTTP_HOST,
    port: config.WORKER_HTTP_PORT,
    status: {
      ready: () => ready,
      metrics: async () => (await Promise.all([ofSdk(metricsPort, logger), own.metrics(), metrics.text(), secrets.metrics()])).join(''),
    },
  });

  const queues = TASK_QUEUES.filter((queue) => pools.includes(queue));
  // Outboxes are in PostgreSQL: they are served while Temporal is away, too.
  const looping = Promise.all(loops.map((loop) => loop.run()));
  if (queues.length === 0) {
    ready = !stopping.signal.aborted;
    logger.info({ pools }, 'serving');
    // A pool with nothing to do waits: one that ended would be started again and again.
    if (loops.length === 0 && ready) await once(stopping.signal, 'abort');
  } else {
    looping.catch(() => stop('a loop failed'));
    const connection = await connectWhenThere(() => ({ ...config, TEMPORAL_API_KEY: apiKey?.current }), logger, stopping.signal);
    native = connection;
    if (connection) {
      await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
      await publishIssuerKeys({ pools, dependencies, store, logger, stopping: stopping.signal });
      workers = await Promise.all(queues.map((pool) => createPoolWorker({ pool, config, connection, dependencies })));
      ready = !stopping.signal.aborted;
      if (ready) {
        logger.info({ pools, buildId: config.WORKER_BUILD_ID }, 'polling');
        await Promise.all(workers.map((worker) => worker.run()));
      }
      await connection.close();
    }
  }
  await looping;
  secrets.stop();
  status.close();
  status.closeAllConnections();
  await client.connection.close();
  await store.close();
  await tracing.shutdown();
  logger.info('stopped');
}

await runProcess(main); // which exits: pino's and the SDK's handles must not keep a stopped worker alive
