import { route, type Route } from '../../route.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

/** Who candidates are, for staff who act on a person and not on an attempt. */
export function candidateRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'expectCandidate',
      method: 'post',
      path: '/v1/staff/candidates',
      tag: 'Staff',
      summary: 'Find a candidate by their subject, or expect one who never registered',
      description:
        'What is recorded for somebody who is expected, such as an accommodation, holds from their first attempt on. Check how the subject is written: nobody else can.',
      roles: ['staff'],
      body: schemas.expectation,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: {
        200: { description: 'Known already', body: schemas.knownCandidate },
        201: { description: 'Expected from now on', body: schemas.knownCandidate },
      },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, body: { subject, reason } }) => {
      const { isNew, ...candidate } = await store.candidates.expect({ subject, reason, actor: actor.subject });
      return { status: isNew ? 201 : 200, body: candidate };
    }),
  ];
}
