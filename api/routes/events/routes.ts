import { Refusal } from '../../../domain/refusal.ts';
import { createWebhookSecret } from '../../../platform/webhooks/webhook-secret.ts';
import { webhookUrlProblem } from '../../../platform/webhooks/webhook-url.ts';
import { STAFF_READERS } from '../../actor.ts';
import { validationFailed } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Staff';
const acting = ['staff'] as const;
const sinks = '/v1/staff/event-sinks';

/** Who is told of what happens, what they have yet to take, and the webhooks that staff add. */
export function eventRoutes(services: Services): readonly Route[] {
  return [...sinkRoutes(services), ...webhookRoutes(services)];
}

function sinkRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listSinks',
      method: 'get',
      path: sinks,
      tag,
      summary: 'Everybody who takes events, and what they have yet to take',
      roles: STAFF_READERS,
      answers: { 200: { description: 'All of them', body: schemas.sinkList } },
    }).handledBy(async () => {
      const [known, backlogs] = await Promise.all([store.events.sinks(), store.events.backlog()]);
      return {
        status: 200,
        body: {
          sinks: known.map(({ name, kind, url, types, problem }) => {
            const { pending = 0, oldestAgeSeconds = 0, aside = 0 } = backlogs.find((backlog) => backlog.sink === name) ?? {};
            return { name, kind, url, types: [...types], pending, oldestAgeSeconds, aside, problem };
          }),
        },
      };
    }),
    route({
      operationId: 'listSetAsideEvents',
      method: 'get',
      path: '/v1/staff/events/aside',
      tag,
      summary: 'Events that were set aside, oldest first',
      roles: STAFF_READERS,
      answers: { 200: { description: 'At most 500', body: schemas.asideList } },
    }).handledBy(async () => {
      const events = await store.events.aside();
      return { status: 200, body: { events: events.map((event) => ({ ...event, time: iso(event.time) })) } };
    }),
    route({
      operationId: 'retryEvent',
      method: 'post',
      path: `${sinks}/:sink/aside/:eventId/retry`,
      tag,
      summary: 'Try an event again that was set aside; later ones of its attempt may have gone before it',
      roles: acting,
      params: schemas.asideParams,
      answers: { 204: { description: 'It will be tried' } },
    }).handledBy(async ({ params }) => {
      if (!(await store.events.retryAside(params))) throw new Refusal('not_found', 'There is no such event set aside.');
      return { status: 204 };
    }),
    route({
      operationId: 'replayEvents',
      method: 'post',
      path: `${sinks}/:sink/replay`,
      tag,
      summary: 'Give a sink all events since an instant once more, with their ids',
      roles: acting,
      params: schemas.sinkParams,
      body: schemas.replay,
      answers: { 200: { description: 'So many', body: schemas.replayed } },
    }).handledBy(async ({ params: { sink }, body: { since } }) => {
      if (!(await store.events.sinks()).some(({ name }) => name === sink)) throw sinkNotFound();
      return { status: 200, body: { events: await store.events.replay(sink, new Date(since)) } };
    }),
  ];
}

function webhookRoutes({ store, config }: Services): readonly Route[] {
  return [
    route({
      operationId: 'createWebhook',
      method: 'post',
      path: '/v1/staff/webhooks',
      tag,
      summary: 'Tell somebody by webhook of everything that happens from now on',
      description:
        'Signed by Standard Webhooks. While they are away everything waits, in order. What they answer with an error is tried again for about half a day, and then set aside.',
      roles: acting,
      body: schemas.webhook,
      answers: { 201: { description: 'Added', body: schemas.webhookSecret } },
      refusals: ['name_taken'],
    }).handledBy(async ({ actor, body: { name, url, types } }) => {
      const problem = webhookUrlProblem(url, { allowPrivateAddresses: config.WEBHOOKS_TO_PRIVATE_ADDRESSES });
      if (problem !== undefined) throw validationFailed([{ path: 'url', message: problem }]);
      const secret = createWebhookSecret();
      const added = await store.events.addSink({ name, kind: 'webhook', url, types, secrets: [secret], createdBy: actor.subject });
      if (!added) throw new Refusal('name_taken', `There is a sink of the name ${name} already. Take another name.`);
      return { status: 201, body: { name, secret } };
    }),
    route({
      operationId: 'rotateWebhookSecret',
      method: 'post',
      path: '/v1/staff/webhooks/:sink/secret',
      tag,
      summary: 'A new secret; the two before it go on signing, so that a lost answer locks nobody out',
      roles: acting,
      params: schemas.sinkParams,
      answers: { 201: { description: 'The new one', body: schemas.webhookSecret } },
    }).handledBy(async ({ params: { sink: name } }) => {
      const secret = createWebhookSecret();
      if (!(await store.events.addSecret(name, secret))) throw sinkNotFound();
      return { status: 201, body: { name, secret } };
    }),
    route({
      operationId: 'deleteWebhook',
      method: 'delete',
      path: '/v1/staff/webhooks/:sink',
      tag,
      summary: 'Tell them no more; what they have not taken is forgotten',
      roles: acting,
      params: schemas.sinkParams,
      answers: { 204: { description: 'Removed' } },
    }).handledBy(async ({ params: { sink } }) => {
      if (!(await store.events.removeWebhook(sink))) throw sinkNotFound();
      return { status: 204 };
    }),
  ];
}

function sinkNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such sink.');
}
