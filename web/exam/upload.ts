import { Upload } from 'tus-js-client';
import type { SignIn } from '../frame/sign-in.ts';

/** Sends a case study in pieces that are taken up again where the connection broke, also by a later visit (tus). */

const PIECE_BYTES = 5 * 1024 * 1024;
const RETRY_MILLISECONDS = [0, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000];
const TYPES: Readonly<Record<string, string>> = { pdf: 'application/pdf', md: 'text/markdown', zip: 'application/zip', txt: 'text/plain' };

/** What an `<input type=file>` takes. */
export const ACCEPTED_FILES = Object.keys(TYPES).map((ending) => `.${ending}`);

export type UploadTask = { readonly stop: () => void; readonly done: Promise<void> };

/** Undefined for a file of a kind that is not taken. */
export function mediaTypeOf(fileName: string): string | undefined {
  return TYPES[/\.(\w+)$/.exec(fileName.toLowerCase())?.[1] ?? ''];
}

export async function uploadSolution({
  file,
  attemptId,
  signIn,
  onProgress,
}: {
  file: File;
  attemptId: string;
  signIn: SignIn;
  /** From 0 to 1. */
  onProgress: (part: number) => void;
}): Promise<UploadTask> {
  const sha256 = await sha256Of(file);
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const upload = new Upload(file, {
    endpoint: `/v1/attempts/${attemptId}/uploads`,
    chunkSize: PIECE_BYTES,
    retryDelays: RETRY_MILLISECONDS,
    metadata: { filename: file.name, filetype: mediaTypeOf(file.name) ?? '', sha256 },
    // The same content for the same attempt, whatever the file is called.
    fingerprint: () => Promise.resolve(`certifiable ${attemptId} ${sha256}`),
    removeFingerprintOnSuccess: true,
    onBeforeRequest: (request) => request.setHeader('Authorization', `Bearer ${signIn.token() ?? ''}`),
    onAfterResponse: async (request, response) => {
      const status = response.getStatus();
      if (status === 401) await signIn.renew();
      // The client would take the upload for lost, and begin another from its first byte. What is thrown is tried again.
      if (request.getMethod() === 'HEAD' && passes(status)) throw new Error(`the upload cannot be asked about: ${status}`);
    },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0;
      return status === 0 || status === 409 || passes(status);
    },
    onProgress: (sent, total) => onProgress(total === 0 ? 0 : sent / total),
    onError: reject,
    onSuccess: () => resolve(),
  });
  const [begun] = await upload.findPreviousUploads();
  if (begun) upload.resumeFromPreviousUpload(begun);
  upload.start();
  // At once, and not when the next try is due; a request that was under way when the connection went may never be answered.
  const resume = () => void upload.abort().then(() => upload.start());
  const forget = () => removeEventListener('online', resume);
  addEventListener('online', resume);
  done.then(forget, forget);
  return {
    done,
    stop: () => {
      forget();
      void upload.abort();
    },
  };
}

/** Whether the same request may be answered later: after signing in anew, a pause, or an outage. */
function passes(status: number): boolean {
  return status === 401 || status === 423 || status === 429 || status >= 500;
}

async function sha256Of(file: File): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
