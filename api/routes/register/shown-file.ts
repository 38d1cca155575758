import express, { type RequestHandler } from 'express';
import { CREDENTIAL_ATTACHMENT, PDF_MEDIA_TYPE } from '../../../publication/documents/document-key.ts';
import type { Inspector } from '../../../platform/files/inspector.ts';
import { problemOfShape } from '../../json-bounds.ts';
import type { Services } from '../../services.ts';
import { Problem } from '../../problems.ts';
import { CERTIFICATE_PDF_BYTES_MAX, CREDENTIAL_BYTES_MAX } from './schemas.ts';

const PDF_SIGNATURE = '%PDF-';
/** The first bytes of a PDF may be something else, by its readers' leave. */
const SIGNATURE_WITHIN_BYTES = 1024;

export function looksLikePdf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, SIGNATURE_WITHIN_BYTES)).includes(PDF_SIGNATURE);
}

/** The same question by a program that has the PDF. Any other body is the next handler's. */
export function verifyPdf({
  verifyCredential,
  credentialInspector,
}: Pick<Services, 'verifyCredential' | 'credentialInspector'>): readonly RequestHandler[] {
  return [
    express.raw({ type: PDF_MEDIA_TYPE, limit: CERTIFICATE_PDF_BYTES_MAX }),
    async (request, response, next) => {
      if (!Buffer.isBuffer(request.body)) return next();
      const credential = looksLikePdf(request.body) ? await credentialIn(request.body, credentialInspector) : undefined;
      response.set('Cache-Control', 'no-store').json(await verifyCredential(credential, { isPdf: true }));
    },
  ];
}

/**
 * The credential in the bytes of a file that somebody shows: itself, or attached to the PDF of a certificate. What is no
 * JSON, and a PDF without such an attachment, is undefined, which no verifier takes for a credential. Refuses with
 * `payload_too_large`; rejects with an InspectorBusy while too many are shown.
 */
export async function credentialIn(bytes: Uint8Array, inspector: Pick<Inspector, 'attachmentOf'>): Promise<unknown> {
  const text = looksLikePdf(bytes) ? await attachedTo(bytes, inspector) : bytes;
  if (text === undefined) return undefined;
  if (text.length > CREDENTIAL_BYTES_MAX) throw new Problem('payload_too_large', 'The credential is too large.');
  return problemOfShape(text) ? undefined : parseJson(Buffer.from(text).toString('utf8'));
}

function attachedTo(pdf: Uint8Array, inspector: Pick<Inspector, 'attachmentOf'>): Promise<Uint8Array | undefined> {
  const file = { sizeBytes: pdf.length, read: async (start: number, end: number) => Uint8Array.from(pdf.subarray(start, end)) };
  return inspector.attachmentOf(file, CREDENTIAL_ATTACHMENT);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.trim().replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
