import type { z } from 'zod';
import { Refusal } from '../../../domain/refusal.ts';
import type { ProposedAct } from '../../../store/proposed-acts.ts';
import { STAFF_READERS } from '../../actor.ts';
import { Problem } from '../../problems.ts';
import { route, type EffectPart, type Route } from '../../route.ts';
import { pageOf } from '../../schemas.ts';
import { personOf } from '../../person.ts';
import type { Services } from '../../services.ts';
import { isForTwo, performAct } from '../../two-persons.ts';
import * as schemas from './schemas.ts';
import { viewOf } from './view.ts';

const tag = 'Staff';
const acting = ['staff'] as const;
const acts = '/v1/staff/proposed-acts';
/** What any act that is confirmed may be refused for, beside what the one at hand may. */
const SETTLING = ['act_settled', 'second_person_needed', 'insufficient_user_authentication', 'idempotency_key_reused'] as const;

/** Acts that take two persons (docs/decisions/0023); `others` are all other operations, among them those that acts are done by. */
export function proposedActRoutes(services: Services, others: readonly Route[]): readonly Route[] {
  const { store } = services;
  const forTwo = new Map(others.filter(isForTwo).map((one) => [one.operationId, one]));
  const refusalsOfAll = [...new Set([...forTwo.values()].flatMap(({ refusals = [] }) => refusals))];
  const perform = (act: ProposedAct, requestId: string) => performAct(services, { act, route: routeOf(forTwo, act), requestId });

  return [
    route({
      operationId: 'listProposedActs',
      method: 'get',
      path: acts,
      tag,
      summary: 'Acts that wait for a second person, that one person did alone, or that are settled',
      roles: STAFF_READERS,
      query: schemas.actQuery,
      answers: { 200: { description: 'One page, newest first', body: schemas.proposedActList } },
    }).handledBy(async ({ query: { limit, ...query } }) => {
      const { rows, next } = pageOf(await store.proposedActs.list({ ...query, limit: limit + 1 }), limit, ({ id }) => id);
      return { status: 200, body: { acts: rows.map(viewOf), next } };
    }),
    route({
      operationId: 'getProposedAct',
      method: 'get',
      path: `${acts}/:actId`,
      tag,
      summary: 'An act with what it would change as of now',
      roles: STAFF_READERS,
      params: schemas.actParams,
      answers: { 200: { description: 'The act', body: schemas.proposedActDetails } },
    }).handledBy(async ({ params: { actId } }) => {
      const act = await store.proposedActs.read(actId);
      return { status: 200, body: { ...viewOf(act), ...(await effectOf(forTwo, act)) } };
    }),
    route({
      operationId: 'confirmProposedAct',
      method: 'post',
      path: `${acts}/:actId/confirmation`,
      tag,
      summary: 'Do what somebody else proposed, exactly as it was proposed',
      description:
        'Not for whoever proposed it, under any account, nor for whom it is about or who knows them. Once confirmed it does not expire: where something is away (503), the same again brings it to its end.',
      roles: acting,
      params: schemas.actParams,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Done', body: schemas.proposedAct } },
      refusals: [...new Set([...SETTLING, ...refusalsOfAll])],
    }).handledBy(async ({ actor, params: { actId }, requestId }) => {
      const act = await store.proposedActs.confirm({ actId, person: personOf(actor) });
      return { status: 200, body: viewOf(await perform(act, requestId)) };
    }),
    route({
      operationId: 'refuseProposedAct',
      method: 'post',
      path: `${acts}/:actId/refusal`,
      tag,
      summary: 'Let what somebody else proposed not be done',
      roles: acting,
      params: schemas.actParams,
      body: schemas.reasoned,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Refused', body: schemas.proposedAct } },
      refusals: SETTLING,
    }).handledBy(async ({ actor, params: { actId }, body: { reason } }) => ({
      status: 200,
      body: viewOf(await store.proposedActs.refuse({ actId, reason, person: personOf(actor) })),
    })),
    route({
      operationId: 'withdrawProposedAct',
      method: 'post',
      path: `${acts}/:actId/withdrawal`,
      tag,
      summary: 'Take back what you proposed',
      roles: acting,
      params: schemas.actParams,
      body: schemas.reasoned,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Withdrawn', body: schemas.proposedAct } },
      refusals: ['act_settled', 'second_person_needed', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { actId }, body: { reason } }) => ({
      status: 200,
      body: viewOf(await store.proposedActs.withdraw({ actId, reason, person: personOf(actor) })),
    })),
    route({
      operationId: 'breakGlass',
      method: 'post',
      path: `${acts}/:actId/break-glass`,
      tag,
      summary: 'Do alone and at once what takes two persons',
      description:
        'For when waiting would do more harm. All of staff are told, an alert fires, and it stays in the console until somebody else has reviewed it.',
      roles: acting,
      params: schemas.actParams,
      body: schemas.reasoned,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Done', body: schemas.proposedAct } },
      refusals: [...new Set([...SETTLING, ...refusalsOfAll])],
    }).handledBy(async ({ actor, params: { actId }, body: { reason }, requestId }) => {
      const act = await store.proposedActs.breakGlass({ actId, reason, person: personOf(actor) });
      return { status: 200, body: viewOf(await perform(act, requestId)) };
    }),
    route({
      operationId: 'reviewBrokenGlass',
      method: 'post',
      path: `${acts}/:actId/review`,
      tag,
      summary: 'Say what you found about what one person did alone',
      description: 'By somebody who had no part in it. It undoes nothing.',
      roles: acting,
      params: schemas.actParams,
      body: schemas.review,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Reviewed', body: schemas.proposedAct } },
      refusals: SETTLING,
    }).handledBy(async ({ actor, params: { actId }, body: { review } }) => ({
      status: 200,
      body: viewOf(await store.proposedActs.review({ actId, review, person: personOf(actor) })),
    })),
  ];
}

function routeOf(forTwo: ReadonlyMap<string, Route>, { operation }: ProposedAct): Route {
  const found = forTwo.get(operation);
  if (!found) throw new TypeError(`${operation} is no act of two persons`);
  return found;
}

type Effect = Pick<z.output<typeof schemas.proposedActDetails>, 'effect' | 'obstacle'>;

/** As of now: what it meets may be another than when it was proposed. */
async function effectOf(forTwo: ReadonlyMap<string, Route>, act: ProposedAct): Promise<Effect> {
  if (act.state !== 'open' && act.state !== 'confirmed') return { effect: null, obstacle: null };
  const { preview } = routeOf(forTwo, act);
  try {
    const effect: readonly EffectPart[] | undefined = await preview?.({ params: act.params, body: act.body ?? undefined });
    return { effect: effect ? [...effect] : null, obstacle: null };
  } catch (error) {
    if (error instanceof Refusal || error instanceof Problem) return { effect: null, obstacle: error.code };
    throw error;
  }
}
