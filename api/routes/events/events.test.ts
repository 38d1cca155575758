import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isWebhookSecret } from '../../../platform/webhooks/webhook-secret.ts';
import { refusalOf, refused, registeredAttempt, startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';

let api: TestApi;
let staff: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  staff = api.as('sam', 'staff');
});
afterAll(() => api.close());

const url = 'https://board.example/hooks';
let number = 0;

/** A webhook of a name of its own. */
async function webhook(settings: object = {}): Promise<{ name: string; secret: string }> {
  number += 1;
  const { status, body } = await staff('POST', '/v1/staff/webhooks', { name: `board-${number}`, url, ...settings });
  expect(status).toBe(201);
  return body;
}

async function sink(name: string) {
  const { body } = await staff('GET', '/v1/staff/event-sinks');
  return body.sinks.find((found: { name: string }) => found.name === name);
}

async function secretsOf(name: string): Promise<readonly string[]> {
  return (await api.services.store.events.webhooks()).find((found) => found.name === name)?.secrets ?? [];
}

/** Registers an attempt and hands its event to all sinks. */
async function somethingHappened(): Promise<{ attemptId: string }> {
  const attemptId = await registeredAttempt(api.as(randomUUID(), 'candidate'));
  while ((await api.services.store.events.fanOut()) > 0);
  return { attemptId };
}

describe('a webhook that staff add', () => {
  it('gets everything from now on; its secret is shown this once', async () => {
    const { name, secret } = await webhook();
    expect(isWebhookSecret(secret)).toBe(true);
    expect(await secretsOf(name)).toEqual([secret]);
    expect(await sink(name)).toEqual({ name, kind: 'webhook', url, types: [], pending: 0, oldestAgeSeconds: 0, aside: 0, problem: null });
    expect(JSON.stringify((await staff('GET', '/v1/staff/event-sinks')).body)).not.toContain('whsec_');
    await somethingHappened();
    expect(await sink(name)).toMatchObject({ pending: 1, oldestAgeSeconds: expect.any(Number) });
  });

  it('gets the types alone that it asks for', async () => {
    const { name } = await webhook({ types: ['certificate.revoked'] });
    await somethingHappened();
    expect(await sink(name)).toMatchObject({ types: ['certificate.revoked'], pending: 0 });
  });

  it('is refused under a name that is taken, by a webhook or another sink, which stays as it is', async () => {
    const { name, secret } = await webhook();
    const broker = `broker-${randomUUID()}`;
    await api.services.store.events.addSink({ name: broker, kind: 'broker', createdBy: 'configuration' });
    for (const taken of [name, broker]) {
      const again = await staff('POST', '/v1/staff/webhooks', { name: taken, url: 'https://other.example/' });
      expect(refusalOf(again)).toEqual(refused(409, 'name_taken'));
    }
    expect(await secretsOf(name)).toEqual([secret]);
    expect(await sink(name)).toMatchObject({ url });
    expect(await sink(broker)).toMatchObject({ kind: 'broker', url: null });
  });

  it.each([
    'http://board.example/hooks',
    'https://127.0.0.1/hooks',
    'https://0x7f.1/hooks',
    'https://[::1]/hooks',
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data',
    'https://user:password@board.example/',
    'ftp://board.example/',
    'board.example',
  ])('is refused at %s', async (wrong) => {
    const answer = await staff('POST', '/v1/staff/webhooks', { name: 'wrong-url', url: wrong });
    expect({ ...refusalOf(answer), fields: answer.body.fields }).toEqual({
      ...refused(422, 'validation_failed'),
      fields: [{ path: 'url', message: expect.any(String) }],
    });
    expect(await sink('wrong-url')).toBeUndefined();
  });

  it.each([
    [{ name: 'Board of Directors' }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(64) }, 'name'],
    [{ types: ['certificate.eaten'] }, 'types[0]'],
    [{ secret: 'whsec_mine' }, 'secret'],
  ])('is refused with %j', async (wrong, field) => {
    const answer = await staff('POST', '/v1/staff/webhooks', { name: 'wrong', url, ...wrong });
    expect({ ...refusalOf(answer), field: answer.body.fields[0].path }).toEqual({ ...refused(422, 'validation_failed'), field });
  });

  it('gets a new secret, and the two before it go on signing, in case an answer was lost; older ones do not', async () => {
    const { name, secret: first } = await webhook();
    const rotate = async () => (await staff('POST', `/v1/staff/webhooks/${name}/secret`)).body.secret;
    const second = await rotate();
    expect(await secretsOf(name)).toEqual([second, first]);
    const third = await rotate();
    expect(await secretsOf(name)).toEqual([third, second, first]);
    const fourth = await rotate();
    expect(await secretsOf(name)).toEqual([fourth, third, second]);
    expect(new Set([first, second, third, fourth]).size).toBe(4);
    expect(isWebhookSecret(third)).toBe(true);
  });

  it('is told no more once it is removed, and what it had not taken is forgotten', async () => {
    const { name } = await webhook();
    await somethingHappened();
    expect((await staff('DELETE', `/v1/staff/webhooks/${name}`)).status).toBe(204);
    expect(await sink(name)).toBeUndefined();
    expect(await api.services.store.events.take(name, 10)).toEqual([]);
    expect(refusalOf(await staff('DELETE', `/v1/staff/webhooks/${name}`))).toEqual(refused(404, 'not_found'));
  });

  it('is none where it was configured: brokers are neither removed nor given secrets here', async () => {
    const name = `broker-${randomUUID()}`;
    await api.services.store.events.addSink({ name, kind: 'broker', createdBy: 'configuration' });
    for (const absent of [name, 'nobody']) {
      expect(refusalOf(await staff('DELETE', `/v1/staff/webhooks/${absent}`))).toEqual(refused(404, 'not_found'));
      expect(refusalOf(await staff('POST', `/v1/staff/webhooks/${absent}/secret`))).toEqual(refused(404, 'not_found'));
    }
    expect(await sink(name)).toMatchObject({ kind: 'broker' });
  });
});

describe('an event that was set aside', () => {
  it('is listed with its reason, and tried again when staff say so', async () => {
    const { events } = api.services.store;
    const { name } = await webhook({ types: ['attempt.registered'] });
    const { attemptId } = await somethingHappened();
    const [taken] = await events.take(name, 1);
    if (!taken) throw new Error('there is no event');
    await events.setAside(name, taken, 'their side answers 400');
    const aside = async () => (await staff('GET', '/v1/staff/events/aside')).body.events;
    expect(await aside()).toEqual([
      {
        sink: name,
        eventId: taken.id,
        type: 'attempt.registered',
        key: attemptId,
        time: expect.stringMatching(/Z$/),
        tries: 1,
        problem: 'their side answers 400',
      },
    ]);
    expect(await sink(name)).toMatchObject({ pending: 0, aside: 1 });
    const retry = (of: string, eventId: string) => staff('POST', `/v1/staff/event-sinks/${of}/aside/${eventId}/retry`);
    for (const [of, eventId] of [
      ['nobody', taken.id],
      [name, randomUUID()],
      [name, 'no-id'],
    ] as const) {
      expect(refusalOf(await retry(of, eventId))).toEqual(refused(404, 'not_found'));
    }
    expect((await retry(name, taken.id)).status).toBe(204);
    expect(await aside()).toEqual([]);
    expect(await sink(name)).toMatchObject({ pending: 1, aside: 0 });
    expect(await events.take(name, 1)).toMatchObject([{ id: taken.id, tries: 1 }]);
    expect(refusalOf(await retry(name, taken.id))).toEqual(refused(404, 'not_found'));
  });
});

describe('a replay', () => {
  it('gives a sink what happened since, under the same ids', async () => {
    const { events } = api.services.store;
    const { name } = await webhook({ types: ['attempt.registered'] });
    const since = new Date().toISOString();
    await somethingHappened();
    const [before] = await events.take(name, 10);
    await events.acknowledge(name, before ? [before] : []);
    const replay = (body: object, of = name) => staff('POST', `/v1/staff/event-sinks/${of}/replay`, body);
    expect((await replay({ since })).body).toEqual({ events: 1 });
    expect(await events.take(name, 10)).toMatchObject([{ id: before?.id }]);
    expect((await replay({ since: '2199-01-01T00:00:00+02:00' })).body).toEqual({ events: 0 });
    expect(refusalOf(await replay({ since }, 'nobody'))).toEqual(refused(404, 'not_found'));
    for (const wrong of [{}, { since: 'yesterday' }, { since: '2026-01-01' }]) {
      const answer = await replay(wrong);
      expect({ ...refusalOf(answer), field: answer.body.fields[0].path }).toEqual({ ...refused(422, 'validation_failed'), field: 'since' });
    }
  });
});

it('sinks, webhooks and events are for staff alone', async () => {
  const { name, secret } = await webhook();
  const requests = [
    ['GET', '/v1/staff/event-sinks'],
    ['GET', '/v1/staff/events/aside'],
    ['POST', `/v1/staff/event-sinks/${name}/aside/${randomUUID()}/retry`],
    ['POST', `/v1/staff/event-sinks/${name}/replay`, { since: new Date().toISOString() }],
    ['POST', '/v1/staff/webhooks', { name: 'intruder', url }],
    ['POST', `/v1/staff/webhooks/${name}/secret`],
    ['DELETE', `/v1/staff/webhooks/${name}`],
  ] as const;
  for (const [method, path, body] of requests) {
    for (const role of ['candidate', 'grader', 'designated'] as const) {
      expect(refusalOf(await api.as('other', role)(method, path, body)), `${role} ${path}`).toEqual(refused(403, 'forbidden'));
    }
  }
  expect(await secretsOf(name)).toEqual([secret]);
  expect(await sink('intruder')).toBeUndefined();
});
