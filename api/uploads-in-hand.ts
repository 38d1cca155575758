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
      await finishUpload(uploadId, () => false);
      settled += 1;
    } catch (error) {
      // Refused is settled as well; its candidate is told why.
      if (error instanceof Refusal) settled += 1;
      else logger.warn({ err: error, uploadId }, 'an upload that arrived cannot be checked yet; it will be tried again');
    }
  }
  return settled;
}

/**
 * Scans complete uploads that were held since the scanner was away; returns how many. Stops at the first that it cannot scan.
 * Where no scanner is set any more, nothing is held.
 */
export async function scanHeldUploads({
  store,
  storage,
  scanner,
  doorbell,
  logger,
}: Pick<Services, 'store' | 'storage' | 'scanner' | 'doorbell' | 'logger'>): Promise<number> {
  let scanned = 0;
  for (const uploadId of await store.uploads.unscanned({ limit: BATCH_SIZE })) {
    const finding = await scanner?.findingIn((await storage.read(uploadId)).body);
    if (!scanner) logger.warn({ uploadId }, 'an upload was held for a scanner that is not set any more; it is given free unscanned');
    const settled = finding === undefined ? await store.uploads.passScan(uploadId) : await store.uploads.condemn({ uploadId, finding });
    if (!settled) continue;
    if (finding !== undefined) {
      logger.error({ uploadId, attemptId: settled.attemptId, finding }, 'an upload is infected; it is put into quarantine');
      await storage.quarantineUpload(uploadId);
    }
    if (settled.deliveryId !== undefined) doorbell.ring('file_scanned', settled);
    scanned += 1;
  }
  return scanned;
}

/** Does both now and then, until stopped. */
export function keepSettlingUploads(services: Parameters<typeof settleUploadsInHand>[0] & Parameters<typeof scanHeldUploads>[0]): {
  readonly stop: () => Promise<void>;
} {
  let running: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    running ??= settleUploadsInHand(services)
      .then(() => scanHeldUploads(services))
      .catch((error: unknown) =>
        services.logger.warn({ err: error }, 'uploads that arrived cannot be checked or scanned yet; it will be tried again'),
      )
      .finally(() => (running = undefined));
  }, EVERY_MILLISECONDS);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
