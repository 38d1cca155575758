import { pipeline } from 'node:stream/promises';
import type { RequestHandler, Response } from 'express';
import { PDF_MEDIA_TYPE } from '../../../publication/documents/document-key.ts';
import { renderFeedbackPage } from '../../../publication/documents/feedback-page.ts';
import { RenderingUnavailable } from '../../../publication/documents/renderer-aside.ts';
import { documentKeyOf, ObjectNotFound } from '../../../platform/storage/object-storage.ts';
import { Problem, RETRY_AFTER_SECONDS } from '../../problems.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf } from '../../route.ts';
import { attemptParams } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { reportParams } from './schemas.ts';

type Needed = Pick<Services, 'store' | 'storage' | 'documents'>;

export function sendCredential({ store }: Pick<Needed, 'store'>): RequestHandler {
  return async (request, response) => {
    const { attemptId } = paramsOf(attemptParams, request);
    await store.attempts.read({ attemptId, subject: subjectOf(response) });
    const { id } = await store.certificates.ofAttempt(attemptId);
    const credential = await store.certificates.credential(id);
    response.set({ 'Content-Type': 'application/vc', 'Content-Disposition': `attachment; filename="certificate-${id}.json"` });
    response.send(JSON.stringify(credential));
  };
}

export function sendCertificate({ store, storage, documents }: Needed): RequestHandler {
  return async (request, response) => {
    const { attemptId } = paramsOf(attemptParams, request);
    await store.attempts.read({ attemptId, subject: subjectOf(response) });
    const certificate = await store.certificates.ofAttempt(attemptId);
    await sendPdf(response, {
      storage,
      id: certificate.id,
      fileName: `certificate-${certificate.id}.pdf`,
      make: () => documents.makeCertificate(certificate),
    });
  };
}

/** HTML by default; the PDF where the request prefers it. */
export function sendReport({ store, storage, documents }: Needed): RequestHandler {
  return async (request, response) => {
    const { attemptId, test } = paramsOf(reportParams, request);
    await store.attempts.read({ attemptId, subject: subjectOf(response) });
    const latest = (await store.decisions.results(attemptId)).findLast((result) => result.test === test);
    if (!latest) throw new Problem('not_found', 'This test has no result yet.');
    const report = await store.decisions.report({ attemptId, test, round: latest.round });
    response.vary('Accept');
    if (request.accepts(['text/html', PDF_MEDIA_TYPE]) === PDF_MEDIA_TYPE) {
      await sendPdf(response, { storage, id: report.decisionId, fileName: `feedback-${test}.pdf`, make: () => documents.makeReport(report) });
      return;
    }
    response.set('Content-Disposition', `inline; filename="feedback-${test}.html"`);
    response.type('html').send(await renderFeedbackPage(report));
  };
}

type Sent = Pick<Needed, 'storage'> & {
  readonly id: string;
  readonly fileName: string;
  /** Called where it was never asked for before. */
  readonly make: () => Promise<void>;
};

async function sendPdf(response: Response, { storage, id, fileName, make }: Sent): Promise<void> {
  const key = documentKeyOf(id);
  const { sizeBytes, body } = await storage.read(key).catch(async (error: unknown) => {
    if (!(error instanceof ObjectNotFound)) throw error;
    await make().catch(refuseBusy('the result itself is there'));
    return storage.read(key);
  });
  response.set({
    'Content-Type': PDF_MEDIA_TYPE,
    'Content-Length': String(sizeBytes),
    'Content-Disposition': `inline; filename="${fileName}"`,
    'X-Content-Type-Options': 'nosniff',
  });
  await pipeline(body, response).catch((error: unknown) => {
    // The candidate went away: nobody is left to be told.
    if (!response.destroyed) throw error;
  });
}

/** For a `catch`: too many others are being rendered. It says what there is meanwhile. */
export function refuseBusy(meanwhile: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof RenderingUnavailable)) throw error;
    throw new Problem('unavailable', `The document cannot be made just now. Try again in some seconds; ${meanwhile}.`, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  };
}

export function subjectOf(response: Response): string {
  const { actor } = contextOf(response);
  if (!actor) throw new TypeError('a route with roles is for somebody');
  return actor.subject;
}
