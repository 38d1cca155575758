import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ANSWER_MILLISECONDS, connectDatabase } from '../../store/context.ts';
import { createTestStore, type TestStore } from '../support/database.ts';

let test: TestStore;
beforeAll(async () => {
  test = await createTestStore();
});
afterAll(() => test.close());
afterEach(() => {
  vi.useRealTimers();
});

describe('a connection', () => {
  it('is kept over a lull of minutes, and not for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const server = async () => (await prisma.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`)[0]?.pid;
    try {
      const first = await server();
      vi.advanceTimersByTime(240_000);
      expect(await server()).toBe(first);
      vi.advanceTimersByTime(310_000);
      expect(await server()).not.toBe(first);
    } finally {
      vi.useRealTimers();
      await prisma.$disconnect();
    }
  });

  it('of those who serve takes one processor for a query, and one of a tool as many as PostgreSQL gives it', async () => {
    const helpers = async (options: { answerMilliseconds?: number }) => {
      const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 }, options);
      try {
        const [row] = await prisma.$queryRaw<{ helpers: string }[]>`SELECT current_setting('max_parallel_workers_per_gather') AS helpers`;
        return Number(row?.helpers);
      } finally {
        await prisma.$disconnect();
      }
    };
    expect(await helpers({ answerMilliseconds: ANSWER_MILLISECONDS })).toBe(0);
    expect(await helpers({})).toBeGreaterThan(0);
  });
});
