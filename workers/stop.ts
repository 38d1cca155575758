import type { Logger } from '../platform/logging.ts';
import type { WiredPools } from './wire.ts';

export type Stopping = { readonly signal: AbortSignal; readonly stop: (why: string) => void };

/** The one signal at which loops and workers take nothing new and finish what they have. */
export function stopOnSignal(logger: Logger): Stopping {
  const controller = new AbortController();
  const stop = (signal: string) => {
    logger.info({ signal }, 'stopping: what runs is finished first');
    controller.abort();
  };
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
  return { signal: controller.signal, stop };
}

/** Once nothing runs any more. */
export async function closePools({ secrets, status, temporal, store, tracing }: WiredPools): Promise<void> {
  secrets.stop();
  status.close();
  status.closeAllConnections();
  await temporal.client.connection.close();
  await store.close();
  await tracing.shutdown();
}
