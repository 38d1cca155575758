import { amountFromCents } from '../../domain/pay.ts';
import type { Cell, ColumnUnit, PeriodContent, ReportTable } from '../../domain/report-tables.ts';
import { csvLine } from '../csv.ts';
import { cellOf } from './cell.ts';

/** Lines of CSV, each with its line feed: the first has the names of the columns. Amounts are exact, with a point and two decimals. */
export function tableCsv({ columns, rows }: ReportTable): readonly string[] {
  const values = rows.map((row) => columns.map(({ unit }, index) => valueOf(row[index] ?? null, unit)));
  return [columns.map(({ id }) => id), ...values].map(csvLine);
}

/** All tables in one: a line for each cell, by table, row and column. */
export function tablesCsv({ tables }: Pick<PeriodContent, 'tables'>): readonly string[] {
  const cells = tables.flatMap(({ id, columns, rows }) =>
    rows.flatMap((row, index) => columns.map((column, place) => [id, String(index + 1), column.id, valueOf(row[place] ?? null, column.unit)])),
  );
  return [['table', 'row', 'column', 'value'], ...cells].map(csvLine);
}

function valueOf(cell: Cell, unit: ColumnUnit): string {
  return cellOf(unit === 'cents' && typeof cell === 'number' ? amountFromCents(cell) : cell, unit === 'name');
}
