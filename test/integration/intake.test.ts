import { randomUUID } from 'node:crypto';
import { createTemporalClient } from '../../platform/temporal/client.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../platform/logging.ts';
import type { CommandHandler, CommandOutcome, CommandSource } from '../../platform/brokers/command-source.ts';
import { REPLY_SCHEMAS } from '../../publication/events/commands.ts';
import { verifyReceipt } from '../../publication/receipts.ts';
import { registerSearchAttributes } from '../../platform/temporal/search-attributes.ts';
import { connectDatabase, isDatabaseUnavailable } from '../../store/context.ts';
import type { Fact } from '../../store/deliveries.ts';
import { createStore } from '../../store/store.ts';
import { SEARCH_ATTRIBUTE_KEYS } from '../../workflows/search-attributes.ts';
import { createCommandHandler, type CommandStores } from '../../workers/commands.ts';
import { createIntake } from '../../workers/intake.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { temporalAddress } from '../support/temporal.ts';

/** Commands against the real store. The source is this test: what brokers do is tested beside their adapters. */

const SOURCE = 'https://provider.example/learning';
const PUBLIC_URL = 'https://certifiable.example';
const NAMES = "Seán O'Brien-Núñez · Zoë Strauß · Ольга · 王小明 𠮷 · محمد · יצחק · ᏍᏏᏉᏯ";
const ANSWERS = { c1: ['a'], c2: ['b', 'a'], t1: `Because: ${NAMES}`, t2: '' };

const logger = createLogger({ level: 'silent', service: 'test' });
const shifted = createShiftedClock();
let database: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
let store: TestStore['store'];
beforeAll(async () => {
  database = await createTestStore({ clock: shifted.clock });
  prisma = connectDatabase({ DATABASE_URL: database.databaseUrl, DATABASE_POOL_SIZE: 5 });
  ({ store } = database);
  await store.examVersions.publish({ content: smallExam(), actor: 'designated' });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.close();
});

let rung: [Fact, string][];
beforeEach(() => {
  rung = [];
});

/** As a process does that has just started: it remembers nothing. */
function newHandler(stores: CommandStores = store): CommandHandler {
  return createCommandHandler({
    store: stores,
    ring: (fact, { attemptId, deliveryId }) => void (deliveryId !== undefined && rung.push([fact, attemptId])),
    logger,
    publicUrl: PUBLIC_URL,
    allowedSources: [SOURCE, 'urn:board'],
  });
}

type Event = { id?: unknown; source?: unknown; type?: unknown; data?: unknown } & Record<string, unknown>;

const eventOf = (event: Event): Event => ({ specversion: '1.0', id: randomUUID(), source: SOURCE, datacontenttype: 'application/json', ...event });
const registering = (candidate: object, event: Event = {}, examId = 'small') =>
  eventOf({ type: 'com.certifiable.command.attempt.register.v1', data: { candidate, examId }, ...event });
const submitting = (data: object, event: Event = {}) => eventOf({ type: 'com.certifiable.command.attempt.submit.v1', data, ...event });

// oxlint-disable-next-line typescript/no-explicit-any -- tests compare a reply with all that they expect of it
type Outcome = { reply?: any; deadLetter?: { reason: string } };

async function send(event: Event | string, handle = newHandler()): Promise<Outcome> {
  const outcome: CommandOutcome = await handle({ body: typeof event === 'string' ? event : JSON.stringify(event), origin: 'test/1' });
  const { reply } = outcome as Outcome;
  if (reply) REPLY_SCHEMAS[/\.(accepted|refused)\.v1$/.exec(reply.type)?.[1] as 'accepted' | 'refused'].data.parse(reply.data);
  return outcome;
}

/** What a test compares of a reply. */
function answerOf({ reply, deadLetter }: Outcome) {
  const fields = reply?.data.problem?.fields?.map(({ path }: { path: string }) => path);
  return {
    type: reply?.type.replace(/^com\.certifiable\.command\.(.*)\.v1$/, '$1'),
    ...(reply?.data.problem ? { code: reply.data.problem.code } : {}),
    ...(fields ? { fields } : {}),
    ...(deadLetter ? { deadLetter: true } : {}),
  };
}

const refused = (code: string, fields?: readonly string[]) => ({ type: 'refused', code, ...(fields ? { fields } : {}) });

async function registered(subject: string): Promise<string> {
  const { attemptId } = await store.attempts.register({ subject, name: 'Ada', examId: 'small' });
  return attemptId;
}

/** What was done for an attempt: the events told of it, and the facts announced to its workflow. */
async function effectsOf(attemptId: string) {
  const events = await prisma.event.findMany({ where: { key: attemptId }, orderBy: { position: 'asc' } });
  const deliveries = await prisma.delivery.findMany({ where: { attemptId }, orderBy: { createdAt: 'asc' } });
  return { events: events.map(({ type }) => type), facts: deliveries.map(({ fact }) => fact) };
}

describe('a registration from another system', () => {
  it('registers the candidate with a name in every script, tells so, and rings', async () => {
    const subject = randomUUID();
    const event = registering({ subject, name: ` ${NAMES} `, email: 'ada@example.com', locale: 'ga-IE' });
    const { reply, deadLetter } = await send(event);
    const attemptId = reply.data.attemptId as string;
    expect(deadLetter).toBeUndefined();
    expect(reply).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5/),
      source: PUBLIC_URL,
      type: 'com.certifiable.command.accepted.v1',
      subject: `attempts/${attemptId}`,
      datacontenttype: 'application/json',
      partitionkey: attemptId,
      data: { commandId: event.id, commandSource: SOURCE, commandType: event.type, attemptId },
    });
    expect(await store.attempts.read({ attemptId, subject })).toMatchObject({ candidateName: NAMES, examId: 'small', version: 1 });
    expect(await prisma.candidate.findUnique({ where: { subject } })).toMatchObject({ email: 'ada@example.com', locale: 'ga-IE' });
    expect(await effectsOf(attemptId)).toEqual({ events: ['attempt.registered'], facts: ['registered'] });
    expect(rung).toEqual([['registered', attemptId]]);
    expect(JSON.stringify(reply)).not.toMatch(/Zoë|ada@example/);
  });

  it('that comes often, also at once, is done once and always gets the same reply', async () => {
    const event = registering({ subject: randomUUID(), name: 'Ada' });
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => send(event)));
    outcomes.push(await send(event), await send({ ...event, time: new Date().toISOString() }));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toHaveLength(1);
    expect(answerOf(outcomes[0] ?? {})).toEqual({ type: 'accepted' });
    expect(await effectsOf(outcomes[0]?.reply.data.attemptId)).toEqual({ events: ['attempt.registered'], facts: ['registered'] });
  });

  it('whose reply was lost in a crash gets it again from another process', async () => {
    const event = registering({ subject: randomUUID(), name: 'Ada' });
    const lost = await send(event);
    expect(await send(event, newHandler())).toEqual(lost);
  });

  it('of the same id from two systems is two', async () => {
    const event = registering({ subject: randomUUID(), name: 'Ada' });
    const other = registering({ subject: randomUUID(), name: 'Eva' }, { id: event.id, source: 'urn:board' });
    const [first, second] = [await send(event), await send(other)];
    expect(first.reply.data.attemptId).not.toBe(second.reply.data.attemptId);
    expect(first.reply.id).not.toBe(second.reply.id);
  });

  it('is refused while an attempt is open, after a certificate, and for an exam that is not published', async () => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    expect(answerOf(await send(registering({ subject, name: 'Ada' })))).toEqual(refused('attempt_already_open'));
    await prisma.attempt.update({ where: { id: attemptId }, data: { outcome: 'certified', settledAt: new Date() } });
    const { candidateId } = await prisma.attempt.findUniqueOrThrow({ where: { id: attemptId } });
    await prisma.certificate.create({
      data: { id: randomUUID(), attemptId, candidateId, examId: 'small', examTitle: 'Small', name: 'Ada', basisPoints: 9000, issuedAt: new Date() },
    });
    expect(answerOf(await send(registering({ subject, name: 'Ada' })))).toEqual(refused('already_certified'));
    expect(answerOf(await send(registering({ subject, name: 'Ada' }, {}, 'absent')))).toEqual(refused('exam_not_published'));
  });

  it('that was refused stays refused under its id, and may come again under another', async () => {
    const subject = randomUUID();
    const event = registering({ subject, name: 'Ada' }, {}, 'later');
    const first = await send(event);
    await store.examVersions.publish({ content: smallExam({}, 'later'), actor: 'designated' });
    expect(await send(event)).toEqual(first);
    expect(answerOf(first)).toEqual(refused('exam_not_published'));
    expect(answerOf(await send({ ...event, id: randomUUID() }))).toEqual({ type: 'accepted' });
  });

  it('under an id that was used with other data is refused, under another reply; the first one stands', async () => {
    const event = registering({ subject: randomUUID(), name: 'Ada' });
    const first = await send(event);
    const other = await send(registering({ subject: randomUUID(), name: 'Eva' }, { id: event.id }));
    expect(answerOf(other)).toEqual(refused('idempotency_key_reused'));
    expect(other.reply.id).not.toBe(first.reply.id);
    expect(await send(event)).toEqual(first);
  });

  it('is settled by whichever comes first, its work or its refusal', async () => {
    const event = registering({ subject: randomUUID(), name: 'Ada' });
    // As if another process had refused it between this one's decision and its writing that down.
    let refusalComesFirst = true;
    const racing: CommandStores = {
      ...store,
      attempts: {
        ...store.attempts,
        async register(request) {
          if (!refusalComesFirst || !request.idempotency) return store.attempts.register(request);
          refusalComesFirst = false;
          await store.commands.refuse(request.idempotency, { code: 'exam_not_published', detail: 'Not yet.' });
          return store.attempts.register(request);
        },
      },
    };
    expect(answerOf(await send(event, newHandler(racing)))).toEqual(refused('exam_not_published'));
    expect(answerOf(await send(event))).toEqual(refused('exam_not_published'));

    const second = registering({ subject: randomUUID(), name: 'Eva' });
    const accepted = await send(second);
    const late: CommandStores = {
      ...store,
      attempts: {
        ...store.attempts,
        // Its first try is refused, as if the work of the other process had been seen half.
        register: (() => {
          let tries = 0;
          return async (request) => {
            tries += 1;
            if (tries === 1) await store.attempts.register({ ...request, idempotency: undefined });
            return store.attempts.register(request);
          };
        })(),
      },
    };
    expect(await send(second, newHandler(late))).toEqual(accepted);
  });
});

describe('a submission from another system', () => {
  it('starts the test, hands in what it brings, and is answered with the signed receipt', async () => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    const { reply } = await send(submitting({ attemptId, subject, responses: ANSWERS }));
    const [submission] = await store.sittings.submissions(attemptId);
    expect(reply).toMatchObject({
      type: 'com.certifiable.command.accepted.v1',
      subject: `attempts/${attemptId}`,
      data: { attemptId, submissionId: submission?.submissionId, receipt: submission?.receipt },
    });
    expect(await verifyReceipt(reply.data.receipt, database.receipts.publicKeys)).toMatchObject({
      attemptId,
      test: 'aptitude',
      cause: 'submitted',
      contentHash: submission?.contentHash,
    });
    const { content } = await prisma.submission.findUniqueOrThrow({ where: { id: submission?.submissionId ?? '' } });
    expect(content).toEqual(ANSWERS);
    expect(await effectsOf(attemptId)).toEqual({
      events: ['attempt.registered', 'attempt.submitted'],
      facts: ['registered', 'started', 'submitted'],
    });
    expect(rung).toEqual([
      ['started', attemptId],
      ['submitted', attemptId],
    ]);
    expect(JSON.stringify(reply)).not.toMatch(/Because|王小明/);
  });

  it('that comes often, also at once, hands in once and always gets the same reply', async () => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    const event = submitting({ attemptId, subject, responses: ANSWERS });
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => send(event)));
    outcomes.push(await send(event));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome)))).toHaveLength(1);
    expect(answerOf(outcomes[0] ?? {})).toEqual({ type: 'accepted' });
    expect((await effectsOf(attemptId)).facts).toEqual(['registered', 'started', 'submitted']);
  });

  it.each(['start', 'saveResponse', 'submit'] as const)('cut off after %s was committed is completed when it comes again', async (step) => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    const event = submitting({ attemptId, subject, responses: ANSWERS });
    const crashing: CommandStores = {
      ...store,
      sittings: {
        ...store.sittings,
        async [step](request: never) {
          await store.sittings[step](request);
          throw new Error('the process died');
        },
      },
    };
    await expect(send(event, newHandler(crashing))).rejects.toThrow('the process died');
    const { reply } = await send(event, newHandler());
    const [submission, ...others] = await store.sittings.submissions(attemptId);
    expect(others).toEqual([]);
    expect(reply.data).toMatchObject({ submissionId: submission?.submissionId, receipt: submission?.receipt });
    expect((await prisma.submission.findUniqueOrThrow({ where: { id: submission?.submissionId ?? '' } })).content).toEqual(ANSWERS);
    expect((await effectsOf(attemptId)).facts).toEqual(['registered', 'started', 'submitted']);
  });

  it('with answers that fit no item is refused as a whole: each is named, and nothing was started or saved', async () => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    const responses = { c1: ['z'], c2: ['a', 'a'], t1: ['a'], t2: 'x'.repeat(20_001), t9: 'x' };
    const outcome = await send(submitting({ attemptId, subject, responses }));
    expect(answerOf(outcome)).toEqual(
      refused(
        'response_invalid',
        Object.keys(responses).map((item) => `data.responses.${item}`),
      ),
    );
    expect((await store.attempts.read({ attemptId, subject })).facts.sittings.aptitude).toBeNull();
    expect(rung).toEqual([]);
  });

  it('goes on with a test that the candidate started, and takes over answers that are the same', async () => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    await store.sittings.start({ attemptId, subject });
    await store.sittings.saveResponse({ attemptId, subject, itemId: 'c1', value: ['a'], sequence: 7 });
    expect(answerOf(await send(submitting({ attemptId, subject, responses: ANSWERS })))).toEqual({ type: 'accepted' });
  });

  it.each([
    ['another answer to an item', { itemId: 'c1', value: ['b'] }],
    ['an answer to an item that the command leaves out', { itemId: 't2', value: 'mine' }],
  ])('never overwrites or mixes with what the candidate answered: %s', async (_, own) => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    await store.sittings.start({ attemptId, subject });
    await store.sittings.saveResponse({ attemptId, subject, ...own, sequence: 1 });
    expect(answerOf(await send(submitting({ attemptId, subject, responses: { c1: ['a'], t1: 'x' } })))).toEqual(refused('stale_sequence'));
    expect(await store.sittings.submissions(attemptId)).toEqual([]);
    const sittingId = (await store.attempts.read({ attemptId, subject })).facts.sittings.aptitude?.sittingId ?? '';
    expect(await store.sittings.responses(sittingId)).toMatchObject([own]);
  });

  it('is refused for an attempt that is absent or not theirs, alike', async () => {
    const attemptId = await registered(randomUUID());
    const stranger = await send(submitting({ attemptId, subject: 'stranger', responses: ANSWERS }));
    const absent = await send(submitting({ attemptId: randomUUID(), subject: 'stranger', responses: ANSWERS }));
    expect(answerOf(stranger)).toEqual(refused('not_found'));
    expect(absent.reply.data.problem).toEqual(stranger.reply.data.problem);
  });

  it('of a test that is submitted is accepted with its receipt if it says the same, and refused if not', async () => {
    const subject = randomUUID();
    const attemptId = await registered(subject);
    const first = await send(submitting({ attemptId, subject, responses: ANSWERS }));
    const same = await send(submitting({ attemptId, subject, responses: ANSWERS }));
    expect(same.reply.data.receipt).toBe(first.reply.data.receipt);
    for (const responses of [{ ...ANSWERS, c1: ['b'] }, { c1: ['a'] }]) {
      expect(answerOf(await send(submitting({ attemptId, subject, responses })))).toEqual(refused('wrong_phase'));
    }
    expect((await effectsOf(attemptId)).facts).toEqual(['registered', 'started', 'submitted']);
  });

  it('is refused once the attempt is withdrawn', async () => {
    const [subject, other] = [randomUUID(), randomUUID()];
    const attemptId = await registered(subject);
    await store.attempts.withdraw({ attemptId, subject });
    expect(answerOf(await send(submitting({ attemptId, subject, responses: ANSWERS })))).toEqual(refused('wrong_phase'));

    const started = await registered(other);
    await store.sittings.start({ attemptId: started, subject: other });
    await store.attempts.withdraw({ attemptId: started, subject: other });
    expect(answerOf(await send(submitting({ attemptId: started, subject: other, responses: ANSWERS })))).toEqual(refused('wrong_phase'));
  });

  it('under an id that was used with other data is refused before anything is started', async () => {
    const [subject, other] = [randomUUID(), randomUUID()];
    const [attemptId, second] = [await registered(subject), await registered(other)];
    const event = submitting({ attemptId, subject, responses: ANSWERS });
    await send(event);
    expect(answerOf(await send(submitting({ attemptId: second, subject: other, responses: ANSWERS }, { id: event.id })))).toEqual(
      refused('idempotency_key_reused'),
    );
    expect((await store.attempts.read({ attemptId: second })).facts.sittings.aptitude).toBeNull();
  });

  it('is refused when its time is over, whether it was started or not; what was saved in time counts', async () => {
    const [subject, late, cut] = [randomUUID(), randomUUID(), randomUUID()];
    const [attemptId, never, cutOff] = [await registered(subject), await registered(late), await registered(cut)];
    await store.sittings.start({ attemptId, subject });
    await store.sittings.start({ attemptId: cutOff, subject: cut });
    await store.sittings.saveResponse({ attemptId: cutOff, subject: cut, itemId: 'c1', value: ['a'], sequence: 1 });
    shifted.advanceSeconds(91 * 60);
    expect(answerOf(await send(submitting({ attemptId, subject, responses: ANSWERS })))).toEqual(refused('deadline_passed'));
    const event = submitting({ attemptId: cutOff, subject: cut, responses: ANSWERS });
    expect(answerOf(await send(event))).toEqual(refused('deadline_passed'));
    expect(answerOf(await send({ ...event, id: randomUUID() }))).toEqual(refused('deadline_passed'));
    const [submission] = await store.sittings.submissions(cutOff);
    expect(submission).toMatchObject({ cause: 'timed_out' });
    shifted.advanceSeconds(366 * 86_400);
    expect(answerOf(await send(submitting({ attemptId: never, subject: late, responses: ANSWERS })))).toEqual(refused('deadline_passed'));
  });
});

describe('what is no command', () => {
  it.each([
    ['no JSON', 'register Ada, please'],
    ['nothing', ''],
    ['a list', '[]'],
    ['without an id', { id: undefined }],
    ['with an empty id', { id: '' }],
    ['with a number as its id', { id: 7 }],
    ['without a source', { source: undefined }],
    ['from a source that is not allowed', { source: 'https://stranger.example' }],
    ['with an id that no database holds', { id: 'a\u0000b' }],
  ])('is a dead letter and not answered: %s', async (_, event) => {
    const outcome = await send(typeof event === 'string' ? event : registering({ subject: randomUUID(), name: 'Ada' }, event));
    expect(outcome).toEqual({ deadLetter: { reason: expect.stringMatching(/^it|^its/) } });
  });

  it.each([
    ['specversion', { specversion: '0.3' }],
    ['type', { type: 'com.certifiable.command.attempt.cancel.v1' }],
    ['type', { type: undefined }],
    ['data', { data: undefined }],
    ['data', { data: 'eyJ9', data_base64: 'eyJ9' }],
    ['datacontenttype', { datacontenttype: 'text/xml' }],
  ])('is a dead letter and answered, when its id and source can be read: %s', async (field, change) => {
    const outcome = await send(registering({ subject: randomUUID(), name: 'Ada' }, change));
    expect(answerOf(outcome)).toEqual({ ...refused('validation_failed', [field]), deadLetter: true });
    expect(outcome.deadLetter?.reason).toMatch(new RegExp(`^${field} must be`));
  });

  it.each<[string, Event, readonly string[]]>([
    ['nobody is named', registering({}), ['data.candidate.subject', 'data.candidate.name']],
    ['the name is blank', registering({ subject: 's', name: '  ' }), ['data.candidate.name']],
    ['the name is too long', registering({ subject: 's', name: 'x'.repeat(201) }), ['data.candidate.name']],
    ['a text holds U+0000', registering({ subject: 's', name: 'A\u0000' }), ['data.candidate.name']],
    ['a text is half a character', registering({ subject: 's', name: '\ud842' }), ['data.candidate.name']],
    ['the address is none', registering({ subject: 's', name: 'A', email: 'A' }), ['data.candidate.email']],
    ['something is too much', registering({ subject: 's', name: 'A', admin: true }), ['data.candidate.admin']],
    [
      'the exam is missing',
      eventOf({ type: 'com.certifiable.command.attempt.register.v1', data: { candidate: { subject: 's', name: 'A' } } }),
      ['data.examId'],
    ],
    ['the attempt is no id', submitting({ attemptId: '7', subject: 's', responses: ANSWERS }), ['data.attemptId']],
    ['there are no answers', submitting({ attemptId: randomUUID(), subject: 's', responses: {} }), ['data.responses']],
    [
      'answers are of no kind',
      submitting({ attemptId: randomUUID(), subject: 's', responses: { c1: 1, t1: { a: 1 } } }),
      ['data.responses.c1', 'data.responses.t1'],
    ],
    ['an answer holds U+0000', submitting({ attemptId: randomUUID(), subject: 's', responses: { t1: '\u0000' } }), ['data.responses.t1']],
  ])('is refused with every field named when %s', async (_, event, fields) => {
    const outcome = await send(event);
    expect(answerOf(outcome)).toEqual(refused('validation_failed', fields));
    expect(await send(event)).toEqual(outcome);
  });
});

describe('the intake', () => {
  it('lets a command come again while PostgreSQL is away', async () => {
    const nowhere = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none', DATABASE_POOL_SIZE: 1 };
    const context = { prisma: connectDatabase(nowhere), clock: shifted.clock, receipts: database.receipts };
    const away = createStore(context);
    for (const event of [registering({ subject: 's', name: 'A' }), submitting({ attemptId: randomUUID(), subject: 's', responses: ANSWERS })]) {
      await expect(send(event, newHandler(away)).catch((error: unknown) => isDatabaseUnavailable(error))).resolves.toBe(true);
    }
    await away.close();
  });

  it('serves all sources until it is stopped, and makes workflows hear of what was committed', async () => {
    const temporal = { TEMPORAL_ADDRESS: temporalAddress(), TEMPORAL_NAMESPACE: 'default', TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };
    const client = createTemporalClient(temporal);
    await registerSearchAttributes(client, SEARCH_ATTRIBUTE_KEYS);
    const subjects = [randomUUID(), randomUUID()];
    const outcomes: Outcome[] = [];
    const sources = subjects.map((subject) => sourceOf(registering({ subject, name: 'Ada' }), outcomes));
    const intake = createIntake({ sources, store, client, logger, publicUrl: PUBLIC_URL, allowedSources: [SOURCE] });
    const running = intake.run();
    await Promise.all(sources.map((source) => source.served));
    intake.stop();
    await running;
    expect(outcomes.map(answerOf)).toEqual([{ type: 'accepted' }, { type: 'accepted' }]);
    for (const { reply } of outcomes) {
      const [delivery] = await prisma.delivery.findMany({ where: { attemptId: reply.data.attemptId } });
      expect(delivery).toMatchObject({ fact: 'registered', deliveredAt: expect.any(Date) });
    }
    await client.connection.close();
  });
});

/** A source of one command, which hands it over when it runs. */
function sourceOf(event: Event, outcomes: Outcome[]): CommandSource & { served: Promise<void> } {
  const served = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  return {
    name: 'test',
    served: served.promise,
    async run(handle) {
      outcomes.push(await handle({ body: JSON.stringify(event), origin: 'test/1' }));
      served.resolve();
      await stopped.promise;
    },
    stop: () => stopped.resolve(),
  };
}
