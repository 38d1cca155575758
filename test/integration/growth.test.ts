import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createRecoveryStore } from '../../store/recovery.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { regularQueries, type Asked, type RegularQuery } from '../../trials/benchmarks/growth-queries.ts';
import { analyze, fillOpen, fillSettled, prepareRecords, type Shape } from '../../trials/benchmarks/growth-records.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import { nodesOf, type Plan } from '../support/plans.ts';

/** So few a week that all windows of time lie within the smaller size, and so few graders that each has more marks than are looked at. */
const SHAPE: Shape = { weekly: 20, graders: 6, designated: 2 };
const [OPEN, SMALL, LARGE] = [200, 1500, 6000];
/** As store/assignments/queue.ts reads them. */
const NEWEST_CLAIMS = 1000;

/** Bounded by a number that is larger than what there is here, with that number. */
const BOUNDED_BY_NUMBER: Readonly<Record<string, string>> = {
  'quality of items': 'the newest 5,000 decisions of an exam (store/graders/item-quality.ts)',
  'drift watched': 'the newest 1,000 decisions of a test (store/graders/drift.ts)',
};

type Reading = Readonly<Record<string, number>>;

let test: TestStore;
let client: pg.Client;
let queries: Readonly<Record<string, RegularQuery>>;
const readings: Reading[] = [];

beforeAll(async () => {
  test = await createTestStore();
  client = new pg.Client({ connectionString: test.databaseUrl });
  await client.connect();
  const context = { prisma: connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 }), clock: postgresClock };
  queries = regularQueries({ store: test.store, recovery: createRecoveryStore(context), register: createPostgresRegister(context) });
  await prepareRecords(client, createExamVersionStore(context), SHAPE);
  await fillOpen(client, SHAPE, OPEN);
  const sizes: Reading[] = [];
  for (const [from, to] of [
    [1, SMALL],
    [SMALL + 1, LARGE],
  ] as const) {
    await fillSettled(client, SHAPE, { from, to });
    await analyze(client);
    while (await test.store.measures.tally());
    sizes.push(await rowsOfTables());
    readings.push(await readAll(sizes[0] ?? {}, sizes.at(-1) ?? {}));
  }
  await context.prisma.$disconnect();
}, 300_000);

afterAll(async () => {
  await client?.end();
  await test?.close();
});

async function rowsOfTables(): Promise<Reading> {
  const { rows } = await client.query<{ name: string; count: number }>(
    `SELECT relname AS name, reltuples::int AS count FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

/** How many rows each query reads of the tables that grow, by EXPLAIN of what it sends. */
async function readAll(small: Reading, large: Reading): Promise<Reading> {
  const growing = new Set(Object.keys(large).filter((name) => large === small || (large[name] ?? 0) > 1.5 * (small[name] ?? 0)));
  const [asked] = (
    await client.query<Asked>(
      `SELECT 'grader-4' AS grader, 'grader-1' AS designated, c.attempt_id AS "attemptId", k.subject, c.id AS "certificateId"
       FROM certificate c JOIN candidate k ON k.id = c.candidate_id ORDER BY c.issued_at DESC LIMIT 1`,
    )
  ).rows;
  if (!asked) throw new Error('somebody is certified');
  const read: Record<string, number> = {};
  for (const [name, query] of Object.entries(queries)) {
    if (query.undo !== undefined) await client.query(query.undo);
    const plans = await plansOf(await statementsOf(() => query.run(asked)));
    if (query.undo !== undefined) await client.query(query.undo);
    read[name] = plans
      .flatMap(nodesOf)
      .filter((node) => growing.has(node['Relation Name'] ?? ''))
      .reduce((sum, node) => sum + rowsOf(node), 0);
  }
  return read;
}

type Statement = { readonly text: string; readonly values: unknown[] };

/** What is sent to PostgreSQL meanwhile, whichever way. */
async function statementsOf(run: () => Promise<unknown>): Promise<readonly Statement[]> {
  const sent: Statement[] = [];
  const prototype = pg.Client.prototype as { query: (...parameters: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function note(this: pg.Client, ...parameters) {
    const [first, second] = parameters as [string | { text: string; values?: unknown[] }, unknown];
    const [text, own] = typeof first === 'string' ? [first, undefined] : [first.text, first.values];
    if (/^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b/i.test(text)) sent.push({ text, values: Array.isArray(second) ? second : (own ?? []) });
    return Reflect.apply(query, this, parameters);
  };
  try {
    await run();
  } finally {
    prototype.query = query;
  }
  return sent;
}

/**
 * In one transaction that is rolled back, as these statements may set what the next ones stand on. By indexes wherever there is one, as the planner does
 * once tables are large: what is read all the same has none.
 */
async function plansOf(statements: readonly Statement[]): Promise<readonly Plan[]> {
  await client.query(`BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off`);
  try {
    const plans: Plan[] = [];
    for (const { text, values } of statements) {
      const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>({
        text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
        values: values.map(another),
      });
      plans.push((rows[0] as NonNullable<(typeof rows)[0]>)['QUERY PLAN'][0].Plan);
    }
    return plans;
  } finally {
    await client.query('ROLLBACK');
  }
}

const MADE_NOW = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const BEFORE = Date.now();

/** What was written has its id already: what is written once more needs another. */
function another(value: unknown): unknown {
  const isNew = typeof value === 'string' && MADE_NOW.test(value) && Number.parseInt(value.slice(0, 8) + value.slice(9, 13), 16) >= BEFORE;
  return isNew ? uuidv7() : value;
}

function rowsOf(node: Plan): number {
  return (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'];
}

it('no query that is asked all day long reads more as the years add up', () => {
  const [small = {}, large = {}] = readings;
  const grown = Object.entries(large)
    .filter(([name, rows]) => !(name in BOUNDED_BY_NUMBER) && rows > 2 * (small[name] ?? 0) + 100)
    .map(([name, rows]) => `${name}: ${small[name]} rows with ${SMALL} attempts that are over, ${rows} with ${LARGE}`);
  expect(grown).toEqual([]);
});

it('a queue, which everybody who marks asks for every half minute, reads a few rows for each open seat and the newest claims, of a designated grader too', async () => {
  const { rows } = await client.query<{ seats: number }>(`SELECT count(*)::int AS seats FROM assignment WHERE state = 'open'`);
  const seats = rows[0]?.seats ?? 0;
  expect(seats).toBeGreaterThan(100);
  // Of a seat: itself, submission, sitting, attempt, candidate and claims; of a claim with what is known of its time about as many.
  const most = 10 * seats + 8 * NEWEST_CLAIMS;
  const [, large = {}] = readings;
  expect(large['queue']).toBeLessThanOrEqual(most);
  // The seats of the others are looked at as well, for whether somebody else is left to settle them.
  expect(large['queue of a designated grader']).toBeLessThanOrEqual(2 * most);
});
