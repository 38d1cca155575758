import type { Server } from 'node:http';
import { ConfigurationError } from '../platform/config.ts';
import { readApiConfig, type ApiConfig } from './config.ts';
import { runProcess } from '../platform/failure.ts';
import { createLogger } from '../platform/logging.ts';
import { startTracing } from '../platform/telemetry/tracing.ts';
import { LOG_LABELS } from '../workflows/messages.ts';
import { warnOfOwnersLogin } from '../store/database-roles.ts';
import { createApp } from './app.ts';
import { closeHttpServer, createHttpServer } from './http-server.ts';
import { createServices } from './services.ts';
import { keepSettlingUploads } from './uploads-in-hand.ts';

async function main(): Promise<void> {
  const config = readApiConfig();
  const logger = createLogger({
    level: config.LOG_LEVEL,
    service: 'api',
    build: config.WORKER_BUILD_ID,
    format: config.LOG_FORMAT,
    labels: LOG_LABELS,
  });
  const tracing = await startTracing({ config, service: 'api', build: config.WORKER_BUILD_ID, logger });
  const services = await createServices({ config, logger });
  const server = createHttpServer(createApp(services, { documentAtOnce: true }));
  await listen(server, config);
  logger.info({ host: config.API_HOST, port: config.API_PORT, url: config.PUBLIC_URL }, 'listening');
  services.documents.warmUp().catch((error: unknown) => logger.error({ err: error }, 'documents cannot be rendered'));
  void warnOfOwnersLogin(services, logger);
  const settling = keepSettlingUploads(services);

  const signal = await stopSignal();
  logger.info({ signal }, 'stopping');
  await closeHttpServer(server, { graceSeconds: config.SHUTDOWN_GRACE_SECONDS, logger });
  await settling.stop();
  await services.close();
  await tracing.shutdown();
  logger.info('stopped');
}

function listen(server: Server, { API_HOST: host, API_PORT: port }: ApiConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new ConfigurationError([`API_PORT: port ${port} on ${host} is taken by another process`]) : error),
    );
    server.listen({ host, port }, resolve);
  });
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve).once('SIGINT', resolve);
  });
}

if (import.meta.main) await runProcess(main);
