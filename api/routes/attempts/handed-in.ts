import type { RequestHandler } from 'express';
import type { z } from 'zod';
import { TEST_NAMES } from '../../../domain/exam.ts';
import type { HandedIn } from '../../../store/sittings/handed-in.ts';
import { FOR_SAVING_ONLY, sendForSaving } from '../../file-for-saving.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { submissionParams, type handedIn } from './schemas.ts';

export function viewOfHandedIn({ submissionId, test, round, contentHash, submittedAt, answers, file }: HandedIn): z.output<typeof handedIn> {
  return {
    submissionId,
    test,
    round,
    contentHash,
    submittedAt: iso(submittedAt),
    answers: answers.map(({ itemId, prompt, response, text }) => ({
      itemId,
      prompt,
      response: response === null || typeof response === 'string' ? response : [...response],
      text,
    })),
    file: file && { name: file.name, mediaType: file.mediaType, sizeBytes: file.sizeBytes },
  };
}

/** For saving only: what was written must not run in anybody's browser. */
export function sendHandedIn({ store, storage }: Pick<Services, 'store' | 'storage'>): RequestHandler {
  return async (request, response) => {
    const { actor } = contextOf(response);
    if (!actor) throw new TypeError('a route needs a role');
    const own = await store.sittings.handedIn({ ...paramsOf(submissionParams, request), subject: actor.subject });
    if (own.file) await sendForSaving(response, storage, own.file);
    else response.set(FOR_SAVING_ONLY).attachment(`${own.test}-${own.round}.txt`).type('text/plain').send(readable(own));
  };
}

function readable({ examTitle, test, submittedAt, contentHash, answers }: HandedIn): string {
  const head = [examTitle, `${TEST_NAMES[test]}, handed in ${iso(submittedAt)}`, contentHash].join('\n');
  return [head, ...answers.map(({ prompt, text }, place) => `${place + 1}. ${prompt}\n\n${text === '' ? '–' : text}`)].join('\n\n\n').concat('\n');
}
