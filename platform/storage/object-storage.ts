import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DataStore } from '@tus/server';
import { isDiskFull } from '../disk-full.ts';

/**
 * What is too large for PostgreSQL: uploads, under their ids, and documents that we rendered, under keys like
 * `documents/<uuid>.pdf`. Keys never hold names that people chose. Everything here rejects with a StorageUnavailable while
 * the storage does not answer, and then the same call may be made again.
 */
export type ObjectStorage = {
  /** Where the tus server writes. All replicas of the API see the same. */
  readonly uploads: DataStore;
  /** Removes an upload, whole or cut off, with all that the tus server keeps of it. Nothing happens if it is gone. */
  readonly removeUpload: (id: string) => Promise<void>;
  /**
   * Every upload of which anything is stored, whole, cut off or in parts, and when that changed last. One may come more than
   * once. Reads all names, and nothing else.
   */
  readonly storedUploads: () => AsyncIterable<StoredUpload>;
  /** Every erasure that is listed here, beside the database (docs/privacy.md), by its id. */
  readonly storedErasures: () => AsyncIterable<string>;
  /** Puts the bytes of an upload where nothing that reads can reach them, under `quarantine/`, and removes the rest of it. May be repeated. */
  readonly quarantineUpload: (id: string) => Promise<void>;
  /** Removes whatever is stored under an id: an upload, whole, in parts or in quarantine, and a document. Nothing happens if nothing is. */
  readonly erase: (id: string) => Promise<void>;
  /** Stores a document whole, or replaces it whole: who reads meanwhile gets the one of before or this one. */
  readonly put: (document: { readonly key: string; readonly bytes: Uint8Array; readonly mediaType: string }) => Promise<void>;
  /** A document or a complete upload. Rejects with an ObjectNotFound. */
  readonly read: (key: string) => Promise<StoredObject>;
  /** The bytes from `start` up to `end`, which is not among them. Rejects with an ObjectNotFound. */
  readonly readRange: (key: string, range: { readonly start: number; readonly end: number }) => Promise<Uint8Array>;
  /** Rejects with an ObjectNotFound. */
  readonly sizeBytes: (key: string) => Promise<number>;
  /** SHA-256 of the stored bytes in hexadecimal; reads all of them. Rejects with an ObjectNotFound. */
  readonly sha256: (key: string) => Promise<string>;
};

/** Read the body to its end or destroy it: it holds a file or a connection open, for a minute if nobody begins to read it. */
export type StoredObject = { readonly sizeBytes: number; readonly body: Readable };

export type StoredUpload = { readonly id: string; readonly changedAt: Date };

export class ObjectNotFound extends Error {
  constructor(key: string) {
    super(`there is no object ${key}`);
    this.name = 'ObjectNotFound';
  }
}

/** The storage does not answer, or not rightly: nothing is known to be lost, and trying again may help. */
export class StorageUnavailable extends Error {
  constructor(cause: unknown) {
    super('the object storage is not available', { cause });
    this.name = 'StorageUnavailable';
  }
}

/** It answers, and has no room: nothing is lost, and trying again helps once somebody has made room. */
export class StorageFull extends StorageUnavailable {
  constructor(cause: unknown) {
    super(cause);
    this.message = 'the object storage is full';
    this.name = 'StorageFull';
  }
}

/** What a failed call to the storage is told as. */
export function storageFailure(cause: unknown): StorageUnavailable {
  return isDiskFull(cause) ? new StorageFull(cause) : new StorageUnavailable(cause);
}

/** What we offer of tus. Without `creation-defer-length`: the size is part of what is announced. */
export const UPLOAD_EXTENSIONS = ['creation', 'creation-with-upload', 'termination'];

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const UPLOAD_PATTERN = new RegExp(`^${UUID}$`);
const DOCUMENT_PATTERN = new RegExp(`^(documents/${UUID}\\.[a-z]{2,4}|erasures/${UUID}\\.jws)$`);
const ERASURE_NAME = new RegExp(`^(${UUID})\\.jws$`);

export function checkUploadId(id: string): void {
  if (!UPLOAD_PATTERN.test(id)) throw new RangeError('not the id of an upload');
}

const UPLOAD_TRACE = new RegExp(`^(${UUID})(\\.(json|info|part))?$`);

/** The upload that a name in the storage is a part of; undefined when it is none of ours. */
export function uploadOfName(name: string): string | undefined {
  return UPLOAD_TRACE.exec(name)?.[1];
}

/** Where the rendered document of an id lies. */
export const documentKeyOf = (id: string) => `documents/${id}.pdf`;

/** Under which the list of erasures is kept, each as an object of its own. */
export const ERASURES = 'erasures/';
export const erasureKeyOf = (id: string) => `${ERASURES}${id}.jws`;

/** The erasure that a name in that folder is of; undefined when it is none of ours. */
export function erasureOfName(name: string): string | undefined {
  return ERASURE_NAME.exec(name)?.[1];
}

/** Nothing but a document or an entry of that list may be put: what was uploaded is never written over. */
export function checkDocumentKey(key: string): void {
  if (!DOCUMENT_PATTERN.test(key)) throw new RangeError('not the key of a document');
}

export function checkKey(key: string): void {
  if (!UPLOAD_PATTERN.test(key) && !DOCUMENT_PATTERN.test(key)) throw new RangeError('not a storage key');
}

export async function sha256Of({ body }: StoredObject): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(body, hash).catch((error: unknown) => {
    throw new StorageUnavailable(error);
  });
  return hash.digest('hex');
}

const UNREAD_MILLISECONDS = 60_000;

/**
 * A body that nobody reads, since what comes before that failed, lets go of its file or connection by itself, and that it breaks ends no
 * process: whoever reads it later is told.
 */
export function letGoUnread(body: Readable): Readable {
  const timer = setTimeout(() => {
    if (!body.readableDidRead) body.destroy();
  }, UNREAD_MILLISECONDS).unref();
  return body.on('error', () => {}).once('close', () => clearTimeout(timer));
}

/** Ends where the client was cut off: what has arrived is kept, and an error would throw it away. */
export async function* untilCutOff(source: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of source) yield chunk as Buffer;
  } catch {
    // The tus server sees the same error, and answers it.
  }
}

/** A refusal that the tus server understands, as an error with a stack. */
export function tusError(refusal: { readonly status_code: number; readonly body: string }): Error {
  return Object.assign(new Error(refusal.body.trim()), refusal);
}
