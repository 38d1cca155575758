import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient, RestError, StorageSharedKeyCredential, type AppendBlobClient, type ContainerClient } from '@azure/storage-blob';
import { DataStore, ERRORS, Metadata, Upload } from '@tus/server';
import {
  checkDocumentKey,
  checkKey,
  checkUploadId,
  documentKeyOf,
  ERASURES,
  erasureOfName,
  letGoUnread,
  ObjectNotFound,
  sha256Of,
  StorageUnavailable,
  tusError,
  untilCutOff,
  UPLOAD_EXTENSIONS,
  type ObjectStorage,
  uploadOfName,
  type StoredObject,
  type StoredUpload,
} from './object-storage.ts';

export type AzureOptions = {
  /** Of the account: `https://ACCOUNT.blob.core.windows.net`, or `http://HOST:PORT/ACCOUNT` of an emulator. */
  readonly endpoint: string;
  readonly container: string;
  /** Before every name, such as `certifiable/`; empty for a container of our own. */
  readonly prefix: string;
  /** Without one the process signs in as itself. */
  readonly accountKey?: string | undefined;
};

/**
 * What is appended at once. So much of an upload lies in memory while it arrives, and so much is lost by a crash. An append
 * blob takes 50,000 of them, and a client's each cut-off makes a smaller one.
 */
const BLOCK_BYTES = 1024 * 1024;

/** A server that does not answer must fail a request before its client gives up; the SDK waits for ever by default. */
const SILENCE_MILLISECONDS = 20_000;
const retryOptions = { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2000 };

/** Storage in a container of Azure Blob Storage. */
export function createAzureStorage({ prefix, ...options }: AzureOptions): ObjectStorage {
  const container = containerOf(options);
  const blob = (key: string) => container.getBlobClient(prefix + key);

  async function read(key: string): Promise<StoredObject> {
    checkKey(key);
    const watch = watchSilence();
    const download = blob(key).download(undefined, undefined, { abortSignal: watch.signal, onProgress: watch.heard, maxRetryRequests: 3 });
    const { contentLength = 0, readableStreamBody } = await download.catch((error: unknown) => {
      watch.end();
      return failing(key)(error);
    });
    // In Node a download always has it, and it is a stream of Node.
    const body = readableStreamBody as Readable;
    watch.follow(body);
    return { sizeBytes: contentLength, body: letGoUnread(body) };
  }

  const storage = {
    uploads: new UploadsInAzure({ container, prefix }),
    read,
    sha256: async (key: string) => sha256Of(await read(key)),

    async readRange(key: string, { start, end }: { readonly start: number; readonly end: number }) {
      checkKey(key);
      const bytes = inTime(async (abortSignal) => {
        const { readableStreamBody } = await blob(key).download(start, end - start, { abortSignal });
        return buffer(readableStreamBody as Readable);
      });
      return bytes.catch(failing(key));
    },

    async sizeBytes(key: string) {
      checkKey(key);
      const { contentLength = 0 } = await inTime((abortSignal) => blob(key).getProperties({ abortSignal })).catch(failing(key));
      return contentLength;
    },

    async *storedUploads() {
      try {
        yield* uploadsIn(container, prefix);
      } catch (error) {
        throw failureOf(error);
      }
    },

    async *storedErasures() {
      const under = prefix + ERASURES;
      try {
        for await (const { name } of blobsIn(container, under)) {
          const id = erasureOfName(name.slice(under.length));
          if (id !== undefined) yield id;
        }
      } catch (error) {
        throw failureOf(error);
      }
    },

    async put({ key, bytes, mediaType }: Parameters<ObjectStorage['put']>[0]) {
      checkDocumentKey(key);
      const document = container.getBlockBlobClient(prefix + key);
      const blobHTTPHeaders = { blobContentType: mediaType };
      // One request: whoever reads meanwhile gets the one of before or this one.
      await inTime((abortSignal) => document.upload(bytes, bytes.length, { abortSignal, blobHTTPHeaders })).catch(failing(key));
    },

    async quarantineUpload(id: string) {
      checkUploadId(id);
      try {
        await inTime(async (abortSignal) => {
          const copying = await blob(`quarantine/${id}`).beginCopyFromURL(blob(id).url, { abortSignal });
          await copying.pollUntilDone();
        });
      } catch (error) {
        if (!isMissing(error)) throw failureOf(error);
      }
      await remove(blob(id)).catch(failing(id));
    },

    async removeUpload(id: string) {
      checkUploadId(id);
      await remove(blob(id)).catch(failing(id));
    },

    /** Whatever is stored under an id: an upload, also in quarantine, and a document. */
    async erase(id: string) {
      checkUploadId(id);
      for (const key of [id, `quarantine/${id}`, documentKeyOf(id)]) await remove(blob(key)).catch(failing(id));
    },
  };
  return storage;
}

function containerOf({ endpoint, container, accountKey }: Omit<AzureOptions, 'prefix'>): ContainerClient {
  const { hostname, pathname } = new URL(endpoint);
  // An emulator has the account in the path.
  const account = pathname.split('/').find((segment) => segment !== '') ?? hostname.split('.')[0] ?? '';
  const credential = accountKey === undefined ? new DefaultAzureCredential() : new StorageSharedKeyCredential(account, accountKey);
  return new BlobServiceClient(endpoint, credential, { retryOptions }).getContainerClient(container);
}

async function* uploadsIn(container: ContainerClient, prefix: string): AsyncGenerator<StoredUpload> {
  // Documents and what others keep are one level below, or not under our prefix.
  for await (const { name, properties } of blobsIn(container, prefix)) {
    const id = uploadOfName(name.slice(prefix.length));
    if (id !== undefined) yield { id, changedAt: properties.lastModified };
  }
}

type StoredBlob = { readonly name: string; readonly properties: { readonly lastModified: Date } };

/** On this level alone. */
async function* blobsIn(container: ContainerClient, prefix: string): AsyncGenerator<StoredBlob> {
  const pageAfter = (continuationToken: string | undefined) =>
    inTime(async (abortSignal) => {
      const pages = container.listBlobsByHierarchy('/', { prefix, abortSignal });
      return pages.byPage(continuationToken === undefined ? {} : { continuationToken }).next();
    });
  let continuationToken: string | undefined;
  do {
    const { done, value: page } = await pageAfter(continuationToken);
    if (done) return;
    yield* page.segment.blobItems;
    continuationToken = page.continuationToken;
  } while (continuationToken);
}

/** One blob is all there is of an upload. */
async function remove(blob: { deleteIfExists: ContainerClient['deleteIfExists'] }): Promise<void> {
  await inTime((abortSignal) => blob.deleteIfExists({ abortSignal }));
}

/**
 * The tus server's store: an append blob each, whose length is how much has arrived. Whatever ends a request or a process leaves
 * an upload that can be resumed there, and every replica sees the same. The library's own store, `@tus/azure-store`, keeps a request in
 * memory to its end, loses what was cut off, and ends the process where Azure refuses.
 */
class UploadsInAzure extends DataStore {
  override extensions = UPLOAD_EXTENSIONS;
  readonly #container: ContainerClient;
  readonly #prefix: string;

  constructor({ container, prefix }: { container: ContainerClient; prefix: string }) {
    super();
    this.#container = container;
    this.#prefix = prefix;
  }

  override async create(upload: Upload): Promise<Upload> {
    const { size, metadata, creation_date } = upload;
    // Base64 in it, since metadata of a blob are headers.
    const announced = JSON.stringify({ size, metadata: Metadata.stringify(metadata ?? {}), creation_date } satisfies Announced);
    const blob = this.#blob(upload.id);
    // If it exists, it is ours, and the answer to a first try was lost: ids are never given twice.
    await inTime((abortSignal) => blob.createIfNotExists({ abortSignal, metadata: { upload: announced } })).catch(refusing);
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const found = await inTime((abortSignal) => this.#blob(id).getProperties({ abortSignal })).catch(refusing);
    const { size, metadata, creation_date } = JSON.parse(found.metadata?.['upload'] ?? '{}') as Partial<Announced>;
    if (size === undefined) throw tusError(ERRORS.FILE_NOT_FOUND);
    return new Upload({
      id,
      size,
      offset: found.contentLength ?? 0,
      metadata: Metadata.parse(metadata ?? ''),
      ...(creation_date === undefined ? {} : { creation_date }),
    });
  }

  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const blob = this.#blob(id);
    let end = offset;
    for await (const block of blocksOf(untilCutOff(source))) {
      await append(blob, { block, offset: end }).catch(refusing);
      end += block.length;
    }
    return end;
  }

  override async remove(id: string): Promise<void> {
    await this.getUpload(id);
    await remove(this.#blob(id)).catch(refusing);
  }

  #blob(id: string): AppendBlobClient {
    return this.#container.getAppendBlobClient(this.#prefix + id);
  }
}

type Announced = { readonly size: number | undefined; readonly metadata: string; readonly creation_date: string | undefined };

async function* blocksOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const piece of source) {
    for (let rest = piece; rest.length > 0;) {
      const taken = rest.subarray(0, BLOCK_BYTES - waitingBytes);
      rest = rest.subarray(taken.length);
      waiting.push(taken);
      waitingBytes += taken.length;
      if (waitingBytes < BLOCK_BYTES) continue;
      yield Buffer.concat(waiting);
      [waiting, waitingBytes] = [[], 0];
    }
  }
  if (waitingBytes > 0) yield Buffer.concat(waiting);
}

/** Nowhere but at its place: what is sent twice, or by a request that another one has overtaken, is not stored twice. */
async function append(blob: AppendBlobClient, { block, offset }: { readonly block: Buffer; readonly offset: number }): Promise<void> {
  try {
    await inTime((abortSignal) => blob.appendBlock(block, block.length, { abortSignal, conditions: { appendPosition: offset } }));
  } catch (error) {
    if (codeOf(error) === 'BlockCountExceedsLimit') throw tusError(TOO_MANY_PIECES);
    if (codeOf(error) !== 'AppendPositionConditionNotMet') throw error;
    const { contentLength } = await inTime((abortSignal) => blob.getProperties({ abortSignal }));
    // The SDK tried again, and the first try had arrived. That it is the same bytes, the hash of the whole says.
    if (contentLength !== offset + block.length) throw tusError(ERRORS.INVALID_OFFSET);
  }
}

const TOO_MANY_PIECES = { status_code: 400, body: 'The upload came in more than 50,000 pieces. Begin it anew, and send larger pieces.' };

/** With a signal for the SDK, which knows no time-out of its own. */
async function inTime<Result>(call: (abortSignal: AbortSignal) => Promise<Result>): Promise<Result> {
  return call(AbortSignal.timeout(SILENCE_MILLISECONDS));
}

/** Ends a download of which nothing comes, though somebody reads it and would take more. */
function watchSilence() {
  const silence = new AbortController();
  let body: Readable | undefined;
  const timer = setTimeout(() => {
    if (body && (!body.readableDidRead || body.readableLength > 0)) timer.refresh();
    else silence.abort();
  }, SILENCE_MILLISECONDS).unref();
  return {
    signal: silence.signal,
    heard: () => void timer.refresh(),
    end: () => clearTimeout(timer),
    follow(followed: Readable) {
      body = followed.once('close', () => clearTimeout(timer));
    },
  };
}

/** For a call by our port. */
function failing(key: string): (error: unknown) => never {
  return (error) => {
    if (isMissing(error)) throw new ObjectNotFound(key);
    throw failureOf(error);
  };
}

/** For a call by the tus server. What is not of Azure, such as a client that went away, stays as it is. */
function refusing(error: unknown): never {
  if (isMissing(error)) throw tusError(ERRORS.FILE_NOT_FOUND);
  throw failureOf(error);
}

/** Not so a container that is missing: that is the operator's fault. */
function isMissing(error: unknown): boolean {
  return error instanceof RestError && error.statusCode === 404 && codeOf(error) !== 'ContainerNotFound';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof RestError ? error.response?.headers.get('x-ms-error-code') : undefined;
}

function failureOf(error: unknown): unknown {
  return isOutage(error) ? new StorageUnavailable(error) : error;
}

/** Of the token that the process needs: whoever gives it does not answer, or not yet. */
const SIGN_IN_FAILURES: ReadonlySet<string> = new Set(['AggregateAuthenticationError', 'AuthenticationError', 'CredentialUnavailableError']);

/** Azure did not answer, is overloaded, or failed. A refusal, such as of our rights, is none: trying again does not help. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof RestError) return error.statusCode === undefined || error.statusCode >= 500 || error.statusCode === 429;
  return error.name === 'AbortError' || SIGN_IN_FAILURES.has(error.name);
}
