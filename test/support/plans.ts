import type pg from 'pg';

/** A node of `EXPLAIN (ANALYZE, FORMAT JSON)`, as far as tests read it. */
export type Plan = {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
};

/** A plan with all that is below it. */
export function nodesOf(plan: Plan): readonly Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

export type Statement = { readonly text: string; readonly values: readonly unknown[] };

/** Whatever the values, as connections of those who serve plan it (store/context.ts), unless the session is told otherwise. */
export const SERVED = 'SET LOCAL plan_cache_mode = force_generic_plan';

/** By EXPLAIN of its run, planned as this session plans what is prepared. */
export async function planOf(client: pg.Client, { text, values }: Statement): Promise<Plan> {
  const given = values.map((value) => (value === null || value === undefined ? 'NULL' : client.escapeLiteral(asText(value))));
  await client.query(`PREPARE explained AS ${text}`);
  try {
    const executed = `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained${given.length === 0 ? '' : `(${given.join(', ')})`}`;
    const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>(executed);
    return (rows[0] as NonNullable<(typeof rows)[0]>)['QUERY PLAN'][0].Plan;
  } finally {
    await client.query('DEALLOCATE explained').catch(() => undefined);
  }
}

function asText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `{${value.map((one) => JSON.stringify(asText(one))).join(',')}}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
