import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  paginateListObjectsV2,
  S3,
  S3ServiceException,
  type ListMultipartUploadsCommandOutput,
  type Part,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { S3Store } from '@tus/s3-store';
import { ERRORS, Upload } from '@tus/server';
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
  StorageFull,
  StorageUnavailable,
  tusError,
  untilCutOff,
  UPLOAD_EXTENSIONS,
  type ObjectStorage,
  uploadOfName,
  letGoUnread,
  type StoredObject,
  type StoredUpload,
} from './object-storage.ts';

export type S3Options = {
  readonly bucket: string;
  readonly region: string;
  /** Of a server that is not AWS. */
  readonly endpoint?: string | undefined;
  /** The bucket in the path and not in the host name, as most servers that are not AWS want it. */
  readonly forcePathStyle: boolean;
  /** Before every key, such as `certifiable/`; empty for a bucket of our own. */
  readonly prefix: string;
};

/**
 * The least that S3 takes as a part, but for the last one. Parts of one size each lie at a known place of the file, and the
 * smaller they are, the less is sent again after a cut-off.
 */
const PART_BYTES = 5 * 1024 * 1024;
/**
 * A part lies in the system's temporary folder from its first byte until S3 has it, so each upload under way needs one, and
 * so many can be under way in this process; further ones wait. The folder needs twice as many parts, 600 MiB.
 */
const PARTS_AT_ONCE = 60;

/** A server that does not answer must fail a request before its client gives up; an SDK waits for ever by default. */
const CONNECT_MILLISECONDS = 3000;
const SILENCE_MILLISECONDS = 20_000;

/** Storage in a bucket of AWS S3 or of a server that speaks its protocol. Credentials come by the SDK's default chain. */
export function createS3Storage(options: S3Options): ObjectStorage {
  const { bucket: Bucket, prefix } = options;
  const config = clientConfig(options);
  const s3 = new S3(config);

  async function read(key: string): Promise<StoredObject> {
    checkKey(key);
    const { Body, ContentLength } = await s3.getObject({ Bucket, Key: prefix + key }).catch(failing(key));
    // The SDK's type is for browsers too; in Node it is a stream of Node.
    return { sizeBytes: ContentLength ?? 0, body: letGoUnread(Body as Readable) };
  }

  return {
    uploads: new UploadsInS3({ config, bucket: Bucket, prefix }),
    read,
    sha256: async (key) => sha256Of(await read(key)),

    async readRange(key, { start, end }) {
      checkKey(key);
      const { Body } = await s3.getObject({ Bucket, Key: prefix + key, Range: `bytes=${start}-${end - 1}` }).catch(failing(key));
      return bytesOf(Body as Readable);
    },

    async sizeBytes(key) {
      checkKey(key);
      const { ContentLength } = await s3.headObject({ Bucket, Key: prefix + key }).catch(failing(key));
      return ContentLength ?? 0;
    },

    async *storedUploads() {
      try {
        yield* uploadsIn(s3, { Bucket, prefix });
      } catch (error) {
        throw failureOf(error);
      }
    },

    async *storedErasures() {
      const under = prefix + ERASURES;
      try {
        for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: under })) {
          for (const { Key = '' } of Contents) {
            const id = erasureOfName(Key.slice(under.length));
            if (id !== undefined) yield id;
          }
        }
      } catch (error) {
        throw failureOf(error);
      }
    },

    async put({ key, bytes, mediaType }) {
      checkDocumentKey(key);
      await s3.putObject({ Bucket, Key: prefix + key, Body: bytes, ContentType: mediaType }).catch(failing(key));
    },

    async quarantineUpload(id) {
      checkUploadId(id);
      const CopySource = encodeURI(`${Bucket}/${prefix}${id}`);
      try {
        await s3.copyObject({ Bucket, Key: `${prefix}quarantine/${id}`, CopySource });
      } catch (error) {
        if (!isMissing(error)) failing(id)(error);
      }
      await removeUpload(s3, { Bucket, Key: prefix + id }).catch(failing(id));
    },

    async erase(id) {
      checkUploadId(id);
      await removeUpload(s3, { Bucket, Key: prefix + id }).catch(failing(id));
      for (const key of [`quarantine/${id}`, documentKeyOf(id)]) await s3.deleteObject({ Bucket, Key: prefix + key }).catch(failing(id));
    },

    async removeUpload(id) {
      checkUploadId(id);
      await removeUpload(s3, { Bucket, Key: prefix + id }).catch(failing(id));
    },
  };
}

function clientConfig({ region, endpoint, forcePathStyle }: S3Options): S3ClientConfig {
  return {
    region,
    forcePathStyle,
    ...(endpoint === undefined ? {} : { endpoint }),
    requestHandler: { connectionTimeout: CONNECT_MILLISECONDS, socketTimeout: SILENCE_MILLISECONDS },
  };
}

async function bytesOf(body: Readable): Promise<Uint8Array> {
  return buffer(body).catch((error: unknown) => {
    throw new StorageUnavailable(error);
  });
}

/**
 * Every multipart upload to the key, so that one whose id was lost in a crash goes too. First the object that the tus server
 * looks for: cut off in between, the upload is gone for everybody, and a repeat removes the rest.
 */
async function removeUpload(s3: S3, object: { Bucket: string; Key: string }): Promise<void> {
  const { Bucket, Key } = object;
  await s3.deleteObject({ Bucket, Key: infoKeyOf(Key) });
  const { Uploads = [] } = await s3.listMultipartUploads({ Bucket, Prefix: Key });
  for (const { Key: found, UploadId } of Uploads) {
    if (found !== Key) continue;
    await s3.abortMultipartUpload({ ...object, UploadId }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
  await s3.deleteObject({ Bucket, Key: incompletePartKeyOf(Key) });
  await s3.deleteObject(object);
}

async function* uploadsIn(s3: S3, { Bucket, prefix }: { Bucket: string; prefix: string }): AsyncGenerator<StoredUpload> {
  const found = (key: string | undefined, changedAt: Date | undefined): readonly StoredUpload[] => {
    const id = key?.startsWith(prefix) ? uploadOfName(key.slice(prefix.length)) : undefined;
    return id === undefined || changedAt === undefined ? [] : [{ id, changedAt }];
  };
  // Documents and what others keep are one level below, or not under our prefix.
  const under = { Bucket, Prefix: prefix, Delimiter: '/' };
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, under)) {
    for (const { Key, LastModified } of Contents) yield* found(Key, LastModified);
  }
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (marker) {
    const page: ListMultipartUploadsCommandOutput = await s3.listMultipartUploads({ ...under, ...marker });
    for (const { Key, Initiated } of page.Uploads ?? []) yield* found(Key, Initiated);
    marker = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker } : undefined;
  }
}

/** The names that S3Store gives to what it keeps beside an upload. */
const infoKeyOf = (key: string) => `${key}.info`;
const incompletePartKeyOf = (key: string) => `${key}.part`;

/**
 * The tus server's store in S3: one multipart upload each. Beyond what the library does, keys have our prefix, an outage is
 * told from an upload that is not there, and a crash or a lost part at any point leaves an upload that can be resumed.
 */
class UploadsInS3 extends S3Store {
  override extensions = UPLOAD_EXTENSIONS;
  readonly #prefix: string;

  constructor({ config, bucket, prefix }: { config: S3ClientConfig; bucket: string; prefix: string }) {
    super({
      partSize: PART_BYTES,
      minPartSize: PART_BYTES,
      maxConcurrentPartUploads: PARTS_AT_ONCE,
      s3ClientConfig: { ...config, bucket },
      // Another replica may have removed the upload meanwhile.
      cache: { get: async () => undefined, set: async () => {}, delete: async () => {} },
    });
    this.#prefix = prefix;
  }

  override async create(upload: Upload): Promise<Upload> {
    await super.create(underId(upload, this.#prefix + upload.id)).catch(refusing);
    return upload;
  }

  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const arrived = Readable.from(untilCutOff(source), { objectMode: false });
    return super.write(arrived, this.#prefix + id, offset).catch(refusing);
  }

  override async getUpload(id: string): Promise<Upload> {
    const key = this.#prefix + id;
    const upload = await super.getUpload(key).catch(async (error: unknown) => {
      // The library says of any error that the upload is not there; asked again, S3 says why.
      await this.getMetadata(key).catch(refusing);
      throw new StorageUnavailable(error);
    });
    if (upload.size !== undefined && upload.offset === upload.size) await this.#complete(id);
    return underId(upload, id);
  }

  override async remove(id: string): Promise<void> {
    const key = this.#prefix + id;
    await this.getMetadata(key).catch(refusing);
    await removeUpload(this.client, { Bucket: this.bucket, Key: key }).catch(refusing);
  }

  /**
   * Only the parts up to the first that is missing. Parts are sent several at once, so one can fail while a later one
   * arrives; counted together, the client would go on at the wrong place.
   */
  protected override async retrieveParts(key: string, partNumberMarker?: string): Promise<Part[]> {
    const parts = await super.retrieveParts(key, partNumberMarker);
    if (partNumberMarker !== undefined) return parts;
    const gap = parts.findIndex((part, index) => part.PartNumber !== index + 1);
    return gap === -1 ? parts : parts.slice(0, gap);
  }

  /** All parts are there: makes them one object, in case a crash came before that. */
  async #complete(id: string): Promise<void> {
    const key = this.#prefix + id;
    try {
      await this.finishMultipartUpload(await this.getMetadata(key), await this.retrieveParts(key));
    } catch (error) {
      if (!isMissing(error)) refusing(error);
      // Done before; or ended by a lifecycle rule of the bucket, which the library takes for done.
      await this.client.headObject({ Bucket: this.bucket, Key: key }).catch(refusing);
    }
  }
}

function underId(upload: Upload, id: string): Upload {
  return Object.assign(new Upload({ id, offset: upload.offset }), upload, { id });
}

/** For a call by our port. */
function failing(key: string): (error: unknown) => never {
  return (error) => {
    if (isMissing(error)) throw new ObjectNotFound(key);
    throw failureOf(error);
  };
}

/** For a call by the tus server. What is not of S3, such as a client that went away, stays as it is. */
function refusing(error: unknown): never {
  if (isMissing(error)) throw tusError(ERRORS.FILE_NOT_FOUND);
  throw failureOf(error);
}

const MISSING_NAMES: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchUpload', 'NotFound']);

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && MISSING_NAMES.has(error.name);
}

function failureOf(error: unknown): unknown {
  if (isFull(error)) return new StorageFull(error);
  return isOutage(error) ? new StorageUnavailable(error) : error;
}

/** Of a server that is not AWS: 507, or a code of its own; or of the folder in which parts wait to be sent. */
function isFull(error: unknown): boolean {
  if (isDiskFull(error)) return true;
  return error instanceof S3ServiceException && (error.$metadata.httpStatusCode === 507 || /StorageFull|QuotaExceeded/.test(error.name));
}

/** S3 did not answer, is overloaded, or failed. A refusal, such as of our credentials, is none: trying again does not help. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number };
  return httpStatusCode === undefined || httpStatusCode >= 500 || httpStatusCode === 429;
}
