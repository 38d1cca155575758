export type Column<Row> = { readonly title: string; readonly value: (row: Row) => string; readonly align?: 'right' };

/** A table in plain text: aligned columns, two blanks between them, a rule below the titles. */
export function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map((column) => column.value(row)));
  const widths = columns.map((column, place) => Math.max(column.title.length, ...cells.map((line) => line[place]?.length ?? 0)));
  const format = (line: readonly string[]) =>
    line
      .map((cell, place) => (columns[place]?.align === 'right' ? cell.padStart(widths[place] ?? 0) : cell.padEnd(widths[place] ?? 0)))
      .join('  ')
      .trimEnd();
  return [format(columns.map((column) => column.title)), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(format)].join('\n');
}
