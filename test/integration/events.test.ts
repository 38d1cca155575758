import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CloudEvent, EventSink, SendResult } from '../../platform/brokers/event-sink.ts';
import { createLogger } from '../../platform/logging.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { connectDatabase } from '../../store/context.ts';
import { createEventRelay } from '../../workers/event-relay.ts';
import type { Loop } from '../../workers/loop.ts';
import { createRegisterSink } from '../../workers/register-sink.ts';
import type { RegisterEntry } from '../../domain/register.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { until } from '../support/pipeline.ts';
import { PUBLIC_URL, testCredentials } from '../support/pools.ts';
import { submittedAttempt } from '../support/sitting.ts';

/** The outbox and its relay on the real store. The brokers are elsewhere (test/brokers): these sinks just say what becomes of a batch. */

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
let relays: { readonly loop: Loop; readonly done: Promise<void> }[] = [];
const logger = createLogger({ level: 'silent', service: 'test' });

beforeAll(async () => {
  test = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 5 });
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
afterEach(async () => {
  for (const { loop } of relays) loop.stop();
  await Promise.all(relays.map(({ done }) => done));
  relays = [];
  for (const { name } of await test.store.events.sinks()) await test.store.events.removeSink(name);
});
afterAll(async () => {
  await prisma?.$disconnect();
  await test?.close();
});

type Recorder = EventSink & { readonly received: CloudEvent[] };

/** Takes what `become` lets it. */
function recorder(become: (event: CloudEvent) => SendResult = () => ({ kind: 'sent' }), name = `sink-${randomUUID()}`): Recorder {
  const received: CloudEvent[] = [];
  return {
    name,
    received,
    async send(events) {
      const results = events.map(become);
      received.push(...events.filter((_, index) => results[index]?.kind === 'sent'));
      return results;
    },
    async close() {},
  };
}

/** So many relays of one configuration, as so many processes run it. Resolves once they know their sinks. */
async function relay(
  brokers: readonly EventSink[],
  count = 1,
  webhookSink: (webhook: { name: string }) => EventSink = () => recorder(),
): Promise<void> {
  const register = createRegisterSink({ store: test.store, register: createPostgresRegister({ prisma }) });
  for (let index = 0; index < count; index += 1) {
    const loop = createEventRelay({ store: test.store, logger, publicUrl: PUBLIC_URL, register, brokers, webhookSink });
    relays.push({ loop, done: loop.run() });
  }
  await until(async () => (await test.store.events.sinks()).length > brokers.length || 'the sinks are not known yet');
}

/** Registered, submitted and, unless told otherwise, failed: five events. Returns the attempt's id. */
async function tellOfAttempt(): Promise<string> {
  const { attemptId, submissionId } = await submittedAttempt(test.store);
  const score = { millipoints: 0, millipointsMax: 1 };
  await test.store.decisions.publish(
    { attemptId, test: 'aptitude', round: 1, submissionId, passed: false, score, items: [] },
    await testCredentials(),
  );
  return attemptId;
}

const STORY = ['attempt.registered', 'attempt.submitted', 'attempt.graded', 'attempt.decided', 'attempt.published'];

function storyOf(events: readonly CloudEvent[], attemptId: string): string[] {
  return events.filter((event) => event.partitionkey === attemptId).map((event) => event.type.replace(/^com\.certifiable\.(.*)\.v1$/, '$1'));
}

async function pendingOf(name: string): Promise<number> {
  return (await test.store.events.backlog()).find(({ sink }) => sink === name)?.pending ?? 0;
}

async function untilReceived({ received }: Recorder, attemptIds: readonly string[], count = STORY.length): Promise<void> {
  await until(async () => {
    const missing = attemptIds.filter((attemptId) => storyOf(received, attemptId).length < count);
    return missing.length === 0 || `${missing.length} stories are not complete`;
  });
}

describe('the outbox', () => {
  it('tells every sink the whole story of an attempt, in its order', async () => {
    const [first, second] = [recorder(), recorder()];
    await relay([first, second]);
    const attemptIds = await Promise.all([tellOfAttempt(), tellOfAttempt(), tellOfAttempt()]);
    for (const sink of [first, second]) {
      await untilReceived(sink, attemptIds);
      for (const attemptId of attemptIds) expect(storyOf(sink.received, attemptId)).toEqual(STORY);
    }
  });

  it('carries ids and nothing personal, in the form of CloudEvents', async () => {
    const sink = recorder();
    await relay([sink]);
    const attemptId = await tellOfAttempt();
    await untilReceived(sink, [attemptId]);
    const [event] = sink.received.filter((candidate) => candidate.partitionkey === attemptId);
    expect(event).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      source: PUBLIC_URL,
      type: 'com.certifiable.attempt.registered.v1',
      subject: `attempts/${attemptId}`,
      time: expect.stringMatching(/Z$/),
      datacontenttype: 'application/json',
      dataschema: `${PUBLIC_URL}/events/schemas/attempt.registered.v1.json`,
      partitionkey: attemptId,
      sequence: expect.stringMatching(/^\d{20}$/),
      data: { attemptId, examId: 'small' },
    });
    expect(JSON.stringify(sink.received)).not.toContain('Ada');
  });

  it('has no event of a fact that was not committed', async () => {
    const before = await prisma.event.count();
    await expect(test.store.attempts.register({ subject: 'nobody', name: 'Ada', examId: 'unknown' })).rejects.toThrow();
    expect(await prisma.event.count()).toBe(before);
  });
});

describe('several relays', () => {
  it('send each event once, in order per attempt', async () => {
    const sink = recorder();
    await relay([sink], 4);
    const attemptIds = await Promise.all(Array.from({ length: 12 }, tellOfAttempt));
    await untilReceived(sink, attemptIds);
    for (const attemptId of attemptIds) expect(storyOf(sink.received, attemptId)).toEqual(STORY);
  });
});

describe('10,000 results at once', () => {
  it('reach every sink, each event once, in order per attempt', async () => {
    const sinks = [recorder(), recorder()];
    await relay(sinks, 2);
    // Two events each, as publication writes them; the store would take a minute to get there.
    await prisma.$executeRaw`
      INSERT INTO event (id, key, type, data, time)
      SELECT gen_random_uuid(), attempt.id, kind.type, jsonb_build_object('attemptId', attempt.id), now()
      FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 10000)) attempt
        CROSS JOIN (VALUES (1, 'attempt.decided'), (2, 'attempt.published')) kind (place, type) ORDER BY kind.place`;
    for (const { received } of sinks) {
      await until(async () => received.length >= 20_000 || `${received.length} of 20,000 arrived`, 60);
      expect(received).toHaveLength(20_000);
      expect(new Set(received.map((event) => event.id)).size).toBe(20_000);
      const decided = new Set<string>();
      for (const { type, partitionkey } of received) {
        if (type.includes('decided')) decided.add(partitionkey);
        else expect(decided.has(partitionkey)).toBe(true);
      }
    }
  });
});

describe('a sink that is away', () => {
  it('gets all of it in order when it is back, and holds up no other', async () => {
    let isAway = true;
    const other = recorder();
    const sink = recorder();
    const { send } = sink;
    const away: Recorder = {
      ...sink,
      send: (events) => (isAway ? Promise.reject(new Error('connection refused')) : send(events)),
    };
    await relay([away, other]);
    const attemptIds = await Promise.all([tellOfAttempt(), tellOfAttempt()]);
    await untilReceived(other, attemptIds);
    const [backlog] = (await test.store.events.backlog()).filter((entry) => entry.sink === away.name);
    expect(backlog).toMatchObject({ pending: 10, aside: 0 });
    isAway = false;
    await untilReceived(away, attemptIds);
    for (const attemptId of attemptIds) expect(storyOf(away.received, attemptId)).toEqual(STORY);
  });

  it('that hangs holds up no other either', async () => {
    const other = recorder();
    let release = () => {};
    const hanging: EventSink = {
      ...recorder(),
      send: (events) => new Promise((resolve) => (release = () => resolve(events.map(() => ({ kind: 'sent' }))))),
    };
    await relay([hanging, other]);
    const attemptId = await tellOfAttempt();
    await untilReceived(other, [attemptId]);
    for (const { loop } of relays) loop.stop();
    release();
  });
});

describe('a sink that takes nothing at the moment', () => {
  it('is paused as a whole, and no event counts as tried', async () => {
    let isBusy = true;
    const sink = recorder(() => (isBusy ? { kind: 'skipped', reason: 'HTTP 503' } : { kind: 'sent' }));
    await relay([sink]);
    const attemptId = await tellOfAttempt();
    await until(async () => (await test.store.events.sinks()).some(({ problem }) => problem === 'HTTP 503') || 'it is not paused');
    const tries = await prisma.dispatch.aggregate({ where: { sink: sink.name }, _max: { tries: true } });
    expect(tries._max.tries).toBe(0);
    isBusy = false;
    await untilReceived(sink, [attemptId]);
    expect(storyOf(sink.received, attemptId)).toEqual(STORY);
  });
});

describe('a sink whose name is taken', () => {
  it('is not served: it would take events from the other', async () => {
    const impostor = recorder(undefined, 'licensing-board');
    await test.store.events.addSink({ name: 'licensing-board', kind: 'webhook', createdBy: 'test' });
    const other = recorder();
    await relay([impostor, other]);
    const attemptId = await tellOfAttempt();
    await untilReceived(other, [attemptId]);
    expect(impostor.received).toEqual([]);
    expect((await test.store.events.sinks()).find(({ name }) => name === 'licensing-board')?.kind).toBe('webhook');
  });
});

describe('a webhook that cannot be served', () => {
  it('keeps no other from it', async () => {
    const good = recorder(undefined, 'good');
    const served = (webhook: { name: string }): EventSink => {
      if (webhook.name === 'bad') throw new TypeError('it needs an https address');
      return good;
    };
    for (const name of ['bad', 'good']) {
      await test.store.events.addSink({ name, kind: 'webhook', url: 'https://board.example/hook', secrets: ['whsec_AA'], createdBy: 'test' });
    }
    await relay([], 1, served);
    const attemptId = await tellOfAttempt();
    await untilReceived(good, [attemptId]);
    expect(storyOf(good.received, attemptId)).toEqual(STORY);
  });
});

describe('an entry that the register refuses', () => {
  it('does not keep the others from it', async () => {
    const credentials = await testCredentials();
    const [poison, ...others] = await Promise.all([1, 2, 3].map(() => certifiedAttempt(test.store, { credentials })));
    const register = createPostgresRegister({ prisma });
    const picky = {
      ...register,
      put: async (entries: readonly RegisterEntry[]) => {
        if (entries.some((entry) => entry.certificateId === poison?.certificateId)) throw new Error('400: it has a fault');
        await register.put(entries);
      },
    };
    const events = [poison, ...others].map((attempt) => ({ data: { certificateId: attempt?.certificateId } }) as unknown as CloudEvent);
    const results = await createRegisterSink({ store: test.store, register: picky }).send(events);
    expect(results.map(({ kind }) => kind)).toEqual(['failed', 'sent', 'sent']);
    for (const { certificateId } of others) expect(await register.find({ certificateId })).toMatchObject({ status: 'valid' });
  });
});

describe('a process that dies after the broker took an event', () => {
  it('leaves it to be sent again under the same id, before the next of its attempt', async () => {
    const { events } = test.store;
    const name = `sink-${randomUUID()}`;
    await events.addSink({ name, kind: 'broker', createdBy: 'test' });
    const attemptId = await tellOfAttempt();
    while ((await events.fanOut()) > 0);
    const [taken] = (await events.take(name, 1000)).filter((event) => event.key === attemptId);
    expect(taken?.type).toBe('attempt.registered');
    // It was sent, and the process died here. While others may believe it at work, nothing of this attempt goes out.
    expect((await events.take(name, 1000)).filter((event) => event.key === attemptId)).toEqual([]);
    await prisma.$executeRaw`UPDATE dispatch_queue SET next_try_at = next_try_at - interval '61 seconds' WHERE sink = ${name}`;
    const [again] = (await events.take(name, 1000)).filter((event) => event.key === attemptId);
    expect(again).toMatchObject({ id: taken?.id, type: 'attempt.registered', tries: 2 });
    if (!again) throw new Error('it was not there again');
    await events.acknowledge(name, [again]);
    const [next] = (await events.take(name, 1000)).filter((event) => event.key === attemptId);
    expect(next?.type).toBe('attempt.submitted');
  });
});

describe('an event that a sink will never take', () => {
  it('goes aside; those after it and those of others go on; staff may try it again', async () => {
    let refuses = true;
    const poison = (event: CloudEvent): SendResult =>
      refuses && event.type.includes('graded') ? { kind: 'rejected', reason: 'too large' } : { kind: 'sent' };
    const sink = recorder(poison);
    await relay([sink]);
    const attemptId = await tellOfAttempt();
    await untilReceived(sink, [attemptId], 4);
    expect(storyOf(sink.received, attemptId)).toEqual(STORY.filter((type) => type !== 'attempt.graded'));
    const aside = (await test.store.events.aside()).filter((event) => event.key === attemptId);
    expect(aside).toMatchObject([{ sink: sink.name, type: 'attempt.graded', problem: 'too large', tries: 1 }]);
    refuses = false;
    expect(await test.store.events.retryAside({ sink: sink.name, eventId: aside[0]?.eventId ?? '' })).toBe(true);
    await untilReceived(sink, [attemptId]);
    expect((await test.store.events.aside()).filter((event) => event.key === attemptId)).toEqual([]);
  });
});

describe('a replay', () => {
  it('leaves alone what is on its way already', async () => {
    const { events } = test.store;
    const name = `sink-${randomUUID()}`;
    await events.addSink({ name, kind: 'broker', createdBy: 'test' });
    const since = new Date();
    const attemptId = await tellOfAttempt();
    while ((await events.fanOut()) > 0);
    const taken = (await events.take(name, 1000)).filter((event) => event.key === attemptId);
    expect(await events.replay(name, since)).toBe(0);
    await events.acknowledge(name, taken);
    expect(await events.replay(name, since)).toBe(1);
  });

  it('gives a sink the events since then once more, with their ids', async () => {
    const sink = recorder();
    await relay([sink]);
    const since = new Date();
    const attemptId = await tellOfAttempt();
    await untilReceived(sink, [attemptId]);
    const ids = sink.received.filter((event) => event.partitionkey === attemptId).map((event) => event.id);
    // What is received and not acknowledged yet counts as on its way: it is left alone.
    await until(async () => (await pendingOf(sink.name)) === 0 || 'not all is acknowledged');
    await test.store.events.replay(sink.name, since);
    await untilReceived(sink, [attemptId], 2 * STORY.length);
    expect(sink.received.filter((event) => event.partitionkey === attemptId).map((event) => event.id)).toEqual([...ids, ...ids]);
  });
});
