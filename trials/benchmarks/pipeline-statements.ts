/** What PostgreSQL's log (log_statement = all, log_line_prefix '%m [%p] ') says was executed. */

export type StatementCount = { readonly statement: string; readonly count: number };

const ENTRY = /^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] (?:LOG: {2}(?:statement|execute [^:]*): )?/;
const EXECUTED = /^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] LOG: {2}(?:statement|execute [^:]*): /;

/** Every statement in the order of the log, each on one line. */
export function statementsOf(log: string): readonly string[] {
  const statements: string[] = [];
  let current: string[] | undefined;
  for (const line of log.split('\n')) {
    if (ENTRY.test(line)) {
      if (current) statements.push(oneLine(current));
      current = EXECUTED.test(line) ? [line.replace(EXECUTED, '')] : undefined;
    } else {
      current?.push(line);
    }
  }
  if (current) statements.push(oneLine(current));
  return statements;
}

function oneLine(lines: readonly string[]): string {
  return lines.join(' ').replaceAll(/\s+/g, ' ').trim();
}

/** Opens and ends a transaction, and does nothing else. */
export function isBracket(statement: string): boolean {
  return /^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK)\b/i.test(statement);
}

/** By their text without the lengths of lists, the most frequent first. */
export function countStatements(statements: readonly string[]): readonly StatementCount[] {
  const counts = new Map<string, number>();
  for (const statement of statements) {
    const text = normalised(statement);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts]
    .map(([statement, count]) => ({ statement, count }))
    .toSorted((a, b) => b.count - a.count || a.statement.localeCompare(b.statement));
}

function normalised(statement: string): string {
  return statement
    .replaceAll(/\$\d+/g, '$')
    .replaceAll(/\$(?:,\s?\$)+/g, '$, …')
    .replaceAll(/(\([^()]*\))(?:,\s?\1)+/g, (_tuples, tuple: string) => `${tuple}, …`);
}
