import type { Answer, Caller, TestApi } from './api.ts';

/** The tus protocol by hand, as far as tests need it. */

type Announcement = { readonly sha256: string; readonly sizeBytes: number; readonly filename?: string; readonly filetype?: string };

const tus = { 'tus-resumable': '1.0.0' };

export function metadataHeader(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

export function announce(
  candidate: Caller,
  attemptId: string,
  { sha256, sizeBytes, filename = 'Cleo Candidate.md', filetype = 'text/markdown' }: Announcement,
): Promise<Answer> {
  return candidate('POST', `/v1/attempts/${attemptId}/uploads`, undefined, {
    ...tus,
    'upload-length': String(sizeBytes),
    'upload-metadata': metadataHeader({ filename, filetype, sha256 }),
  });
}

export function send(candidate: Caller, path: string, { offset, bytes }: { offset: number; bytes: Uint8Array }): Promise<Answer> {
  return candidate('PATCH', path, bytes, { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' });
}

export function ask(candidate: Caller, path: string): Promise<Answer> {
  return candidate('HEAD', path, undefined, tus);
}

export function pathOf(answer: Answer): string {
  return new URL(answer.headers.get('location') ?? '').pathname;
}

/** Announces a file and sends it whole; returns the last answer. */
export async function uploadAll(candidate: Caller, attemptId: string, { bytes, sha256 }: { bytes: Uint8Array; sha256: string }): Promise<Answer> {
  const announced = await announce(candidate, attemptId, { sha256, sizeBytes: bytes.length });
  return send(candidate, pathOf(announced), { offset: 0, bytes });
}

/** Where the file storage keeps the bytes. */
export function uploadDirectory({ services: { config } }: TestApi): string {
  if (config.STORAGE !== 'file') throw new TypeError('this API does not keep its files in a folder');
  return config.UPLOAD_DIRECTORY;
}
