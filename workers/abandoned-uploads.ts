import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import type { Store } from '../store/store.ts';

/** Staff may reopen a case study in the days after its freeze, and an upload that was cut off then goes on. */
const ABANDONED_AFTER_DAYS = 7;
const BATCH_SIZE = 100;

/**
 * Removes uploads that were cut off for good, bytes and record: at most 100 a call, and returns how many. Call it now and
 * then, in any process, in several at once, and again when it was cut short. Rejects while the storage or PostgreSQL is away.
 */
export async function removeAbandonedUploads({ store, storage }: { store: Pick<Store, 'uploads'>; storage: ObjectStorage }): Promise<number> {
  const afterDays = ABANDONED_AFTER_DAYS;
  let removed = 0;
  for (const uploadId of await store.uploads.abandoned({ afterDays, limit: BATCH_SIZE })) {
    if (await store.uploads.removeAbandoned({ uploadId, afterDays, removeBytes: () => storage.removeUpload(uploadId) })) removed += 1;
  }
  return removed;
}
