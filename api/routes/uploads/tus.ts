import { PassThrough, Readable } from 'node:stream';
import { ERRORS, Server, type Upload } from '@tus/server';
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { Refusal } from '../../../domain/refusal.ts';
import { attemptNotFound } from '../../../store/attempt-rows.ts';
import type { UploadRecord } from '../../../store/uploads.ts';
import { Problem, RETRY_AFTER_SECONDS, unavailableOf } from '../../problems.ts';
import type { Services } from '../../services.ts';
import { check } from '../../validation.ts';
import { createUploadLocker, LOCKED } from './locker.ts';
import { uploadMetadata, UPLOAD_BYTES_MAX } from './schemas.ts';

/** Of the tus protocol. */
export const VERSION = '1.0.0';

/** Whose request it is, and what went wrong within the tus server, which would answer in its own way. */
type UploadRequest = { readonly attemptId: string; readonly subject: string; readonly isHeard: () => boolean; failure?: Error; announced?: string };

export type UploadServer = (
  request: ExpressRequest,
  response: ExpressResponse,
  who: { attemptId: string; subject: string; uploadId?: string },
) => Promise<void>;

/**
 * Resumable uploads by tus 1.0 into the object storage, by any replica in turn. An upload counts when all its bytes are there
 * and it is the file that was declared: by its hash, and by its content. Refuses with `not_found`, `wrong_phase`, `deadline_passed`, `upload_invalid`,
 * `upload_hash_mismatch`, `upload_unreadable`, `upload_offset_conflict`, `payload_too_large`, `unavailable`.
 */
export function createUploadServer({
  store,
  storage,
  uploadLocks,
  finishUpload,
  config,
  logger,
}: Pick<Services, 'store' | 'storage' | 'uploadLocks' | 'finishUpload' | 'config' | 'logger'>): UploadServer {
  const requests = new WeakMap<Request, UploadRequest>();

  const tus = new Server({
    path: '/v1/attempts',
    datastore: storage.uploads,
    locker: createUploadLocker(uploadLocks),
    maxSize: UPLOAD_BYTES_MAX,
    // Also of one that is looked at, which may be what is submitted.
    disableTerminationForFinishedUploads: true,
    allowedOrigins: [],
    namingFunction: () => uuidv7(),
    generateUrl: (request, { id }) => `${config.PUBLIC_URL.replace(/\/+$/, '')}/v1/attempts/${requestOf(request).attemptId}/uploads/${id}`,
    onUploadCreate: (request, upload) => keepingFailure(request, (who) => announce(who, upload)),
    onUploadFinish: (request, upload) => keepingFailure(request, ({ isHeard }) => finishUpload(upload.id, isHeard)),
    onResponseError: (request, error) => {
      if (unavailableOf(error)) requestOf(request).failure ??= error as Error;
      return undefined;
    },
  });

  function requestOf(request: Request): UploadRequest {
    const known = requests.get(request);
    if (!known) throw new TypeError('the tus server was asked by somebody else');
    return known;
  }

  async function keepingFailure(request: Request, work: (who: UploadRequest) => Promise<void>): Promise<Record<string, never>> {
    const who = requestOf(request);
    try {
      await work(who);
      return {};
    } catch (error) {
      who.failure = error instanceof Error ? error : new Error('the upload failed', { cause: error });
      throw error;
    }
  }

  async function announce(who: UploadRequest, upload: Upload): Promise<void> {
    const { attemptId, subject } = who;
    const { filename, filetype, sha256 } = metadataOf(upload);
    if (!upload.size) throw new Refusal('upload_invalid', 'The file is empty.');
    await store.uploads.announce({
      id: upload.id,
      attemptId,
      subject,
      fileName: filename,
      mediaType: filetype,
      sizeBytes: upload.size,
      sha256: sha256.toLowerCase(),
    });
    who.announced = upload.id;
  }

  /** Whoever did not learn where it is announces another: without this, each try while the storage is away would count as an upload. */
  async function forget(uploadId: string): Promise<void> {
    try {
      if (await store.uploads.forget(uploadId)) await storage.removeUpload(uploadId);
    } catch (error) {
      logger.warn({ err: error, uploadId }, 'an upload that could not be begun stays until the cleaning finds it');
    }
  }

  /** Refuses what is not theirs. */
  async function findOwn(request: ExpressRequest, own: { uploadId: string; attemptId: string; subject: string }): Promise<UploadRecord> {
    const upload = await store.uploads.findOwn(own);
    if (!upload) throw attemptNotFound();
    if (upload.completedAt !== null && request.method === 'DELETE') throw completeStays();
    return upload;
  }

  async function serve(
    request: ExpressRequest,
    response: ExpressResponse,
    { attemptId, subject, uploadId }: Parameters<UploadServer>[2],
  ): Promise<void> {
    const upload = uploadId === undefined ? undefined : await findOwn(request, { uploadId, attemptId, subject });
    if (!upload) await store.attempts.read({ attemptId, subject });
    const webRequest = toWebRequest(request);
    const context: UploadRequest = { attemptId, subject, isHeard: () => !response.closed };
    requests.set(webRequest, context);
    const answer = await tus.handleWeb(webRequest);
    throwAwayRest(request);
    if (context.announced !== undefined && (context.failure !== undefined || answer.status >= 400)) await forget(context.announced);
    if (context.failure !== undefined) throw context.failure;
    if (answer.status >= 400) throw problemOfTus(answer.status, (await answer.text()).trim());
    // A crash can come between the last byte and the record. The client that comes back asks with HEAD how much is here.
    const isAllHere = request.method === 'HEAD' && answer.headers.get('upload-offset') === String(upload?.sizeBytes);
    // Refused, they are told by a notice: an answer to HEAD has no body, and clients of tus throw it away.
    if (upload && upload.completedAt === null && isAllHere) await finishUpload(upload.id, () => false);
    response.status(answer.status).set(headersOf(answer)).end();
  }

  return async (request, response, who) => {
    checkVersion(request, response);
    try {
      await serve(request, response, who);
    } catch (error) {
      const locked = request.method === 'HEAD' ? lockedWhileAway(error) : undefined;
      if (!locked) throw error;
      logger.warn({ err: error, uploadId: who.uploadId }, 'an upload cannot be asked about at the moment');
      throw locked;
    }
  };
}

function completeStays(): Refusal {
  return new Refusal('upload_invalid', 'A complete upload stays: it may be what is submitted. Upload another one instead.');
}

/** The tus server itself takes another version for a malformed header (400), and names none that it knows. */
function checkVersion(request: ExpressRequest, response: ExpressResponse): void {
  if (request.get('Tus-Resumable') === VERSION) return;
  response.set('Tus-Version', VERSION);
  throw new Problem('upload_invalid', `The header Tus-Resumable must be ${VERSION}. Nothing was changed.`, { status: 412 });
}

/**
 * Clients of tus take any answer to HEAD but 423 for the end of the upload, and begin another from its first byte: after an outage of
 * seconds all that was sent would be sent again, and what arrived and is not looked at yet would be left behind.
 */
function lockedWhileAway(error: unknown): Problem | undefined {
  const away = unavailableOf(error);
  return away && new Problem(away.code, away.message, { ...away.extras, status: LOCKED });
}

/** Which pages may read it, and what of it, is not for the tus server to say. */
function headersOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !name.startsWith('access-control-')));
}

/** Answers what the server can do; asks nobody who they are, since it tells nothing of anybody. */
export async function answerOptions(_request: ExpressRequest, response: ExpressResponse): Promise<void> {
  response
    .status(204)
    .set({
      'Tus-Resumable': VERSION,
      'Tus-Version': VERSION,
      'Tus-Extension': 'creation,creation-with-upload,termination',
      'Tus-Max-Size': String(UPLOAD_BYTES_MAX),
    })
    .end();
}

function metadataOf(upload: Upload) {
  try {
    return check(uploadMetadata, upload.metadata ?? {});
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    throw new Refusal(
      'upload_invalid',
      'Upload-Metadata must name filename, filetype and sha256. Nothing was changed.',
      error.extras.fields ? { fields: error.extras.fields } : {},
    );
  }
}

function toWebRequest(request: ExpressRequest): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, String(value));
  const hasBody = request.method === 'POST' || request.method === 'PATCH';
  return new Request(`http://tus${request.originalUrl}`, {
    method: request.method,
    headers,
    ...(hasBody ? { body: Readable.toWeb(bodyOf(request)), duplex: 'half' as const } : {}),
  });
}

/** The body at one remove: what is not read of it can be thrown away, and the connection stays fit for the next request. */
function bodyOf(request: ExpressRequest): Readable {
  const body = new PassThrough();
  request.once('close', () => {
    if (!request.readableEnded) body.destroy(new Error('the client went away'));
  });
  return request.pipe(body);
}

function throwAwayRest(request: ExpressRequest): void {
  request.unpipe();
  request.resume();
}

/** The statuses of the tus protocol stay, so that its clients know what to do. */
function problemOfTus(status: number, text: string): Problem | Refusal {
  if (text === ERRORS.INVALID_TERMINATION.body) return completeStays();
  const message = text || 'The upload request cannot be taken.';
  switch (status) {
    case 404:
    case 410:
      return new Problem('not_found', 'There is no such upload. Start a new one.', { status });
    case 409:
      return new Problem('upload_offset_conflict', 'The upload goes on at another byte: ask with HEAD for its Upload-Offset.', { status });
    case LOCKED:
      return new Problem('unavailable', 'Another request has this upload. Resume it in some seconds.', {
        status,
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    case 413:
      return new Problem('payload_too_large', `An upload has at most ${UPLOAD_BYTES_MAX / 1024 / 1024} MiB, and no more bytes than announced.`, {
        status,
      });
    default:
      if (status >= 500 && status !== 501) return new Problem('internal', 'The bytes could not be stored. Resume the upload.', { status });
      return new Problem('upload_invalid', message, { status });
  }
}
