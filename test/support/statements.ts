import pg from 'pg';
import { isBracket } from '../../trials/benchmarks/pipeline-statements.ts';

type Asked = string | { readonly text?: string };

/** What this process asked PostgreSQL for while `work` ran, by whichever layer; what only opens or ends a transaction is left out. */
export async function statementsDuring(work: () => Promise<unknown>): Promise<readonly string[]> {
  const query = Reflect.get(pg.Client.prototype, 'query') as (...given: unknown[]) => unknown;
  const statements: string[] = [];
  pg.Client.prototype.query = function record(this: pg.Client, ...given: unknown[]) {
    const [asked] = given as [Asked];
    const text = (typeof asked === 'string' ? asked : (asked.text ?? '')).trim();
    if (!isBracket(text)) statements.push(text);
    return Reflect.apply(query, this, given);
  } as typeof pg.Client.prototype.query;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query as typeof pg.Client.prototype.query;
  }
  return statements;
}
