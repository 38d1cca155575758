import { parse } from 'csv-parse/sync';
import { expect, it } from 'vitest';
import type { ReportTable } from '../../domain/report-tables.ts';
import { tableCsv, tablesCsv } from './period-tables.ts';

const table: ReportTable = {
  id: 'hours',
  columns: [
    { id: 'grader', unit: 'name' },
    { id: 'cents', unit: 'cents' },
    { id: 'asPromisedShare', unit: 'share' },
  ],
  rows: [
    ['=cmd|x', -5, 0.5],
    ['a, "b"', 123_456, null],
  ],
};

it('a table has its columns, exact amounts, nothing where nothing is said, and no formula that somebody wrote', () => {
  expect(parse(tableCsv(table).join(''))).toEqual([
    ['grader', 'cents', 'asPromisedShare'],
    ["'=cmd|x", '-0.05', '0.5'],
    ['a, "b"', '1234.56', ''],
  ]);
});

it('all tables have a line a cell', () => {
  expect(parse(tablesCsv({ tables: [table] }).join('')).slice(0, 3)).toEqual([
    ['table', 'row', 'column', 'value'],
    ['hours', '1', 'grader', "'=cmd|x"],
    ['hours', '1', 'cents', '-0.05'],
  ]);
});
