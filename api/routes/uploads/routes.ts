import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { ProblemCode } from '../../problems.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf, route, type Method, type Route } from '../../route.ts';
import { attemptParams, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { uploadList, uploadParams, UPLOAD_BYTES_MAX } from './schemas.ts';
import { answerOptions, createUploadServer, VERSION } from './tus.ts';

const tag = 'Case study';
const roles = ['candidate'] as const;
const path = '/v1/attempts/:attemptId/uploads';
const resumable = z.literal(VERSION).meta({ description: 'The version of the tus protocol' });
const forResuming = z.object({ 'Tus-Resumable': resumable });
const otherProtocol = {
  412: { description: '`upload_invalid`: Tus-Resumable is missing, or of another version', headers: ['Tus-Version'] },
} as const;

const locked = {
  423: { description: '`unavailable`: another request has it, or it cannot be said at the moment; ask again', headers: ['Retry-After'] },
} as const;

export function uploadRoutes(services: Services): readonly Route[] {
  const { store } = services;
  const serveUpload = createUploadServer(services);

  const create: RequestHandler = async (request, response) => {
    const { attemptId } = paramsOf(attemptParams, request);
    await serveUpload(request, response, { attemptId, subject: subjectOf(response) });
  };
  const resume: RequestHandler = async (request, response) => {
    const { attemptId, uploadId } = paramsOf(uploadParams, request);
    await serveUpload(request, response, { attemptId, uploadId, subject: subjectOf(response) });
  };
  const own = ({ answer, ...documentation }: Own): Route => ({
    ...documentation,
    path: `${path}/:uploadId`,
    tag,
    roles,
    params: uploadParams,
    answers: { ...answer, ...otherProtocol, ...locked },
    refusals: refusalsOf[documentation.method] ?? ['upload_invalid'],
    handlers: [resume],
  });

  return [
    route({
      operationId: 'listUploads',
      method: 'get',
      path,
      tag,
      summary: 'Your uploads, newest first',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'The latest complete one is what is submitted', body: uploadList } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      await store.attempts.read({ attemptId, subject });
      const uploads = await store.uploads.list(attemptId);
      return { status: 200, body: { uploads: uploads.map((upload) => ({ ...upload, completedAt: isoOrNull(upload.completedAt) })) } };
    }),
    {
      operationId: 'createUpload',
      method: 'post',
      path,
      tag,
      summary: 'Announce an upload (tus 1.0, creation)',
      description:
        'Upload-Length, and Upload-Metadata with filename, filetype (application/pdf, text/markdown, application/zip or text/plain) and sha256 of the whole file in hexadecimal. A client that cannot send PATCH, HEAD or DELETE sends POST with X-HTTP-Method-Override. What is not complete after a week is removed, and so is a complete one, an hour after a later one is complete.',
      roles,
      params: attemptParams,
      requestHeaders: forResuming.extend({
        'Upload-Length': z.int().min(1).max(UPLOAD_BYTES_MAX).meta({ description: 'How many bytes the file has' }),
        'Upload-Metadata': z
          .string()
          .meta({ description: 'filename, filetype and sha256, each followed by a blank and its value in Base64, separated by commas' }),
      }),
      answers: {
        201: { description: 'Announced; Location says where its bytes go', headers: ['Location', 'Tus-Resumable'], headersOfSome: ['Upload-Offset'] },
        ...otherProtocol,
      },
      refusals: ['upload_invalid', 'upload_hash_mismatch', 'upload_unreadable', 'upload_infected', 'wrong_phase', 'deadline_passed'],
      handlers: [create],
    },
    {
      operationId: 'getUploadServer',
      method: 'options',
      path,
      tag,
      summary: 'What the upload server can do (tus 1.0)',
      roles: [],
      params: attemptParams,
      answers: { 204: { description: 'In its headers', headers: ['Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size'] } },
      handlers: [answerOptions],
    },
    own({
      operationId: 'getUploadOffset',
      method: 'head',
      summary: 'How much of an upload has arrived (tus 1.0)',
      requestHeaders: forResuming,
      answer: {
        200: { description: 'What has arrived', headers: ['Tus-Resumable', 'Upload-Offset', 'Upload-Length', 'Upload-Metadata'] },
      },
    }),
    own({
      operationId: 'sendUploadBytes',
      method: 'patch',
      summary: 'Send bytes of an upload (tus 1.0)',
      requestHeaders: forResuming.extend({ 'Upload-Offset': z.int().min(0).meta({ description: 'How many bytes have arrived before these' }) }),
      bodyMediaTypes: ['application/offset+octet-stream'],
      answer: {
        204: {
          description: 'Stored. With the last byte its hash and its content are checked, and the upload counts',
          headers: ['Tus-Resumable', 'Upload-Offset'],
        },
      },
    }),
    own({
      operationId: 'deleteUpload',
      method: 'delete',
      summary: 'Give up an incomplete upload (tus 1.0, termination)',
      requestHeaders: forResuming,
      answer: { 204: { description: 'Gone', headers: ['Tus-Resumable'] } },
    }),
  ];
}

type Own = Pick<Route, 'operationId' | 'method' | 'summary' | 'requestHeaders' | 'bodyMediaTypes'> & { readonly answer: Route['answers'] };

/** HEAD completes what a crash left, and finds then what PATCH would have. */
const refusalsOf: Partial<Record<Method, readonly ProblemCode[]>> = {
  patch: ['upload_offset_conflict', 'upload_hash_mismatch', 'upload_unreadable', 'upload_infected', 'upload_invalid', 'deadline_passed'],
  head: ['upload_hash_mismatch', 'upload_unreadable', 'upload_infected', 'upload_invalid', 'deadline_passed'],
};

function subjectOf(response: Parameters<RequestHandler>[1]): string {
  const { actor } = contextOf(response);
  if (!actor) throw new TypeError('a route needs a role');
  return actor.subject;
}
