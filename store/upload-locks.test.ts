import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase } from '../test/support/database.ts';
import { createUploadLocks, type UploadLocks } from './upload-locks.ts';

let database: Awaited<ReturnType<typeof createDatabase>>;
const open: UploadLocks[] = [];
beforeAll(async () => {
  database = await createDatabase();
});
afterEach(() => Promise.all(open.splice(0).map((locks) => locks.close())));
afterAll(() => database.drop());

/** Each is what one process has. */
function locksOfAProcess(): UploadLocks {
  const locks = createUploadLocks({ databaseUrl: { current: database.databaseUrl } });
  open.push(locks);
  return locks;
}

const never = new AbortController().signal;
const impatient = () => AbortSignal.abort();

describe('the lock of an upload', () => {
  it.each(['another process', 'the same process'])(
    'is had by one only, and passes to a waiter in %s when the holder is asked and ends',
    async (where) => {
      const first = locksOfAProcess();
      const second = where === 'the same process' ? first : locksOfAProcess();
      let isHeld = true;
      const wanted = Promise.withResolvers<void>();
      expect(await first.acquire('a', { onWanted: wanted.resolve, signal: never })).toBe(true);
      const waiting = second.acquire('a', { onWanted: () => {}, signal: never }).then((locked) => ({ locked, wasHeld: isHeld }));
      await wanted.promise;
      expect(await second.acquire('a', { onWanted: () => {}, signal: impatient() })).toBe(false);
      isHeld = false;
      await first.release('a');
      expect(await waiting).toEqual({ locked: true, wasHeld: false });
      expect(await second.acquire('b', { onWanted: () => {}, signal: never })).toBe(true);
    },
  );

  it('is free at once when its process dies', async () => {
    const [dying, other] = [locksOfAProcess(), locksOfAProcess()];
    await dying.acquire('c', { onWanted: () => {}, signal: never });
    await dying.close();
    expect(await other.acquire('c', { onWanted: () => {}, signal: never })).toBe(true);
  });

  it('that is lost with its connection ends its holder, and can be had again', async () => {
    const locks = locksOfAProcess();
    const lost = Promise.withResolvers<void>();
    await locks.acquire('d', { onWanted: lost.resolve, signal: never });
    await endConnections();
    await lost.promise;
    await locks.release('d');
    expect(await locks.acquire('d', { onWanted: () => {}, signal: never })).toBe(true);
  });

  it('is never had by two of many that want it at once', async () => {
    const processes = [locksOfAProcess(), locksOfAProcess(), locksOfAProcess()];
    let holders = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const locks = processes[index % processes.length];
        if (!(await locks?.acquire('e', { onWanted: () => {}, signal: never }))) throw new Error('not locked in time');
        most = Math.max(most, (holders += 1));
        await pause(5);
        holders -= 1;
        await locks?.release('e');
      }),
    );
    expect(most).toBe(1);
  });
});

/** As a restart of PostgreSQL does. */
async function endConnections(): Promise<void> {
  const client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()');
  await client.end();
}
