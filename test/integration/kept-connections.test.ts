import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectDatabase } from '../../store/context.ts';
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
});
