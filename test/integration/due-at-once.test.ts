import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Store } from '../../store/store.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { createTestStore, type TestStore } from '../support/database.ts';

/** Columns keep milliseconds, and round: what is due by a clock that stands in the second half of one was kept as the next. */

let test: TestStore;
let store: Store;
let attemptId: string;
beforeAll(async () => {
  const clock = () => Prisma.sql`(date_trunc('minute', now()) + interval '1.6 milliseconds')`;
  test = await createTestStore({ clock });
  ({ store } = test);
  await store.examVersions.publish({ content: smallExam(), actor: 'test' });
  ({ attemptId } = await store.attempts.register({ subject: randomUUID(), name: 'Ada', email: 'ada@example.org', examId: 'small' }));
});
afterAll(() => test?.close());

it('what is due now is taken now: a mail', async () => {
  await store.mails.queue({ occasionKey: randomUUID(), kind: 'aptitude_failed', data: { name: 'Ada' }, to: { attemptId } });
  expect(await store.mails.take(10)).toHaveLength(1);
});

it('what is due now is taken now: what a candidate is told', async () => {
  expect((await store.tidings.take(10)).map((tidings) => tidings.attemptId)).toEqual([attemptId]);
});

it('what is due now is taken now: an event, and one that is sent again', async () => {
  await store.events.addSink({ name: 'sink', kind: 'broker', createdBy: 'test' });
  await store.attempts.register({ subject: randomUUID(), name: 'Ben', examId: 'small' });
  await store.events.fanOut();
  const taken = await store.events.take('sink', 10);
  expect(taken.length).toBeGreaterThan(0);
  await store.events.acknowledge('sink', taken);
  await store.events.replay('sink', new Date(0));
  const again = await store.events.take('sink', 10);
  expect(again.map(({ id }) => id)).toEqual(expect.arrayContaining(taken.map(({ id }) => id)));
});
