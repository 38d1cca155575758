/** What came out for one candidate, in the words of the expected-*.csv of a cohort. */
export type CohortRow = {
  readonly candidate: string;
  readonly choice_points: string;
  readonly aptitude_percent: string;
  readonly aptitude: string;
  readonly case_study_percent: string;
  readonly outcome: string;
};

export const COHORT_COLUMNS = ['candidate', 'choice_points', 'aptitude_percent', 'aptitude', 'case_study_percent', 'outcome'] as const;

/** Reads a CSV (RFC 4180, with a header) of cohort rows, in any order of columns. Throws an Error that names all that is wrong. */
export function parseExpectation(csv: string): readonly CohortRow[] {
  const [header = [], ...records] = parseCsv(csv);
  const places = new Map(header.map((name, place) => [name.trim(), place]));
  const missing = COHORT_COLUMNS.filter((column) => !places.has(column));
  if (missing.length > 0) throw new Error(`has no column ${missing.join(', ')}`);
  const problems: string[] = [];
  const rows = records.map((record) => {
    const value = (column: (typeof COHORT_COLUMNS)[number]) => record[places.get(column) ?? -1]?.trim() ?? '';
    return {
      candidate: value('candidate'),
      choice_points: value('choice_points'),
      aptitude_percent: value('aptitude_percent'),
      aptitude: value('aptitude'),
      case_study_percent: value('case_study_percent'),
      outcome: value('outcome'),
    };
  });
  const seen = new Set<string>();
  for (const row of rows) {
    for (const problem of problemsOfRow(row)) problems.push(`${row.candidate || 'a row without a candidate'}: ${problem}`);
    if (seen.has(row.candidate)) problems.push(`${row.candidate}: is there twice`);
    seen.add(row.candidate);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return rows;
}

const NUMBERS: readonly (typeof COHORT_COLUMNS)[number][] = ['choice_points', 'aptitude_percent', 'case_study_percent'];
const WORDS = { aptitude: ['pass', 'fail'], outcome: ['certified', 'case-study-failed', 'aptitude-failed'] } as const;

function problemsOfRow(row: CohortRow): readonly string[] {
  const numbers = NUMBERS.filter((column) => (column === 'case_study_percent' && row[column] === '' ? false : decimalOf(row[column]) === undefined));
  const words = (['aptitude', 'outcome'] as const).filter((column) => !WORDS[column].some((word) => word === row[column]));
  return [
    ...(row.candidate === '' ? ['names nobody'] : []),
    ...numbers.map((column) => `${column} is ${row[column] || 'empty'}, and must be a number`),
    ...words.map((column) => `${column} is ${row[column] || 'empty'}, and must be ${WORDS[column].join(' or ')}`),
  ];
}

/** A decimal number in one way of writing, exactly: 76, 76.0 and 076.00 are the same. Undefined for what is none. */
function decimalOf(text: string): string | undefined {
  const [, whole, fraction = ''] = /^\+?0*(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const rest = fraction.replace(/0+$/, '');
  return rest === '' ? whole : `${whole}.${rest}`;
}

/** The CSV of an expectation, as `parseExpectation` reads it. */
export function formatExpectation(rows: readonly CohortRow[]): string {
  const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [COHORT_COLUMNS, ...rows.map((row) => COHORT_COLUMNS.map((column) => row[column]))].map((line) => `${line.map(field).join(',')}\n`).join('');
}

export function parseCsv(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  let record: string[] = [];
  for (const [, quoted, plain, end] of text.replace(/^\uFEFF/, '').matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    record.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === ',') continue;
    if (record.some((field) => field !== '')) records.push(record);
    record = [];
  }
  return records;
}

export type Comparison = { readonly expected: number; readonly matching: number; readonly differences: readonly string[] };

/** Compares what came out with what was expected, field by field, both ways: nobody may be missing and nobody be too many. */
export function compareRows(actual: Iterable<CohortRow>, expected: readonly CohortRow[]): Comparison {
  const actualByName = new Map([...actual].map((row) => [row.candidate, row]));
  const differences: string[] = [];
  let matching = 0;
  for (const wanted of expected) {
    const row = actualByName.get(wanted.candidate);
    actualByName.delete(wanted.candidate);
    const fields = row ? differingFields(row, wanted) : ['has no result'];
    if (fields.length === 0) matching += 1;
    else differences.push(`${wanted.candidate}: ${fields.join('; ')}`);
  }
  for (const name of actualByName.keys()) differences.push(`${name}: is not among those expected`);
  return { expected: expected.length, matching, differences };
}

function differingFields(row: CohortRow, wanted: CohortRow): readonly string[] {
  const isSame = (column: (typeof COHORT_COLUMNS)[number]) =>
    NUMBERS.includes(column)
      ? (decimalOf(row[column]) ?? row[column]) === (decimalOf(wanted[column]) ?? wanted[column])
      : row[column] === wanted[column];
  return COHORT_COLUMNS.filter((column) => !isSame(column)).map(
    (column) => `${column} is ${row[column] || 'empty'}, expected ${wanted[column] || 'empty'}`,
  );
}
