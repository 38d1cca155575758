import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectDatabase } from '../../store/context.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { runCommand } from '../../test/support/command.ts';
import { createTestStore, type TestStore } from '../../test/support/database.ts';

let database: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
beforeAll(async () => {
  database = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: database.databaseUrl, DATABASE_POOL_SIZE: 5 });
  await database.store.examVersions.publish({ content: smallExam(), actor: 'designated' });
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.close();
});

beforeEach(async () => {
  await prisma.$executeRaw`TRUNCATE event, event_sink, dispatch, dispatch_queue`;
});

const run = (...args: string[]) => runCommand(['events', ...args], { stores: { events: database.store.events } });

/** A sink, and real events that were handed out to it. */
async function sinkWithEvents(name: string, count: number): Promise<void> {
  const { events, attempts } = database.store;
  await events.addSink({ name, kind: 'broker', createdBy: 'test' });
  for (let index = 0; index < count; index += 1) await attempts.register({ subject: randomUUID(), name: 'Ada', examId: 'small' });
  await events.fanOut();
}

async function setOneAside(sink: string): Promise<string> {
  const { events } = database.store;
  const [event, ...others] = await events.take(sink, 10);
  if (!event) throw new TypeError('events were handed out');
  await events.setAside(sink, event, 'too large');
  await events.acknowledge(sink, others);
  return event.id;
}

describe('certifiable events', () => {
  it('tells how many events wait for each sink and how many were set aside, and never an address or a secret', async () => {
    expect((await run('status')).printed).toEqual(['no sink is known yet: the relay makes them known when it starts']);
    await sinkWithEvents('kafka', 3);
    await setOneAside('kafka');
    await database.store.events.addSink({
      name: 'hook',
      kind: 'webhook',
      url: 'https://example.com/?token=s3cret',
      secrets: ['whsec_s3cret'],
      createdBy: 'test',
    });
    await database.store.attempts.register({ subject: randomUUID(), name: 'Ada', examId: 'small' });
    const { exitCode, printed } = await run('status');
    expect({ exitCode, printed }).toEqual({
      exitCode: 0,
      printed: [
        expect.stringMatching(/^hook {3}webhook {2}0 waiting$/),
        expect.stringMatching(/^kafka {2}broker {3}0 waiting {2,}1 set aside$/),
        'not handed out to the sinks yet: 1',
      ],
    });
    expect(printed.join()).not.toMatch(/s3cret|example\.com/);
  });

  it('lists what was set aside with the reason, and tries it again', async () => {
    expect((await run('aside')).printed).toEqual(['no event is set aside']);
    await sinkWithEvents('kafka', 2);
    const eventId = await setOneAside('kafka');
    expect((await run('aside')).printed).toEqual([
      expect.stringMatching(new RegExp(`^kafka ${eventId} attempt\\.registered of .* tried 1 times: too large$`)),
    ]);
    expect(await run('retry', 'kafka', eventId)).toMatchObject({ exitCode: 0, printed: [`${eventId} will be sent to kafka again`] });
    expect(await database.store.events.take('kafka', 10)).toMatchObject([{ id: eventId, tries: 1 }]);
    expect(await run('retry', 'kafka', eventId)).toMatchObject({ exitCode: 1, errors: [expect.stringContaining('no event')] });
  });

  it('gives a sink what it had since a time once more', async () => {
    await sinkWithEvents('kafka', 4);
    const taken = await database.store.events.take('kafka', 10);
    await database.store.events.acknowledge('kafka', taken);
    const since = taken[2]?.time.toISOString() ?? '';
    const fromThen = taken.filter(({ time }) => time.toISOString() >= since).map(({ id }) => id);
    expect((await run('replay', 'kafka', '--since', since)).printed).toEqual([
      `${fromThen.length} events since ${since} will be sent to kafka again`,
    ]);
    expect((await database.store.events.take('kafka', 10)).map(({ id }) => id)).toEqual(fromThen);
  });

  it('forgets a sink with what it had not taken', async () => {
    await sinkWithEvents('kafka', 2);
    expect((await run('remove', 'kafka')).exitCode).toBe(0);
    expect(await database.store.events.sinks()).toEqual([]);
    expect(await prisma.dispatch.count()).toBe(0);
  });

  it('names the sinks that there are when it is asked for another', async () => {
    await sinkWithEvents('kafka', 0);
    for (const args of [
      ['remove', 'kafak'],
      ['replay', 'kafak', '--since', '2026-01-01T00:00Z'],
      ['retry', 'kafak', randomUUID()],
    ]) {
      expect(await run(...args)).toEqual({ exitCode: 1, printed: [], errors: ['there is no sink "kafak"; there are kafka'] });
    }
  });

  it.each([
    [[]],
    [['burn']],
    [['status', 'kafka']],
    [['status', '--since', '2026-01-01T00:00Z']],
    [['retry', 'kafka']],
    [['retry', 'kafka', 'seven']],
    [['replay', 'kafka']],
    [['replay', 'kafka', '--since', 'yesterday']],
    [['replay', 'kafka', '--since', '2026-01-01T00:00']],
    [['replay', 'kafka', '--since', '2026-13-01T00:00Z']],
    [['remove']],
    [['remove', 'kafka', 'sqs']],
    [['aside', '--all']],
  ])('says how it is used: %j', async (args) => {
    const { exitCode, printed, errors } = await run(...args);
    expect({ exitCode, printed, errors: errors.join('\n') }).toEqual({
      exitCode: 2,
      printed: [],
      errors: expect.stringContaining('Usage: certifiable events'),
    });
  });
});
