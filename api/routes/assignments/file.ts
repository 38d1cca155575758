import type { Request, RequestHandler } from 'express';
import type { SubmissionUnderGrading } from '../../../store/assignments/under-grading.ts';
import type { Actor } from '../../actor.ts';
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

export const SOLUTION = {
  description: 'The file, named solution.<extension>',
  headers: ['Content-Disposition'],
  mediaTypes: ['application/pdf', 'text/markdown', 'application/zip', 'text/plain'],
} as const;

/** Of an assignment, to whoever holds it. */
export function sendSolution({ store, storage }: Pick<Services, 'store' | 'storage'>): RequestHandler {
  return sendFileOf({ storage }, async (request, actor) => {
    const { assignmentId } = paramsOf(assignmentParams, request);
    return (await store.assignments.read({ assignmentId, grader: actor.subject })).submission;
  });
}

type Handed = Pick<SubmissionUnderGrading, 'uploadId' | 'isHeld' | 'mediaType'>;

/** Streams a case study under a neutral name, for saving only: what a candidate wrote must never run in a grader's browser. */
export function sendFileOf({ storage }: Pick<Services, 'storage'>, find: (request: Request, actor: Actor) => Promise<Handed>): RequestHandler {
  return async (request, response) => {
    const { actor } = contextOf(response);
    if (!actor) throw new TypeError('a route needs a role');
    const { uploadId, ...submission } = await find(request, actor);
    if (submission.isHeld) throw new Problem('not_found', 'The file is held back: it is not scanned for malware yet, or is infected.');
    if (uploadId === null) throw new Problem('not_found', 'There is no file with this work.');
    const file = await storage.read(uploadId);
    const mediaType = MEDIA_TYPES.find((candidate) => candidate === submission.mediaType);
    response.set({
      'Content-Type': mediaType ?? 'application/octet-stream',
      'Content-Disposition': `attachment; filename="solution.${mediaType ? EXTENSIONS[mediaType] : 'bin'}"`,
    });
    await streamForSaving(response, file);
  };
}
