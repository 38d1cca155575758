import type { Request as ExpressRequest } from 'express';
import { problemOfShape } from '../../json-bounds.ts';
import { Problem } from '../../problems.ts';

/**
 * The credential in a form: a file that was chosen or dropped, or else pasted text. What is no JSON is undefined, which no
 * verifier takes for a credential. Refuses with `unsupported_media_type`, `malformed_request` and `validation_failed`.
 */
export async function readShownCredential(request: ExpressRequest): Promise<unknown> {
  const contentType = request.headers['content-type'] ?? '';
  if (!Buffer.isBuffer(request.body))
    throw new Problem('unsupported_media_type', 'Send the form with its file: "Content-Type: multipart/form-data".');
  const form = await parseForm(contentType, request.body);
  const file = form.get('file');
  const pasted = form.get('text');
  const text = file instanceof File && file.size > 0 ? await file.text() : typeof pasted === 'string' ? pasted : '';
  if (text.trim() === '') throw new Problem('validation_failed', 'Choose the credential’s file, or paste its text.');
  return parseJson(text);
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

function parseJson(text: string): unknown {
  if (problemOfShape(Buffer.from(text))) return undefined;
  try {
    return JSON.parse(text.trim().replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
