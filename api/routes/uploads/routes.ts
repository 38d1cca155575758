import type { RequestHandler } from 'express';
import type { ProblemCode } from '../../problems.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf, route, type Method, type Route } from '../../route.ts';
import { attemptParams, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { uploadList, uploadParams } from './schemas.ts';
import { answerOptions, createUploadServer } from './tus.ts';

const tag = 'Case study';
const roles = ['candidate'] as const;
const path = '/v1/attempts/:attemptId/uploads';
const otherProtocol = { 412: { description: '`upload_invalid`: Tus-Resumable is missing, or of another version' } };

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
  const own = (method: Method, summary: string, status: number, description: string): Route => ({
    method,
    path: `${path}/:uploadId`,
    tag,
    summary,
    roles,
    params: uploadParams,
    answers: { [status]: { description }, ...otherProtocol },
    refusals: refusalsOf[method] ?? ['upload_invalid'],
    handlers: [resume],
  });

  return [
    route({
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
      method: 'post',
      path,
      tag,
      summary: 'Announce an upload (tus 1.0, creation)',
      description:
        'Upload-Length, and Upload-Metadata with filename, filetype (application/pdf, text/markdown, application/zip or text/plain) and sha256 of the whole file in hexadecimal. A client that cannot send PATCH, HEAD or DELETE sends POST with X-HTTP-Method-Override. What is not complete after a week is removed, and so is a complete one, an hour after a later one is complete.',
      roles,
      params: attemptParams,
      answers: { 201: { description: 'Announced; Location says where its bytes go' }, ...otherProtocol },
      refusals: ['upload_invalid', 'upload_hash_mismatch', 'upload_unreadable', 'upload_infected', 'wrong_phase', 'deadline_passed'],
      handlers: [create],
    },
    {
      method: 'options',
      path,
      tag,
      summary: 'What the upload server can do (tus 1.0)',
      roles: [],
      params: attemptParams,
      answers: { 204: { description: 'In its headers' } },
      handlers: [answerOptions],
    },
    own('head', 'How much of an upload has arrived (tus 1.0)', 200, 'Upload-Offset and Upload-Length'),
    own('patch', 'Send bytes of an upload (tus 1.0)', 204, 'Stored. With the last byte its hash and its content are checked, and the upload counts'),
    own('delete', 'Give up an incomplete upload (tus 1.0, termination)', 204, 'Gone'),
  ];
}

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
