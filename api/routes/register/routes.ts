import { z } from 'zod';
import { PDF_MEDIA_TYPE } from '../../../publication/documents/document-key.ts';
import { Problem } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { publicCaching } from './caching.ts';
import { certificateParams, CREDENTIAL_BYTES_MAX, registeredCertificate, search, shownCredential, verificationResult } from './schemas.ts';
import { verifyPdf } from './shown-file.ts';
import { viewOf } from './view.ts';

const tag = 'Register';
/** Everybody, without a token. */
const roles = [] as const;
const found = { 200: { description: 'The certificate', body: registeredCertificate } };

/** The public register for programs. Absent and not matching get the same answer. */
export function registerRoutes(services: Services): readonly Route[] {
  const { lookUp, verifyCredential } = services;
  const verification = route({
    operationId: 'verifyCredential',
    method: 'post',
    path: '/v1/register/verification',
    tag,
    summary: 'Verify a credential',
    description:
      'Its form, its signature, who issued it, and whether it is suspended or revoked. As application/pdf the PDF of a certificate is taken too, up to 2 MiB: the credential attached to it is verified, and what is printed is not.',
    roles,
    body: shownCredential,
    bodyMediaTypes: [PDF_MEDIA_TYPE],
    bodyBytesMax: CREDENTIAL_BYTES_MAX,
    answers: { 200: { description: 'What became of it; a refused one is an answer too', body: verificationResult } },
  }).handledBy(async ({ body }) => ({ status: 200, body: await verifyCredential({ credential: body }), headers: NOT_KEPT }));
  return [
    route({
      operationId: 'getRegisteredCertificate',
      method: 'get',
      path: '/v1/register/certificates/:certificateId',
      tag,
      summary: 'A certificate by its id',
      description: 'May be kept for 15 s; ask again with If-None-Match. A revocation is seen within a minute.',
      roles,
      params: certificateParams,
      requestHeaders: z.object({ 'If-None-Match': z.string().optional().meta({ description: 'The ETag of what you have' }) }),
      answers: {
        200: { ...found[200], headers: ['ETag'] },
        304: { description: 'What you have is still right', headers: ['ETag'] },
      },
    }).handledBy(async ({ params: { certificateId } }) => {
      const entry = await lookUp.find(certificateId);
      if (!entry) throw noSuchCertificate();
      const body = viewOf(entry);
      return { status: 200, body, headers: publicCaching(JSON.stringify(body)) };
    }),
    route({
      operationId: 'searchRegister',
      method: 'post',
      path: '/v1/register/search',
      tag,
      summary: 'A certificate by its id or its old number, and the name on it',
      description: 'A POST, so that no name gets into an address.',
      roles,
      body: search,
      answers: found,
      refusals: ['not_found'],
    }).handledBy(async ({ body }) => {
      const entry = await lookUp.search(body);
      if (!entry) throw noSuchCertificate();
      return { status: 200, body: viewOf(entry), headers: NOT_KEPT };
    }),
    { ...verification, handlers: [...verifyPdf(services), ...verification.handlers] },
  ];
}

const NOT_KEPT = { 'Cache-Control': 'no-store' };

function noSuchCertificate(): Problem {
  return new Problem('not_found', 'The register has no such certificate, or it is not of this name.');
}
