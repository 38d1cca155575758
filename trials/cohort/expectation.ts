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

/** Reads a CSV (RFC 4180, with a header) of cohort rows, in any order of columns. Throws an Error that names what is missing. */
export function parseExpectation(csv: string): readonly CohortRow[] {
  const [header = [], ...records] = parseCsv(csv);
  const places = new Map(header.map((name, place) => [name.trim(), place]));
  const missing = COHORT_COLUMNS.filter((column) => !places.has(column));
  if (missing.length > 0) throw new Error(`has no column ${missing.join(', ')}`);
  return records.map((record) => {
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
  return COHORT_COLUMNS.filter((column) => row[column] !== wanted[column]).map(
    (column) => `${column} is ${row[column] || 'empty'}, expected ${wanted[column] || 'empty'}`,
  );
}
