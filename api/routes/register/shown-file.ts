import { isUtf8 } from 'node:buffer';
import express, { type RequestHandler } from 'express';
import { CREDENTIAL_ATTACHMENT, PDF_MEDIA_TYPE } from '../../../publication/documents/document-key.ts';
import type { FileAtHand } from '../../../platform/files/blocks.ts';
import type { FileFault } from '../../../platform/files/fault.ts';
import type { Inspector } from '../../../platform/files/inspector.ts';
import { nameOfType } from '../../../platform/files/signature.ts';
import type { Shown } from '../../../publication/credentials/presentation.ts';
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
      const shown = await shownIn(request.body, credentialInspector);
      response.set('Cache-Control', 'no-store').json(await verifyCredential(shown));
    },
  ];
}

/** Certificates that we gave out as PDF before had none; that says nothing against them. */
const WITHOUT_CREDENTIAL =
  'This PDF has no credential inside, as those of older certificates have none, so it cannot be checked. Look the certificate up by its id and the name on it.';
const SEVERAL_CREDENTIALS =
  'This PDF has several credentials inside, and says of none that it is the one that is printed: no certificate was given out so. Do not rely on it, and look the certificate up by its id and the name on it.';
const WHAT_TO_SHOW = 'Show the PDF of the certificate as you were given it, or its credential, a JSON file.';

const FAULTY_PDF: Readonly<Record<FileFault['fault'], string>> = {
  encrypted:
    'This PDF is protected by a password, so what is inside cannot be checked. Save it without one, or look the certificate up by its id and the name on it.',
  cut_off: `This PDF ends too early: a part of it is missing. ${WHAT_TO_SHOW}`,
  damaged: `This PDF is damaged, and does not open. ${WHAT_TO_SHOW}`,
  too_much: `This PDF takes too long or too much memory to open. ${WHAT_TO_SHOW}`,
  other_type: `This is no PDF that can be read. ${WHAT_TO_SHOW}`,
  unsafe: `This PDF is not safe to open. ${WHAT_TO_SHOW}`,
  blank: `This PDF is empty. ${WHAT_TO_SHOW}`,
};

/**
 * The credential in the bytes of a file that somebody shows: itself, or attached to the PDF of a certificate; or why there is
 * none to look at, by what the file is. Refuses with `payload_too_large`; rejects with an InspectorBusy while too many are shown.
 */
export async function shownIn(bytes: Uint8Array, inspector: Pick<Inspector, 'attachmentOf'>): Promise<Shown> {
  if (looksLikePdf(bytes)) {
    const { fault, attachment, several } = await inspector.attachmentOf(atHand(bytes), CREDENTIAL_ATTACHMENT);
    if (fault) return { reason: FAULTY_PDF[fault.fault] };
    if (several) return { reason: SEVERAL_CREDENTIALS };
    return attachment ? shownText(attachment) : { reason: WITHOUT_CREDENTIAL };
  }
  const name = await nameOfType(atHand(bytes));
  return name === undefined ? shownText(bytes) : { reason: `This is ${name}, in which no credential is looked for. ${WHAT_TO_SHOW}` };
}

function shownText(bytes: Uint8Array): Shown {
  if (bytes.length > CREDENTIAL_BYTES_MAX) throw new Problem('payload_too_large', 'The credential is too large.');
  const text = isUtf8(bytes)
    ? Buffer.from(bytes)
        .toString('utf8')
        .trim()
        .replace(/^\uFEFF/, '')
    : undefined;
  if (text === undefined) return { reason: `This is neither a PDF nor text. ${WHAT_TO_SHOW}` };
  if (problemOfShape(bytes)) return { reason: `This is nested too deeply, or has too many parts, to be a credential. ${WHAT_TO_SHOW}` };
  try {
    return { credential: JSON.parse(text) as unknown };
  } catch {
    return { reason: `This is neither a PDF nor JSON, as a credential is. ${WHAT_TO_SHOW}` };
  }
}

function atHand(bytes: Uint8Array): FileAtHand {
  return { sizeBytes: bytes.length, read: async (start, end) => Uint8Array.from(bytes.subarray(start, end)) };
}
