import type { Logger } from '../platform/logging.ts';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import type { Store } from '../store/store.ts';

type Cleaning = { readonly store: Pick<Store, 'uploads'>; readonly storage: ObjectStorage };

const BATCH_SIZE = 100;
/** A database that was restored to an earlier hour lacks records of what was uploaded since: time to see that. */
const ORPHANED_DAYS = 7;
/** Beyond so many, and more than those that have a record, this is another database's storage. */
const ORPHANS_PLAUSIBLE = 10;

/**
 * Removes uploads that nobody needs any more, bytes and record: at most 100 a call, and returns how many. Call it now and
 * then, in any process, in several at once, and again when it was cut short. Rejects while the storage or PostgreSQL is away.
 */
export async function removeLeftoverUploads({ store, storage }: Cleaning): Promise<number> {
  let removed = 0;
  for (const uploadId of await store.uploads.leftOver({ limit: BATCH_SIZE })) {
    if (await store.uploads.removeLeftOver({ uploadId, removeBytes: () => storage.removeUpload(uploadId) })) removed += 1;
  }
  return removed;
}

/**
 * Removes what the storage has under the id of an upload, finished or in parts, and no record knows; returns how many. Reads
 * the names of all that is stored. Removes nothing of a storage that looks like another database's.
 */
export async function removeOrphanedUploads({ store, storage, logger, now }: Cleaning & { logger: Logger; now: Date }): Promise<number> {
  const before = now.getTime() - ORPHANED_DAYS * 86_400_000;
  const stored = new Set<string>();
  for await (const { id, changedAt } of storage.storedUploads()) if (changedAt.getTime() < before) stored.add(id);
  const orphaned = await orphanedAmong(store, [...stored]);
  if (orphaned.length > ORPHANS_PLAUSIBLE && orphaned.length > stored.size / 2) {
    const counts = { orphaned: orphaned.length, stored: stored.size };
    logger.error(counts, 'most of what the storage has is in no record of this database: nothing is removed; do the two belong together?');
    return 0;
  }
  let removed = 0;
  for (const uploadId of orphaned) {
    if (await store.uploads.removeOrphaned({ uploadId, removeBytes: () => storage.removeUpload(uploadId) })) removed += 1;
  }
  return removed;
}

async function orphanedAmong(store: Cleaning['store'], ids: readonly string[]): Promise<readonly string[]> {
  const orphaned: string[] = [];
  for (let from = 0; from < ids.length; from += BATCH_SIZE) orphaned.push(...(await store.uploads.orphaned(ids.slice(from, from + BATCH_SIZE))));
  return orphaned;
}
