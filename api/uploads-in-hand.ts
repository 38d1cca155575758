import { Refusal } from '../domain/refusal.ts';
import type { FinishUpload } from './routes/uploads/finish.ts';
import type { Services } from './services.ts';

/** Longer than a file is looked at, so that this comes after whoever was cut off, and rarely beside somebody who was not. */
const SINCE_SECONDS = 60;
const EVERY_MILLISECONDS = 30_000;
const BATCH_SIZE = 20;

/**
 * Settles uploads that arrived and that nobody settled since: a process that died while it looked at one leaves it to any
 * other. Returns how many; one that cannot be settled yet is left for the next time, and the others are not.
 */
export async function settleUploadsInHand({
  store,
  finishUpload,
  logger,
}: Pick<Services, 'store' | 'logger'> & { finishUpload: FinishUpload }): Promise<number> {
  let settled = 0;
  for (const uploadId of await store.uploads.inHand({ sinceSeconds: SINCE_SECONDS, limit: BATCH_SIZE })) {
    try {
      await finishUpload(uploadId);
      settled += 1;
    } catch (error) {
      // Refused is settled as well; its candidate sees why in the list.
      if (error instanceof Refusal) settled += 1;
      else logger.warn({ err: error, uploadId }, 'an upload that arrived cannot be checked yet; it will be tried again');
    }
  }
  return settled;
}

/** Does so now and then, until stopped. */
export function keepSettlingUploads(services: Parameters<typeof settleUploadsInHand>[0]): { readonly stop: () => Promise<void> } {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= settleUploadsInHand(services)
      .catch((error: unknown) => services.logger.warn({ err: error }, 'uploads that arrived could not be looked for'))
      .finally(() => (running = undefined));
  }, EVERY_MILLISECONDS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
