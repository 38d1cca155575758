import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { fillOpen, fillSettled, prepareRecords, type Shape } from '../../trials/benchmarks/growth-records.ts';
import { createTestStore, type TestStore } from '../support/database.ts';

/**
 * Records of years are filled whatever day it is: what is paid by the month, kept so many days or due in a week lies otherwise on each of them.
 * On the first days of a month open attempts, too, have work of a month that is over.
 */

const SHAPE: Shape = { weekly: 20, graders: 6, designated: 2 };
/** Of twenty a week, each as long after the one before. */
const SINCE_NEWEST = (7 * 86_400_000) / SHAPE.weekly + 3_600_000;
const DAYS = [
  '2026-12-01T00:54:00Z',
  '2026-12-31T23:59:59Z',
  '2027-01-01T00:00:00Z',
  '2027-03-01T12:00:00Z',
  '2027-03-28T01:30:00Z',
  '2028-02-29T12:00:00Z',
];

let test: TestStore;
let client: pg.Client;
let filled: string;

beforeAll(async () => {
  test = await createTestStore();
  client = new pg.Client({ connectionString: test.databaseUrl });
  await client.connect();
  const context = { prisma: connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 }), clock: postgresClock };
  await prepareRecords(client, createExamVersionStore(context), SHAPE);
  await context.prisma.$disconnect();
  const { rows } = await client.query<{ filled: string }>(
    `SELECT string_agg(format('%I', tablename), ', ') AS filled FROM pg_tables
     WHERE schemaname = 'public' AND tablename NOT IN ('_prisma_migrations', 'exam_version', 'grader', 'pay_rate', 'event_sink')`,
  );
  filled = rows[0]?.filled ?? '';
  // Found before PostgreSQL's own.
  await client.query(`CREATE SCHEMA given; SET search_path = given, public, pg_catalog`);
});

afterAll(async () => {
  await client?.end();
  await test?.close();
});

it.each(DAYS)('filled on %s', async (day) => {
  // Of a day that failed before.
  await client.query('ROLLBACK');
  await client.query(`CREATE OR REPLACE FUNCTION given.now() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT '${day}'::timestamptz $$`);
  await client.query(`SET session_replication_role = replica; TRUNCATE ${filled}; RESET session_replication_role`);
  await fillOpen(client, SHAPE, 100);
  await fillSettled(client, SHAPE, { from: 1, to: 200 });
  const { rows } = await client.query<{ attempts: number; settled: Date; paid: boolean }>(
    'SELECT count(*)::int AS attempts, max(settled_at) AS settled, EXISTS (SELECT FROM pay_line) AS paid FROM attempt',
  );
  expect(rows).toEqual([{ attempts: 300, settled: new Date(Date.parse(day) - SINCE_NEWEST), paid: true }]);
});
