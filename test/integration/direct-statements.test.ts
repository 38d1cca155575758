import { setTimeout as pause } from 'node:timers/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Prisma, PrismaClient } from '../../prisma/generated/client.ts';
import { connectDatabase, isDatabaseUnavailable, isUniqueViolation } from '../../store/context.ts';
import { createTestStore, type TestStore } from '../support/database.ts';

let test: TestStore;
/** Of two connections, as one that an answer is waited for needs another beside. */
let prisma: PrismaClient;
/** As Prisma alone has it. */
let plain: PrismaClient;

beforeAll(async () => {
  test = await createTestStore();
  prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 });
  plain = new PrismaClient({ adapter: new PrismaPg({ connectionString: test.databaseUrl, options: '-c TimeZone=UTC' }) });
  await prisma.$executeRaw`CREATE TABLE kept (id int PRIMARY KEY, note text)`;
});
afterAll(async () => {
  await Promise.all([prisma.$disconnect(), plain.$disconnect()]);
  await test.close();
});

const failureOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined).catch((error: unknown) => error);

describe('a statement that is written out', () => {
  it.each([
    [
      'numbers',
      Prisma.sql`SELECT 1::int2 AS a, 2::int4 AS b, 9007199254740993::int8 AS c, 0.1::float8 AS d, 1.5::float4 AS e, 12.340::numeric AS f, NULL::int8 AS g`,
    ],
    [
      'text and truth',
      Prisma.sql`SELECT 'é'::text AS a, 'v'::varchar AS b, true AS c, NULL::text AS d, '6f6b1d2e-4c5a-4f0e-9a53-1d9c0b7e8a11'::uuid AS e`,
    ],
    [
      'instants',
      Prisma.sql`SELECT '2026-11-30 17:00:00.057123+02'::timestamptz AS a, '2026-11-30 00:00:00+00'::timestamptz AS b, '2024-02-29'::date AS c`,
    ],
    ['JSON and bytes', Prisma.sql`SELECT '{"a": [1, null, "x"]}'::jsonb AS a, '[1]'::json AS b, 'null'::jsonb AS c, '\\x00ff'::bytea AS d`],
    [
      'lists',
      Prisma.sql`SELECT ARRAY['a', NULL, '{"']::text[] AS a, ARRAY[1, 2]::int[] AS b, ARRAY[9007199254740993]::int8[] AS c, ARRAY['2026-11-30 17:00:00.5+00']::timestamptz[] AS d,
        ARRAY['6f6b1d2e-4c5a-4f0e-9a53-1d9c0b7e8a11']::uuid[] AS e, '{}'::text[] AS f, ARRAY[1.5]::numeric[] AS g, ARRAY['{"a": 1}']::jsonb[] AS h, ARRAY[true] AS i`,
    ],
    [
      'what is sent',
      Prisma.sql`SELECT ${"it's"}::text AS a, ${7}::int AS b, ${new Date('2026-11-30T17:00:00.057Z')}::timestamptz AS c, ${null}::uuid AS d, ${['a,"b', 'c']}::text[] AS e,
        ${[1, 2]}::int[] AS f, ${'{"a": 1}'}::jsonb AS g, ${true} AS h, ${12n}::int8 AS i, ${new Uint8Array([0, 255])}::bytea AS j, ${[new Date(0)]}::timestamptz[] AS k,
        'at ' || ${new Date('2026-11-30T17:00:00.050Z')} || ${new Date('2026-11-30T17:00:00Z')} AS l, ${new Date('+012026-11-30T17:00:00Z')}::timestamptz::text AS m`,
    ],
  ])('gives the values that Prisma gives: %s', async (_what, statement) => {
    const rows = await prisma.$queryRaw(statement);
    expect(rows).toStrictEqual(await plain.$queryRaw(statement));
    expect(await prisma.$transaction((tx) => tx.$queryRaw(statement))).toStrictEqual(rows);
  });

  it('counts what it wrote, and refuses a parameter that has no value', async () => {
    expect(await prisma.$executeRaw`INSERT INTO kept SELECT n, 'counted' FROM generate_series(10, 12) n`).toBe(3);
    const missing = undefined as unknown as string;
    expect(await failureOf(prisma.$executeRaw`UPDATE kept SET note = ${missing} WHERE id = 10`)).toBeInstanceOf(TypeError);
  });

  it('is of its transaction, as what Prisma asks there is', async () => {
    const failure = failureOf(
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`INSERT INTO kept VALUES (1, 'taken back')`;
        await tx.candidate.create({ data: { id: '6f6b1d2e-4c5a-4f0e-9a53-1d9c0b7e8a11', subject: 'nobody', name: 'Nobody', createdAt: new Date() } });
        const [mine] = await tx.$queryRaw<[{ kept: number; nobody: number }]>`
          SELECT (SELECT count(*)::int FROM kept WHERE id = 1) AS kept, (SELECT count(*)::int FROM candidate WHERE subject = 'nobody') AS nobody`;
        expect(mine).toEqual({ kept: 1, nobody: 1 });
        // Beside it, nothing of that is there.
        expect(await prisma.$queryRaw`SELECT id FROM kept WHERE id = 1`).toEqual([]);
        throw new RangeError('no');
      }),
    );
    expect(await failure).toBeInstanceOf(RangeError);
    expect(
      await prisma.$queryRaw`SELECT (SELECT count(*)::int FROM kept WHERE id = 1) + (SELECT count(*)::int FROM candidate WHERE subject = 'nobody') AS left`,
    ).toEqual([{ left: 0 }]);
  });

  it('is known as a second one of what there may be one of, and quotes no row', async () => {
    const twice = () => prisma.$executeRaw`INSERT INTO kept VALUES (5, 'a secret of Ada')`;
    await twice();
    for (const failure of [
      await failureOf(twice()),
      await failureOf(prisma.$transaction((tx) => tx.$executeRaw`INSERT INTO kept VALUES (5, 'a secret of Ada')`)),
    ]) {
      expect(isUniqueViolation(failure)).toBe(true);
      expect(JSON.stringify({ ...(failure as object) })).not.toMatch(/secret|\(5\)/);
    }
  });
});

describe('a transaction that took too long', () => {
  it('asks nothing more of a connection that others may have by then', async () => {
    const late: unknown[] = [];
    const failure = await failureOf(
      prisma.$transaction(
        async (tx) => {
          await tx.$executeRaw`INSERT INTO kept VALUES (20, 'in time')`;
          await pause(500);
          late.push(await failureOf(Promise.resolve(tx.$executeRaw`INSERT INTO kept VALUES (21, 'late')`)));
        },
        { timeout: 300 },
      ),
    );
    expect(isDatabaseUnavailable(failure)).toBe(true);
    await expect.poll(() => late.length).toBe(1);
    expect(isDatabaseUnavailable(late[0])).toBe(true);
    expect(await prisma.$queryRaw`SELECT id FROM kept WHERE id IN (20, 21)`).toEqual([]);
  });

  it('gives its connection back, and those that come after it theirs', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ids = await Promise.all(
        [1, 2, 3, 4].map((which) =>
          prisma.$transaction(async (tx) => {
            const pid = async () => (await tx.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`)[0].pid;
            const first = await pid();
            await tx.$executeRaw`INSERT INTO kept VALUES (${100 + round * 10 + which}, 'mine')`;
            await pause(5);
            expect(await pid()).toBe(first);
            return first;
          }),
        ),
      );
      expect(new Set(ids).size).toBeLessThanOrEqual(2);
    }
    expect(await prisma.$queryRaw`SELECT count(*)::int AS count FROM kept WHERE note = 'mine'`).toEqual([{ count: 20 }]);
  });
});
