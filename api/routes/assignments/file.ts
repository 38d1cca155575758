import type { RequestHandler } from 'express';
import { streamForSaving } from '../../file-for-saving.ts';
import { Problem } from '../../problems.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf } from '../../route.ts';
import { assignmentParams } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { MEDIA_TYPES, type MediaType } from '../uploads/schemas.ts';

const EXTENSIONS: Readonly<Record<MediaType, string>> = {
  'application/pdf': 'pdf',
  'text/markdown': 'md',
  'application/zip': 'zip',
  'text/plain': 'txt',
};

/** Streams the solution under a neutral name, for saving only: what a candidate wrote must never run in a grader's browser. */
export function sendSolution({ store, storage }: Pick<Services, 'store' | 'storage'>): RequestHandler {
  return async (request, response) => {
    const { actor } = contextOf(response);
    if (!actor) throw new TypeError('a route needs a role');
    const { assignmentId } = paramsOf(assignmentParams, request);
    const { submission } = await store.assignments.read({ assignmentId, grader: actor.subject });
    const { uploadId } = submission;
    if (submission.isHeld) throw new Problem('not_found', 'The file is held back: it is not scanned for malware yet, or is infected.');
    if (uploadId === null) throw new Problem('not_found', 'This assignment has no file.');
    const file = await storage.read(uploadId);
    const mediaType = MEDIA_TYPES.find((candidate) => candidate === submission.mediaType);
    response.set({
      'Content-Type': mediaType ?? 'application/octet-stream',
      'Content-Disposition': `attachment; filename="solution.${mediaType ? EXTENSIONS[mediaType] : 'bin'}"`,
    });
    await streamForSaving(response, file);
  };
}
