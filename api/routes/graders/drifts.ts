import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { DriftRecord } from '../../../store/graders/drift.ts';
import { STAFF_READERS } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { route, type Route } from '../../route.ts';
import { iso, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

/** Graders whose marks move away from the panel's, and what staff found. */
export function driftRoutes({ store }: Services): readonly Route[] {
  const tag = 'Staff';
  return [
    route({
      operationId: 'listDrifts',
      method: 'get',
      path: '/v1/staff/drifts',
      tag,
      summary: 'Graders whose marks drift, the newest first: found by a rule, and open until staff settle it',
      roles: STAFF_READERS,
      query: schemas.driftQuery,
      answers: { 200: { description: 'One page', body: schemas.driftList } },
    }).handledBy(async ({ query: { grader, isOpen, after, limit } }) => {
      const found = await store.graders.listDrifts({ grader, isOpen: isOpen === undefined ? undefined : true, after, limit: limit + 1 });
      const { rows, next } = pageOf(found, limit, ({ id }) => id);
      return { status: 200, body: { drifts: rows.map(viewOf), next } };
    }),
    route({
      operationId: 'settleDrift',
      method: 'post',
      path: '/v1/staff/graders/:subject/drifts/:driftId/settlement',
      tag,
      summary: 'Say what came of a drift; what this grader marks is marked twice no longer on its account',
      description: 'What is decided from then on counts for another one. One that was settled before stays as it was.',
      roles: ['staff'],
      params: schemas.driftParams,
      body: schemas.settlement,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'As it is settled', body: schemas.drift } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { subject, driftId }, body: { reason }, idempotency }) => {
      const act = { actor: actor.subject, reason, actionKey: `settle-drift:${driftId}:${nameOfKey(idempotency) ?? randomUUID()}` };
      return { status: 200, body: viewOf(await store.graders.settleDrift({ grader: subject, driftId, act })) };
    }),
  ];
}

function viewOf({ foundAt, settlement, ...drift }: DriftRecord): z.output<typeof schemas.drift> {
  return { ...drift, foundAt: iso(foundAt), settlement: settlement && { ...settlement, settledAt: iso(settlement.settledAt) } };
}
