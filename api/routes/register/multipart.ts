import type { Request as ExpressRequest } from 'express';
import { Problem } from '../../problems.ts';

/**
 * What a form shows: a file that was chosen or dropped, or else pasted text. Refuses with `unsupported_media_type`,
 * `malformed_request` and `validation_failed`.
 */
export async function readShownFile(request: ExpressRequest): Promise<Uint8Array> {
  const contentType = request.headers['content-type'] ?? '';
  if (!Buffer.isBuffer(request.body))
    throw new Problem('unsupported_media_type', 'Send the form with its file: "Content-Type: multipart/form-data".');
  const form = await parseForm(contentType, request.body);
  const file = form.get('file');
  const pasted = form.get('text');
  if (file instanceof File && file.size > 0) return new Uint8Array(await file.arrayBuffer());
  if (typeof pasted === 'string' && pasted.trim() !== '') return Buffer.from(pasted);
  throw new Problem('validation_failed', 'Choose the file of the certificate, or paste the text of its credential.');
}

/** Node's own parser; the body was limited before. */
async function parseForm(contentType: string, body: Buffer): Promise<FormData> {
  try {
    return await new Request('http://localhost/', {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: new Uint8Array(body),
    }).formData();
  } catch {
    throw new Problem('malformed_request', 'The form cannot be read.');
  }
}
