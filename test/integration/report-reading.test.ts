import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createReportStore } from '../../store/reports.ts';
import { fillItems, ITEMS_EXAM } from '../../trials/benchmarks/items-records.ts';
import { createTestStore, type TestStore } from '../support/database.ts';

/** More than the pages of a report, so that what each page reads of a table adds up. */
const ATTEMPTS = 7000;

let test: TestStore;
let client: pg.Client;

beforeAll(async () => {
  test = await createTestStore();
  client = new pg.Client({ connectionString: test.databaseUrl });
  await client.connect();
  await fillItems(test.databaseUrl, { attempts: ATTEMPTS, choiceItems: 20, textItems: 5 });
}, 120_000);

afterAll(async () => {
  await client?.end();
  await test?.close();
});

/** How many rows PostgreSQL has read of each of these tables, by its own counters. */
async function rowsReadOf(tables: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query<{ relname: string; rows: number }>(
    'SELECT relname, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS rows FROM pg_stat_user_tables WHERE relname = ANY ($1)',
    [tables],
  );
  return Object.fromEntries(rows.map(({ relname, rows: read }) => [relname, read]));
}

it('a report reads each decision, answer, assignment and mark once, however many there are', async () => {
  const tables = ['decision', 'submission', 'assignment', 'mark'];
  const before = await rowsReadOf(tables);
  const prisma = connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 1 });
  const context = { prisma, clock: postgresClock };
  const { id: examVersionId } = await createExamVersionStore(context).published({ examId: ITEMS_EXAM, version: 1 });
  let tests = 0;
  for await (const { marks } of createReportStore(context).decidedTests({ examVersionId, until: new Date(), test: 'aptitude' })) {
    expect(marks).toHaveLength(1);
    tests += 1;
  }
  // A connection hands in what it counted when it ends.
  await prisma.$disconnect();
  expect(tests).toBe(ATTEMPTS);
  const once: Readonly<Record<string, number>> = { decision: ATTEMPTS, submission: ATTEMPTS, assignment: ATTEMPTS, mark: 5 * ATTEMPTS };
  await expect
    .poll(async () => {
      const after = await rowsReadOf(tables);
      const times = tables.map((table) => ((after[table] ?? 0) - (before[table] ?? 0)) / (once[table] ?? 0));
      // The planner looks at a row here and there, too.
      return tables.map((table, index) => `${table}: ${times[index]?.toFixed(2)}`);
    })
    .toEqual(tables.map((table) => `${table}: 1.00`));
});
