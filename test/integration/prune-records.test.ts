import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneRecords } from '../../workers/prune-records.ts';
import { createShiftedClock } from '../support/clock.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';

const { clock, advanceSeconds } = createShiftedClock();
let test: TestStore;
let database: pg.Client;

beforeAll(async () => {
  test = await createTestStore({ clock });
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
});

afterAll(async () => {
  await database?.end();
  await test?.close();
});

const counts = async () => {
  const { rows } = await database.query('SELECT (SELECT count(*)::int FROM delivery) AS deliveries, (SELECT count(*)::int FROM idempotency) AS keys');
  return rows[0] as { deliveries: number; keys: number };
};

async function register(): Promise<string> {
  const subject = randomUUID();
  const idempotency = { actor: subject, operation: 'register', key: 'once', requestHash: 'hash' };
  return (await test.store.attempts.register({ subject, name: 'Old', examId: 'small', idempotency })).attemptId;
}

describe('records that served their time', () => {
  it('are removed after 90 days, and a delivery that no workflow has loaded never is', async () => {
    const [consumed, waiting] = [await register(), await register()];
    await test.store.attempts.consumeFacts(consumed);
    expect(await pruneRecords(test.store)).toBe(0);
    expect(await counts()).toEqual({ deliveries: 2, keys: 2 });

    advanceSeconds(91 * 24 * 60 * 60);
    const fresh = await register();
    expect(await pruneRecords(test.store)).toBe(3);
    expect(await counts()).toEqual({ deliveries: 2, keys: 1 });
    const { rows } = await database.query<{ attempt_id: string }>('SELECT attempt_id FROM delivery');
    expect(rows.map((row) => row.attempt_id).sort()).toEqual([waiting, fresh].sort());
  });

  it('are removed after 400 days where they are mails that were settled, of attempts that are over', async () => {
    const { store } = test;
    const [over, open] = [await registerWithMail(), await registerWithMail()];
    for (const attemptId of [over, open])
      await store.mails.queue({ occasionKey: `${attemptId}:registered`, kind: 'registered', data: {}, to: { attemptId } });
    for (const mail of await store.mails.take(10)) await store.mails.sent(mail.id);
    await store.mails.queue({ occasionKey: `${over}:withdrawn`, kind: 'withdrawn', data: {}, to: { attemptId: over } });
    await store.attempts.withdrawByStaff({ attemptId: over, actor: 'staff-1', reason: 'as asked', actionKey: randomUUID() });

    advanceSeconds(399 * 24 * 60 * 60);
    await pruneRecords(store);
    const keys = async () => (await database.query<{ key: string }>('SELECT occasion_key AS key FROM mail')).rows.map(({ key }) => key).toSorted();
    expect(await keys()).toEqual([`${over}:registered`, `${over}:withdrawn`, `${open}:registered`].toSorted());
    advanceSeconds(2 * 24 * 60 * 60);
    await pruneRecords(store);
    expect(await keys()).toEqual([`${over}:withdrawn`, `${open}:registered`].toSorted());
  });
});

describe('addresses of whoever asked to be told of a certificate', () => {
  it('are removed after 7 days without a confirmation, though nobody asks again', async () => {
    const { text, values } = await clock();
    const { rows } = await database.query<{ at: string }>(`SELECT (${text} - interval '6 days')::text AS at`, values);
    const asked = rows[0]?.at ?? '';
    await database.query(`BEGIN; SET LOCAL session_replication_role = replica;
      INSERT INTO watch (id, certificate_id, email, locale, token, state, asked_at)
        SELECT gen_random_uuid(), gen_random_uuid(), state || '@example.org', 'en', state, state, '${asked}' FROM (VALUES ('asked'), ('confirmed')) two (state);
      COMMIT`);
    const addresses = async () => (await database.query<{ email: string }>('SELECT email FROM watch ORDER BY email')).rows.map(({ email }) => email);
    await pruneRecords(test.store);
    expect(await addresses()).toEqual(['asked@example.org', 'confirmed@example.org']);
    advanceSeconds(2 * 24 * 60 * 60);
    await pruneRecords(test.store);
    expect(await addresses()).toEqual(['confirmed@example.org']);
  });
});

async function registerWithMail(): Promise<string> {
  return (await test.store.attempts.register({ subject: randomUUID(), name: 'Old', email: 'old@example.org', examId: 'small' })).attemptId;
}
