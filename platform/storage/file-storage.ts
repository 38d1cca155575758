import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, mkdir, open, opendir, rename, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { ERRORS, type Upload } from '@tus/server';
import { isDiskFull } from '../disk-full.ts';
import {
  checkDocumentKey,
  checkKey,
  checkUploadId,
  documentKeyOf,
  ERASURES,
  erasureOfName,
  ObjectNotFound,
  sha256Of,
  storageFailure,
  StorageUnavailable,
  UPLOAD_EXTENSIONS,
  type ObjectStorage,
  uploadOfName,
  letGoUnread,
  type StoredObject,
  type StoredUpload,
} from './object-storage.ts';

/** Storage in a folder: a volume that all replicas of the API and the workers share. Media types are not kept. */
export async function createFileStorage(directory: string): Promise<ObjectStorage> {
  for (const folder of ['documents', ERASURES]) await mkdir(join(directory, folder), { recursive: true });

  async function failure(error: unknown, key: string): Promise<Error> {
    return isMissing(error) && (await isThere(directory)) ? new ObjectNotFound(key) : storageFailure(error);
  }

  async function read(key: string): Promise<StoredObject> {
    checkKey(key);
    try {
      const file = await open(join(directory, key));
      // From here on the body holds the file open, and closes it.
      const body = letGoUnread(file.createReadStream());
      return { sizeBytes: await sizeOf(file, body), body };
    } catch (error) {
      throw await failure(error, key);
    }
  }

  return {
    uploads: new UploadFiles(directory),
    read,
    sha256: async (key) => sha256Of(await read(key)),

    async readRange(key, { start, end }) {
      checkKey(key);
      try {
        const file = await open(join(directory, key));
        try {
          const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start);
          return buffer.subarray(0, bytesRead);
        } finally {
          await file.close();
        }
      } catch (error) {
        throw await failure(error, key);
      }
    },

    async sizeBytes(key) {
      checkKey(key);
      try {
        return (await stat(join(directory, key))).size;
      } catch (error) {
        throw await failure(error, key);
      }
    },

    async *storedUploads() {
      try {
        yield* uploadsIn(directory);
      } catch (error) {
        throw storageFailure(error);
      }
    },

    async *storedErasures() {
      try {
        for await (const { name } of await opendir(join(directory, ERASURES))) {
          const id = erasureOfName(name);
          if (id !== undefined) yield id;
        }
      } catch (error) {
        throw storageFailure(error);
      }
    },

    async put({ key, bytes }) {
      checkDocumentKey(key);
      const path = join(directory, key);
      try {
        await writeWhole(path, bytes);
      } catch (error) {
        throw storageFailure(error);
      }
    },

    async erase(id) {
      checkUploadId(id);
      for (const name of [`${id}.json`, id, join('quarantine', id), documentKeyOf(id)]) {
        await rm(join(directory, name), { force: true }).catch((error: unknown) => {
          throw storageFailure(error);
        });
      }
      if (!(await isThere(directory))) throw new StorageUnavailable(new Error('the folder is gone'));
    },

    async quarantineUpload(id) {
      checkUploadId(id);
      try {
        if (!(await isThere(directory))) throw new Error('the folder is gone');
        await mkdir(join(directory, 'quarantine'), { recursive: true, mode: 0o700 });
        await rename(join(directory, id), join(directory, 'quarantine', id)).catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
        await rm(join(directory, `${id}.json`), { force: true });
      } catch (error) {
        throw storageFailure(error);
      }
    },

    async removeUpload(id) {
      checkUploadId(id);
      // First what the tus server looks for: cut off in between, the upload is gone for everybody, and a repeat removes the rest.
      for (const name of [`${id}.json`, id]) {
        await rm(join(directory, name), { force: true }).catch((error: unknown) => {
          throw storageFailure(error);
        });
      }
      if (!(await isThere(directory))) throw new StorageUnavailable(new Error('the folder is gone'));
    },
  };
}

async function sizeOf(file: FileHandle, body: Readable): Promise<number> {
  try {
    return (await file.stat()).size;
  } catch (error) {
    body.destroy();
    throw error;
  }
}

async function* uploadsIn(directory: string): AsyncGenerator<StoredUpload> {
  for await (const { name } of await opendir(directory)) {
    const id = uploadOfName(name);
    if (id === undefined) continue;
    const found = await stat(join(directory, name)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    if (found) yield { id, changedAt: found.mtime };
  }
}

/** Aside, on the disk, and only then under its name. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.unfinished`;
  try {
    const file = await open(unfinished, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
}

/** The tus server's folder. It takes a volume that is away for an upload that is not there: here the two are told apart. */
class UploadFiles extends FileStore {
  override extensions = UPLOAD_EXTENSIONS;

  constructor(directory: string) {
    super({ directory });
  }

  override async getUpload(id: string): Promise<Upload> {
    return this.#orUnavailable(super.getUpload(id));
  }

  override async create(upload: Upload): Promise<Upload> {
    // The library would make the folder anew, on whatever disk is there without the volume.
    if (!(await isThere(this.directory))) throw new StorageUnavailable(new Error('the folder is gone'));
    return this.#orUnavailable(
      super.create(upload).catch(async (error: unknown) => {
        // Half of it would be an upload that nobody can resume and that looks like one.
        for (const name of [`${upload.id}.json`, upload.id]) await rm(join(this.directory, name), { force: true }).catch(() => {});
        throw error;
      }),
    );
  }

  /** As the library does it, but for what went wrong: there a full disk is the same as a client that went away. */
  override async write(source: Readable, id: string, offset: number): Promise<number> {
    checkUploadId(id);
    const path = join(this.directory, id);
    return this.#orUnavailable(
      (async () => {
        const file = createWriteStream(path, { flags: 'r+', start: offset });
        await pipeline(source, file).catch((error: unknown) => {
          throw isDiskFull(error) ? error : ERRORS.FILE_WRITE_ERROR;
        });
        await sync(path).catch(async (error: unknown) => {
          // What is not on the disk has not arrived, whatever its size says.
          if (isDiskFull(error)) await truncate(path, offset);
          throw error;
        });
        return offset + file.bytesWritten;
      })(),
    );
  }

  override async remove(id: string): Promise<void> {
    return this.#orUnavailable(super.remove(id));
  }

  async #orUnavailable<Result>(result: Promise<Result>): Promise<Result> {
    try {
      return await result;
    } catch (error) {
      const known: readonly unknown[] = [ERRORS.FILE_NOT_FOUND, ERRORS.FILE_NO_LONGER_EXISTS, ERRORS.FILE_WRITE_ERROR];
      if (known.includes(error) && (await isThere(this.directory))) throw error;
      throw storageFailure(error);
    }
  }
}

/** What is acknowledged must outlast a power cut. */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
