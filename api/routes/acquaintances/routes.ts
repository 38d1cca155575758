import type { z } from 'zod';
import type { Acquaintance } from '../../../store/acquaintances.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { iso, pageOf } from '../../schemas.ts';
import { personOf } from '../../person.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Staff';
const acting = ['staff'] as const;
const acquaintances = '/v1/staff/acquaintances';

/** Whom those of staff know: they decide nothing about them (docs/decisions/0023). */
export function acquaintanceRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listAcquaintances',
      method: 'get',
      path: acquaintances,
      tag,
      summary: 'Whom those of staff said that they know',
      roles: STAFF_READERS,
      query: schemas.acquaintanceQuery,
      answers: { 200: { description: 'One page of those that stand, newest first', body: schemas.acquaintanceList } },
    }).handledBy(async ({ query: { limit, after, by } }) => {
      const { rows, next } = pageOf(await store.acquaintances.list({ subject: by, after, limit: limit + 1 }), limit, ({ id }) => id);
      return { status: 200, body: { acquaintances: rows.map(viewOf), next } };
    }),
    route({
      operationId: 'declareAcquaintance',
      method: 'post',
      path: acquaintances,
      tag,
      summary: 'Say that you know a candidate, or all who work somewhere: from then on you decide nothing about them',
      roles: acting,
      body: schemas.newAcquaintance,
      answers: { 201: { description: 'It stands', body: schemas.acquaintance } },
    }).handledBy(async ({ actor: { subject }, body }) => ({ status: 201, body: viewOf(await store.acquaintances.declare({ ...body, subject })) })),
    route({
      operationId: 'endAcquaintance',
      method: 'post',
      path: `${acquaintances}/:acquaintanceId/ending`,
      tag,
      summary: 'Let hold no more what somebody else said of themselves',
      roles: acting,
      params: schemas.acquaintanceParams,
      body: schemas.acquaintanceEnding,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Ended, or ended before' } },
      refusals: ['second_person_needed', 'insufficient_user_authentication', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { acquaintanceId }, body: { reason } }) => {
      await store.acquaintances.end({ acquaintanceId, person: personOf(actor), reason });
      return { status: 204 };
    }),
  ];
}

function viewOf({ declaredAt, ...acquaintance }: Acquaintance): z.output<typeof schemas.acquaintance> {
  return { ...acquaintance, declaredAt: iso(declaredAt) };
}
