/**
 * Whether code that does not know a migration runs on the database that has it. Migrations are never undone: a rollback
 * puts older code on the newer schema, so it is safe only where everything since then has been an expansion.
 */

/** One rule a kind of statement that takes something away that older code may count on. */
const CONTRACTIONS: readonly { readonly form: RegExp; readonly why: string }[] = [
  {
    form: /^drop\s+(table|view|materialized\s+view|type|function|procedure|sequence|schema|extension|trigger)\b/i,
    why: 'takes away what older code may use',
  },
  { form: /^alter\s+table\b.*\bdrop\s+(column\s+)?(?!constraint\b|default\b|not\s+null\b|expression\b|identity\b)\w/is, why: 'takes away a column' },
  { form: /^alter\s+(table|view|type|function|sequence|index)\b.*\brename\b/is, why: 'renames what older code knows by its old name' },
  { form: /^alter\s+table\b.*\balter\s+(column\s+)?\S+\s+(set\s+data\s+)?type\b/is, why: 'changes the type of a column' },
  { form: /^alter\s+table\b.*\bset\s+not\s+null\b/is, why: 'refuses rows that older code writes without a value' },
  { form: /^alter\s+table\b.*\bdrop\s+default\b/is, why: 'refuses rows that older code writes without a value' },
  {
    form: /^alter\s+table\b.*\badd\s+(constraint\s+\S+\s+)?(check|unique|foreign\s+key|exclude|primary\s+key)\b/is,
    why: 'refuses rows that older code may write',
  },
  { form: /^(delete\s+from|truncate)\b/i, why: 'removes rows' },
  { form: /^revoke\b/i, why: 'takes away a right' },
];

const NEW_COLUMN = /\badd\s+column\s+(?:if\s+not\s+exists\s+)?("?\w+"?)\s+([^,;]*)/gi;
const NEW_TABLE = /^create\s+table\s+(?:if\s+not\s+exists\s+)?("?[\w.]+"?)/i;
const UNIQUE_INDEX = /^create\s+unique\s+index\b.*?\bon\s+(?:only\s+)?("?[\w.]+"?)/is;

/** Written above a statement by somebody who has thought about it: `-- safe to roll back: <why>`. */
const VOUCHED = /--\s*safe to roll back:\s*\S/i;

export type Contraction = { readonly statement: string; readonly why: string };

/** The statements that older code may not get along with. What is done to a table of the same migration harms nobody. */
export function contractionsIn(sql: string): Contraction[] {
  const statements = statementsOf(sql);
  const newTables = new Set(statements.flatMap(({ text }) => bareName(NEW_TABLE.exec(text)?.[1])));
  return statements.flatMap(({ text, vouched }) => {
    if (vouched || bareName(tableOf(text)).some((table) => newTables.has(table))) return [];
    const why = reasonAgainst(text);
    return why === undefined ? [] : [{ statement: text.replaceAll(/\s+/g, ' ').slice(0, 160), why }];
  });
}

function reasonAgainst(statement: string): string | undefined {
  const contraction = CONTRACTIONS.find(({ form }) => form.test(statement));
  if (contraction) return contraction.why;
  for (const [, column, definition = ''] of statement.matchAll(NEW_COLUMN)) {
    const isRequired = /\bnot\s+null\b/i.test(definition) && !/\b(default|generated)\b/i.test(definition);
    if (isRequired) return `needs a value for ${column}, which older code does not write`;
  }
  return UNIQUE_INDEX.test(statement) ? 'refuses rows that older code may write' : undefined;
}

function tableOf(statement: string): string | undefined {
  return /^alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?("?[\w.]+"?)/i.exec(statement)?.[1] ?? UNIQUE_INDEX.exec(statement)?.[1];
}

function bareName(name: string | undefined): string[] {
  return name === undefined ? [] : [name.replaceAll('"', '').toLowerCase()];
}

type Statement = { readonly text: string; readonly vouched: boolean };

/** Taken apart at semicolons outside of strings, quoted bodies and comments, none of which is looked into. */
function statementsOf(sql: string): Statement[] {
  const pieces = sql.match(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:''|[^'])*'|(\$\w*\$)[\s\S]*?\1|;|[^;'$/-]+|[\s\S]/g) ?? [];
  const statements: Statement[] = [];
  let [text, vouched] = ['', false];
  for (const piece of [...pieces, ';']) {
    if (piece === ';') {
      if (text.trim() !== '') statements.push({ text: text.trim(), vouched });
      [text, vouched] = ['', false];
    } else if (/^(--|\/\*)/.test(piece)) vouched ||= VOUCHED.test(piece);
    else text += /^['$]./s.test(piece) ? "''" : piece;
  }
  return statements;
}
