import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { entryHash, leafOf } from '../../domain/ledger.ts';
import { EVENT_SCHEMAS } from '../../publication/events/schemas.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { connectDatabase } from '../../store/context.ts';
import { createLedgerAuditStore } from '../../store/ledger/audit.ts';
import { KEEPER_LOCK } from '../../store/ledger/keeper.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { startedAttempt, submittedAttempt } from '../support/sitting.ts';

let test: TestStore;
let prisma: ReturnType<typeof connectDatabase>;
/** As the owner of the tables. */
let database: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 5 });
  database = new pg.Client({ connectionString: test.databaseUrl });
  await database.connect();
  await test.store.examVersions.publish({ content: smallExam(), actor: 'test' });
});
beforeEach(async () => {
  while ((await test.store.ledger.enterPending()) > 0);
});
afterAll(async () => {
  await database?.end();
  await prisma?.$disconnect();
  await test?.close();
});

const countOf = async (table: string) =>
  (await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`)).rows[0]?.count ?? -1;

async function problems(): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const { findings } of createLedgerAuditStore({ prisma }).records()) found.push(...findings);
  return found;
}

describe('a record and its entry', () => {
  it('are one transaction: what is rolled back, or cut off by a crash, leaves neither', async () => {
    const { attemptId } = await startedAttempt(test.store);
    while ((await test.store.ledger.enterPending()) > 0);
    const client = new pg.Client({ connectionString: test.databaseUrl });
    await client.connect();
    client.on('error', () => {});
    await client.query('BEGIN');
    await client.query("UPDATE sitting SET deadline = deadline + interval '1 hour' WHERE attempt_id = $1", [attemptId]);
    expect((await client.query('SELECT act FROM ledger_pending')).rows).toEqual([{ act: 'changed' }]);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
    await client.end().catch(() => {});
    expect(await countOf('ledger_pending')).toBe(0);
    expect(await problems()).toEqual([]);
  });

  it('a change of nothing that the ledger keeps is no entry', async () => {
    await submittedAttempt(test.store);
    while ((await test.store.ledger.enterPending()) > 0);
    await database.query('UPDATE attempt SET told = NOT told');
    await database.query('UPDATE sitting SET deadline = deadline');
    expect(await countOf('ledger_pending')).toBe(0);
  });
});

describe('keepers', () => {
  it('give each entry one place, though several are at it and records come meanwhile', async () => {
    const before = await countOf('ledger_entry');
    const writers = Array.from({ length: 10 }, async () => {
      for (let index = 0; index < 3; index += 1) await submittedAttempt(test.store);
    });
    let isWritten = false;
    const keepers = Array.from({ length: 4 }, async () => {
      while (!isWritten || (await countOf('ledger_pending')) > 0) await test.store.ledger.enterPending();
    });
    await Promise.all(writers);
    isWritten = true;
    await Promise.all(keepers);
    const { rows } = await database.query<{ positions: number; last: string }>(
      'SELECT count(DISTINCT position)::int AS positions, max(position) AS last FROM ledger_entry',
    );
    expect(rows[0]?.positions).toBeGreaterThan(before + 30 * 4);
    expect(rows[0]).toEqual({ positions: await countOf('ledger_entry'), last: String((rows[0]?.positions ?? 0) - 1) });
    expect(await problems()).toEqual([]);
  });

  it('hold up no record, and work through a shard that is full of one attempt’s', async () => {
    const { attemptId } = await startedAttempt(test.store);
    const stalled = new pg.Client({ connectionString: test.databaseUrl });
    await stalled.connect();
    await stalled.query('BEGIN');
    await stalled.query('SELECT pg_advisory_xact_lock($1)', [KEEPER_LOCK]);
    await stalled.query('SELECT * FROM ledger_state FOR UPDATE');
    // There and back again, all of one shard.
    await database.query(`DO $$ BEGIN FOR i IN 1..1500 LOOP
      UPDATE sitting SET deadline = deadline + interval '1 hour' WHERE attempt_id = '${attemptId}';
      UPDATE sitting SET deadline = deadline - interval '1 hour' WHERE attempt_id = '${attemptId}';
    END LOOP; END $$`);
    const waiting = await countOf('ledger_pending');
    expect(waiting).toBeGreaterThanOrEqual(3000);
    // Whatever the keeper is at, records are written: of the same shard and of others.
    await Promise.all([
      submittedAttempt(test.store),
      submittedAttempt(test.store),
      test.store.attempts.withdrawByStaff({ attemptId, actor: 'sam', reason: 'x', actionKey: attemptId }),
    ]);
    expect(await test.store.ledger.enterPending()).toBe(0);
    expect(await countOf('ledger_pending')).toBeGreaterThan(waiting);
    await stalled.query('ROLLBACK');
    await stalled.end();
    while ((await test.store.ledger.enterPending()) > 0);
    const { rows } = await database.query<{ shard: number; count: number; last: number }>(
      `SELECT shard, count(*)::int AS count, max(shard_index)::int AS last FROM ledger_entry GROUP BY shard HAVING bool_or(attempt_id = $1)`,
      [attemptId],
    );
    expect(rows).toEqual([{ shard: expect.any(Number), count: expect.any(Number), last: (rows[0]?.count ?? 0) - 1 }]);
    expect(rows[0]?.count).toBeGreaterThan(3000);
    expect(await problems()).toEqual([]);
  });

  it('hash an entry as it is read, so that its leaf can be shown to anybody', async () => {
    for await (const page of createLedgerAuditStore({ prisma }).entries())
      for (const entry of page) {
        const plain = createHash('sha256').update(Uint8Array.of(0)).update(leafOf(entry)).digest('hex');
        expect(entry.hash).toBe(plain);
        expect(Buffer.from(entryHash((...parts) => createHash('sha256').update(Buffer.concat(parts)).digest(), entry)).toString('hex')).toBe(plain);
      }
  });
});

describe('heads', () => {
  it('are told to the sinks, each once, in their order, with what was signed', async () => {
    const told = async () =>
      (
        await database.query<{ data: { size: number; root: string; jws: string }; key: string }>(
          "SELECT data, key FROM event WHERE type = 'ledger.head_signed' ORDER BY position",
        )
      ).rows;
    const before = (await told()).length;
    for (let round = 0; round < 2; round += 1) {
      await submittedAttempt(test.store);
      while ((await test.store.ledger.enterPending()) > 0);
      await Promise.all([1, 2, 3].map(() => test.store.ledger.signHead({ everySeconds: round === 0 ? 0 : 3600 })));
      await test.store.ledger.signHead({ everySeconds: 0 });
    }
    const heads = (await database.query<{ size: string; jws: string }>('SELECT size, jws FROM ledger_head ORDER BY number')).rows;
    const events = await told();
    expect(events.map(({ data }) => data.jws)).toEqual(heads.map(({ jws }) => jws));
    expect(events.map(({ data }) => data.size)).toEqual(heads.map(({ size }) => Number(size)));
    expect(events.length).toBeGreaterThanOrEqual(before + 2);
    expect(new Set(events.map(({ key }) => key)).size).toBe(1);
    for (const { data } of events) expect(EVENT_SCHEMAS['ledger.head_signed'].data.safeParse(data).success).toBe(true);
  });

  it('come when there is something new, and after a day without; never of an earlier instant than the one before', async () => {
    const { ledger } = test.store;
    await submittedAttempt(test.store);
    while ((await ledger.enterPending()) > 0);
    const first = await ledger.signHead({ everySeconds: 0 });
    expect(first?.size).toBe(await countOf('ledger_entry'));
    expect(await ledger.signHead({ everySeconds: 0 })).toBeUndefined();
    expect((await ledger.backlog()).count).toBe(0);

    await submittedAttempt(test.store);
    expect((await ledger.backlog()).count).toBeGreaterThan(0);
    while ((await ledger.enterPending()) > 0);
    expect(await ledger.signHead({ everySeconds: 3600 })).toBeUndefined();
    const second = await ledger.signHead({ everySeconds: 0 });
    expect(second?.size).toBeGreaterThan(first?.size ?? 0);

    // As if the clock had been an hour ahead when the last one was signed.
    await database.query('SET session_replication_role = replica');
    await database.query("UPDATE ledger_head SET signed_at = signed_at + interval '1 hour' WHERE number = (SELECT max(number) FROM ledger_head)");
    await submittedAttempt(test.store);
    while ((await ledger.enterPending()) > 0);
    const third = await ledger.signHead({ everySeconds: -7200 });
    expect(Date.parse(third?.at ?? '')).toBe(Date.parse(second?.at ?? '') + 3_600_000);

    await database.query("UPDATE ledger_head SET signed_at = signed_at - interval '26 hours'");
    const nothingNew = await ledger.signHead({ everySeconds: 600 });
    expect({ size: nothingNew?.size, root: nothingNew?.root }).toEqual({ size: third?.size, root: third?.root });
    await database.query('SET session_replication_role = origin');
  });
});
