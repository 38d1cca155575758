import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createRecoveryStore } from '../../store/recovery.ts';
import { createPostgresRegister } from '../../store/register.ts';
import { regularQueries, type Asked, type RegularQuery } from '../../trials/benchmarks/growth-queries.ts';
import { analyze, fillOpen, fillSettled, prepareRecords, type Shape } from '../../trials/benchmarks/growth-records.ts';
import { createTestStore, type TestStore } from '../support/database.ts';
import {
  grownBetween,
  rowsOfTables,
  rowsReadIn,
  sampleAnew,
  statementsOf,
  takeForLarger,
  type Known,
  type Rows,
  type Statement,
} from '../support/rows-read.ts';

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

/** How often the planner takes another sample; and how many times as large it takes what grows to be, by turns with as large as it is: a million attempts. */
const [SAMPLES, LARGER] = [12, 200];

type Reading = Readonly<Record<string, number>>;

let test: TestStore;
let client: pg.Client;
let queries: Readonly<Record<string, RegularQuery>>;
const readings: Reading[] = [];
/** Of the larger size: what grew, and what each query sends. */
let grownTables: ReadonlySet<string>;
let sent: Readonly<Record<string, readonly Statement[]>>;

beforeAll(async () => {
  test = await createTestStore();
  client = new pg.Client({ connectionString: test.databaseUrl });
  await client.connect();
  const context = { prisma: connectDatabase({ DATABASE_URL: test.databaseUrl, DATABASE_POOL_SIZE: 2 }), clock: postgresClock };
  queries = regularQueries({ store: test.store, recovery: createRecoveryStore(context), register: createPostgresRegister(context) });
  await prepareRecords(client, createExamVersionStore(context), SHAPE);
  await fillOpen(client, SHAPE, OPEN);
  const sizes: Rows[] = [];
  for (const [from, to] of [
    [1, SMALL],
    [SMALL + 1, LARGE],
  ] as const) {
    await fillSettled(client, SHAPE, { from, to });
    await analyze(client);
    while (await test.store.measures.tally());
    sizes.push(await rowsOfTables(client));
    const [small = {}, large] = sizes;
    grownTables = large ? grownBetween(small, large) : new Set(Object.keys(small));
    sent = await sendAll();
    readings.push(await readAll());
  }
  await context.prisma.$disconnect();
}, 300_000);

afterAll(async () => {
  await client?.end();
  await test?.close();
});

async function sendAll(): Promise<Readonly<Record<string, readonly Statement[]>>> {
  const [asked] = (
    await client.query<Asked>(
      `SELECT 'grader-4' AS grader, 'grader-1' AS designated, c.attempt_id AS "attemptId", k.subject, c.id AS "certificateId"
       FROM certificate c JOIN candidate k ON k.id = c.candidate_id ORDER BY c.issued_at DESC LIMIT 1`,
    )
  ).rows;
  if (!asked) throw new Error('somebody is certified');
  const statements: Record<string, readonly Statement[]> = {};
  for (const [name, query] of Object.entries(queries)) {
    if (query.undo !== undefined) await client.query(query.undo);
    statements[name] = await statementsOf(() => query.run(asked));
    if (query.undo !== undefined) await client.query(query.undo);
  }
  return statements;
}

/** How many rows each query reads of the tables that grow, by EXPLAIN of what it sends. */
async function readAll(known?: Known): Promise<Reading> {
  const read: Record<string, number> = {};
  for (const [name, statements] of Object.entries(sent))
    read[name] = await rowsReadIn(statements, { client, tables: grownTables, ...(known && { known }) });
  return read;
}

/** Those that read more now than with few attempts. */
function grownBeyond(small: Reading, large: Reading): readonly string[] {
  return Object.entries(large)
    .filter(([name, rows]) => !(name in BOUNDED_BY_NUMBER) && rows > 2 * (small[name] ?? 0) + 100)
    .map(([name, rows]) => `${name}: ${small[name]} rows with ${SMALL} attempts that are over, ${rows} with ${LARGE}`);
}

it('no query that is asked all day long reads more as the years add up', () => {
  const [small = {}, large = {}] = readings;
  expect(grownBeyond(small, large)).toEqual([]);
});

it('nor does it whatever sample of the tables the planner has taken, and however large it takes them to be', async () => {
  const [small = {}] = readings;
  const grown = new Set<string>();
  const known: Known = new Map();
  try {
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      await sampleAnew(client, 1 + sample);
      if (sample % 2 === 1) await takeForLarger(client, grownTables, LARGER);
      for (const one of grownBeyond(small, await readAll(known))) grown.add(one);
    }
  } finally {
    await analyze(client);
  }
  expect([...grown]).toEqual([]);
}, 300_000);

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
