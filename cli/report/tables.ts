import { amountFromCents } from '../../domain/pay.ts';
import type { Cell, ColumnUnit, ReportTable } from '../../domain/report-tables.ts';
import { tableCsv, tablesCsv } from '../../publication/reports/period-tables.ts';
import { alignColumns, CommandError, formatCount, formatShare } from '../command.ts';

/** The tables of a report on the command line. */

type Tabled = { readonly tables: readonly ReportTable[] };

/** All tables, or the one that is named. Throws a CommandError where there is none of this name. */
export function csvOf(content: Tabled, tableId: string | undefined): readonly string[] {
  if (tableId === undefined) return tablesCsv(content);
  const table = content.tables.find(({ id }) => id === tableId);
  if (!table) throw new CommandError(`there is no table ${tableId}: there are ${content.tables.map(({ id }) => id).join(', ')}`);
  return tableCsv(table);
}

/** All tables, to be read. */
export function tell({ tables }: Tabled): readonly string[] {
  return tables.flatMap((table) => ['', table.id, ...(table.rows.length === 0 ? ['nothing'] : linesOf(table))]);
}

function linesOf({ columns, rows, withheldBelow }: ReportTable): readonly string[] {
  const lines = alignColumns([columns.map(({ id }) => id), ...rows.map((row) => columns.map(({ unit }, place) => shown(row[place] ?? null, unit)))]);
  return withheldBelow === undefined ? lines : [...lines, `– of groups of fewer than ${withheldBelow}, and of as many others as hide them`];
}

function shown(cell: Cell, unit: ColumnUnit): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  switch (unit) {
    case 'share':
      return cell < 0 ? `−${formatShare(-cell)}` : formatShare(cell);
    case 'cents':
      return amountFromCents(cell);
    case 'figure':
      return cell.toFixed(2);
    case 'seconds':
    case 'worked':
      return `${(cell / 3600).toFixed(1)} h`;
    case 'count':
    case 'name':
    case 'word':
    case 'instant':
      return formatCount(cell);
  }
}
