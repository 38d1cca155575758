import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { nodesOf, type Plan } from './plans.ts';

/** How many rows of each table there are, as the planner knows. */
export type Rows = Readonly<Record<string, number>>;

export async function rowsOfTables(client: pg.Client): Promise<Rows> {
  const { rows } = await client.query<{ name: string; count: number }>(
    `SELECT relname AS name, reltuples::int AS count FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

/** Those that are half as large again at least. */
export function grownBetween(small: Rows, large: Rows): ReadonlySet<string> {
  return new Set(Object.keys(large).filter((name) => (large[name] ?? 0) > 1.5 * (small[name] ?? 0)));
}

/** How many rows of these tables, or of all, what `work` sends to PostgreSQL reads, by EXPLAIN. */
export async function rowsReadBy(
  work: () => Promise<unknown>,
  { client, tables }: { client: pg.Client; tables: ReadonlySet<string> },
): Promise<number> {
  return rowsReadIn(await statementsOf(work), { client, tables });
}

/** What each statement was found to read, by its plans: by one of these it need not be run again. */
export type Known = Map<Statement, Map<string, number>>;

/** The same of statements that were sent before. */
export async function rowsReadIn(
  statements: readonly Statement[],
  { client, tables, known = new Map() }: { client: pg.Client; tables: ReadonlySet<string>; known?: Known },
): Promise<number> {
  return inRolledBack(client, async () => {
    let rows = 0;
    for (const statement of statements) rows += await rowsOfOne(statement, { client, tables, known });
    return rows;
  });
}

/** What the next statements stand on. */
const SETS = /set_config/;

async function rowsOfOne(
  statement: Statement,
  { client, tables, known }: { client: pg.Client; tables: ReadonlySet<string>; known: Known },
): Promise<number> {
  const before = known.get(statement) ?? new Map<string, number>();
  known.set(statement, before);
  const isKnown = before.size > 0 && !SETS.test(statement.text);
  const found = isKnown ? before.get(shapeOf(await explain(client, statement, 'FORMAT JSON'))) : undefined;
  if (found !== undefined) return found;
  const plan = await explain(client, statement, 'ANALYZE, FORMAT JSON');
  const rows = nodesOf(plan)
    .filter((node) => tables.has(node['Relation Name'] ?? ''))
    .reduce((sum, node) => sum + rowsOf(node), 0);
  before.set(shapeOf(plan), rows);
  return rows;
}

const shapeOf = (plan: Plan) => JSON.stringify(nodesOf(plan).map((node) => [node['Node Type'], node['Relation Name'], node['Index Name']]));

/** As it was sent. */
export type Statement = { readonly text: string; readonly values: unknown[] };

/** What is sent to PostgreSQL meanwhile, whichever way. */
export async function statementsOf(run: () => Promise<unknown>): Promise<readonly Statement[]> {
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
async function inRolledBack<Result>(client: pg.Client, work: () => Promise<Result>): Promise<Result> {
  await client.query(`BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0`);
  try {
    return await work();
  } finally {
    await client.query('ROLLBACK');
  }
}

async function explain(client: pg.Client, { text, values }: Statement, how: string): Promise<Plan> {
  const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>({
    text: `EXPLAIN (${how}) ${text}`,
    values: values.map(another),
  });
  return (rows[0] as NonNullable<(typeof rows)[0]>)['QUERY PLAN'][0].Plan;
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

/** Lets the planner take another sample of each table: it guesses otherwise how many rows a condition leaves. */
export async function sampleAnew(client: pg.Client, target: number): Promise<void> {
  await client.query(`SET default_statistics_target = ${target}; ANALYZE; RESET default_statistics_target`);
}

/** Lets it take these tables to be so many times as large as they are, as they will be one day. */
export async function takeForLarger(client: pg.Client, tables: ReadonlySet<string>, times: number): Promise<void> {
  await client.query(
    `SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', c.relname::text, 'relpages', c.relpages, 'reltuples', (c.reltuples * $2)::real)
     FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_class of_table ON of_table.oid = i.indrelid
     WHERE c.relkind IN ('r', 'i') AND c.relnamespace = 'public'::regnamespace AND c.reltuples > 0 AND coalesce(of_table.relname, c.relname) = ANY ($1)`,
    [[...tables], times],
  );
}
