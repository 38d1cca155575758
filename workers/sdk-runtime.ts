import { createServer } from 'node:net';
import { DefaultLogger, Runtime, type LogLevel } from '@temporalio/worker';
import type { Logger } from '../platform/logging.ts';
import type { WorkerConfig } from './config.ts';

const METRICS_MILLISECONDS = 5000;

/** The Temporal SDK's native half, once a process: it logs as we do, leaves signals to us, and measures for `metrics`. */
export async function installSdkRuntime({
  config,
  logger,
}: {
  config: WorkerConfig;
  logger: Logger;
}): Promise<{ readonly metrics: () => Promise<string> }> {
  const port = await loopbackPort();
  const level = (config.LOG_LEVEL === 'silent' ? 'error' : config.LOG_LEVEL).toUpperCase() as LogLevel;
  const pinoLevels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    logger: new DefaultLogger(level, (entry) => logger[pinoLevels[entry.level]](entry.meta ?? {}, entry.message)),
    telemetryOptions: {
      logging: { forward: {}, filter: `temporalio_sdk_core=${level === 'DEBUG' ? 'INFO' : 'WARN'}` },
      metrics: { prometheus: { bindAddress: `127.0.0.1:${port}` } },
    },
    shutdownSignals: [], // stop.ts stops workers, loops and server together
  });
  return { metrics: () => metricsAt(port, logger) };
}

async function loopbackPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** The SDK serves its metrics on a port of its own; ours hands them on, so that one scrape has all. */
async function metricsAt(port: number, logger: Logger): Promise<string> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(METRICS_MILLISECONDS) });
    return await answer.text();
  } catch (error) {
    logger.warn({ err: error }, 'the metrics of the Temporal SDK are left out');
    return '';
  }
}
