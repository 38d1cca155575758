import type { Locker } from '@tus/server';
import type { UploadLocks } from '../../../store/upload-locks.ts';

/** The one status at which clients of tus ask again, and go on with the same upload. */
export const LOCKED = 423;

/**
 * Whoever comes later gets the upload, as the tus protocol advises: its connection is the one that lives. The earlier request
 * keeps what has arrived, and ends.
 */
export function createUploadLocker(locks: UploadLocks): Locker {
  return {
    newLock: (uploadId) => ({
      async lock(signal, requestRelease) {
        const locked = await locks.acquire(uploadId, { signal, onWanted: () => void requestRelease() });
        if (!locked) throw Object.assign(new Error('the upload stayed locked'), { status_code: LOCKED, body: 'locked' });
      },
      unlock: () => locks.release(uploadId),
    }),
  };
}
