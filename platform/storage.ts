import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';

/** Where case-study solutions lie. Keys are upload ids (UUIDs), never names that people chose. */
export type ObjectStorage = {
  /** The folder into which the tus server writes, one file an upload under its id. */
  readonly directory: string;
  /** SHA-256 of the stored bytes in hexadecimal; rejects when there is no such object. */
  readonly sha256: (key: string) => Promise<string>;
  readonly read: (key: string) => Readable;
  readonly sizeBytes: (key: string) => Promise<number>;
};

const KEY_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Storage on the file system: a volume that API and workers share. */
export async function createFileStorage(directory: string): Promise<ObjectStorage> {
  await mkdir(directory, { recursive: true });
  const pathOf = (key: string) => {
    if (!KEY_PATTERN.test(key)) throw new RangeError('not a storage key');
    return join(directory, key);
  };
  return {
    directory,
    read: (key) => createReadStream(pathOf(key)),
    sizeBytes: async (key) => (await stat(pathOf(key))).size,
    async sha256(key) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(pathOf(key)), hash);
      return hash.digest('hex');
    },
  };
}
