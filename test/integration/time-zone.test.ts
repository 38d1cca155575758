import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { createReceiptSigner } from '../../publication/receipts.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createStore } from '../../store/store.ts';
import { createDatabase, receiptKeys } from '../support/database.ts';
import { smallExam } from '../../trials/people/small-exam.ts';

it('reads and writes every instant right on a PostgreSQL whose time zone is not UTC', async () => {
  const { databaseUrl, drop } = await createDatabase();
  const admin = new pg.Client({ connectionString: inject('templateDatabaseUrl') });
  await admin.connect();
  await admin.query(`ALTER DATABASE ${new URL(databaseUrl).pathname.slice(1)} SET timezone = 'America/New_York'`);
  await admin.end();
  const receipts = await createReceiptSigner({ keys: await receiptKeys(), issuer: 'http://localhost' });
  const store = createStore({ prisma: connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 }), clock: postgresClock, receipts });
  try {
    await store.examVersions.publish({ content: smallExam(), actor: 'test' });
    const subject = randomUUID();
    const { attemptId } = await store.attempts.register({ subject, name: 'Ada Example', examId: 'small' });
    await store.sittings.start({ attemptId, subject });
    const { facts } = await store.attempts.read({ attemptId });
    expect(Math.abs(facts.asOf - Date.now())).toBeLessThan(60_000);
    const sitting = facts.sittings.aptitude;
    expect(Math.abs((sitting?.startedAt ?? 0) - Date.now())).toBeLessThan(60_000);
    expect((sitting?.deadline ?? 0) - (sitting?.startedAt ?? 0)).toBe(90 * 60_000);
    await expect(store.sittings.saveResponse({ attemptId, subject, itemId: 't1', value: 'in time', sequence: 1 })).resolves.toMatchObject({
      sequence: 1,
    });
  } finally {
    await store.close();
    await drop();
  }
});
