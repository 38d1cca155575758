import { parse } from 'csv-parse/sync';
import { millipointsFromPoints, type Millipoints } from '../../domain/points.ts';
import { CommandError } from '../command.ts';
import { readTextFile } from '../text-file.ts';

/** CSV that others wrote: the names of its columns, and its lines. */
export type Table = { readonly columns: readonly string[]; readonly rows: readonly Row[] };
export type Row = { readonly line: number; readonly cells: Readonly<Record<string, string>> };

/** So many problems of a file are told. */
const PROBLEMS_MAX = 20;

/** Throws a CommandError where it is no CSV, is empty, or its lines are uneven. */
export async function readTable(file: string): Promise<Table> {
  const text = await readTextFile(file);
  let records: { record: readonly string[]; info: { lines: number } }[];
  try {
    records = parse(text, { bom: true, info: true, relax_column_count: true, skip_empty_lines: true, trim: true }) as unknown as typeof records;
  } catch (error) {
    throw new CommandError(`${file}: is not CSV: ${error instanceof Error ? error.message : String(error)}`);
  }
  const [header, ...rest] = records;
  if (!header) throw new CommandError(`${file}: is empty`);
  const columns = header.record;
  const twice = columns.filter((column, place) => columns.indexOf(column) < place);
  if (twice.length > 0) throw new CommandError(`${file}: has the column ${listed(twice)} twice`);
  const uneven = rest.filter(({ record }) => record.length !== columns.length);
  refuseIf(uneven.map(({ record, info }) => `${file}:${info.lines}: has ${record.length} columns, not ${columns.length}`));
  return {
    columns,
    rows: rest.map(({ record, info }) => ({
      line: info.lines,
      cells: Object.fromEntries(columns.map((column, place) => [column, record[place] ?? ''])),
    })),
  };
}

/** Throws a CommandError with the first of them, if there are any. */
export function refuseIf(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const told = problems.slice(0, PROBLEMS_MAX);
  const more = problems.length > told.length ? [`… and ${problems.length - told.length} more`] : [];
  throw new CommandError([...told, ...more].join('\n'));
}

export const listed = (names: readonly string[]) => `${names.slice(0, PROBLEMS_MAX).join(', ')}${names.length > PROBLEMS_MAX ? ', …' : ''}`;

/** Undefined unless it is a number of points with at most two decimals. */
export function pointsIn(cell: string): Millipoints | undefined {
  return /^\d+(\.\d{1,2})?$/.test(cell) ? millipointsFromPoints(Number(cell)) : undefined;
}
