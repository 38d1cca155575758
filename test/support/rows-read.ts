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
  const plans = await plansOf(client, await statementsOf(work));
  return plans
    .flatMap(nodesOf)
    .filter((node) => tables.has(node['Relation Name'] ?? ''))
    .reduce((sum, node) => sum + rowsOf(node), 0);
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
async function plansOf(client: pg.Client, statements: readonly Statement[]): Promise<readonly Plan[]> {
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
