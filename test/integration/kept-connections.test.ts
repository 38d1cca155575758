import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { askDirectly, connectDatabase, type ConnectionOptions } from '../../store/context.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { createTestStore, type TestStore } from '../support/database.ts';

let test: TestStore;
beforeAll(async () => {
  test = await createTestStore();
});
afterAll(() => test.close());
afterEach(() => {
  vi.useRealTimers();
});

const RUNS = 4;
type Plans = { generic_plans: string; custom_plans: string };

async function plansOf(options: ConnectionOptions): Promise<readonly Plans[]> {
  const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 }, options);
  try {
    for (let run = 0; run < RUNS; run += 1) await prisma.attempt.findUnique({ where: { id: crypto.randomUUID() } });
    return await askDirectly<Plans>(
      prisma,
      Prisma.sql`SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%"attempt"%' AND statement NOT LIKE '%pg_prepared_statements%'`,
    );
  } finally {
    await prisma.$disconnect();
  }
}

describe('a connection', () => {
  it('of those who serve plans a statement once, at its first run', async () => {
    expect(await plansOf({})).toEqual([{ generic_plans: String(RUNS), custom_plans: '0' }]);
  });

  it('of those who read much at a time plans for the values', async () => {
    expect(await plansOf({ planned: 'by-values' })).toEqual([{ generic_plans: '0', custom_plans: String(RUNS) }]);
  });

  it('is kept over a lull of minutes, and not for ever', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
    const server = async () => (await askDirectly<{ pid: number }>(prisma, Prisma.sql`SELECT pg_backend_pid() AS pid`))[0]?.pid;
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
