import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { csvLine } from '../../publication/csv.ts';

/** Tables written page by page, so that memory does not grow with them. */

type ColumnType = 'text' | 'integer' | 'boolean' | 'date';
export type FileColumn = { readonly name: string; readonly type: ColumnType; readonly says: string };
export type Cell = string | number | boolean | Date | null;
export type Page = readonly (readonly Cell[])[];

export const TABLE_FORMATS = ['csv', 'parquet'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

export type WrittenTable = { readonly rows: number; readonly bytes: number; readonly sha256: string };

type TableWriter = { readonly write: (page: Page) => Promise<void>; readonly end: () => Promise<void> };

/** A new file, for its owner alone. */
export async function writeTable(
  path: string,
  { format, columns, pages }: { format: TableFormat; columns: readonly FileColumn[]; pages: AsyncIterable<Page> },
): Promise<WrittenTable> {
  const file = await open(path, 'wx', 0o600);
  try {
    const { append, written } = appending(file);
    const writer = format === 'csv' ? csvWriter(columns, append) : parquetWriter(columns, append);
    let rows = 0;
    for await (const page of pages) {
      rows += page.length;
      await writer.write(page);
    }
    await writer.end();
    return { rows, ...written() };
  } finally {
    await file.close();
  }
}

type Append = (bytes: Uint8Array) => Promise<void>;

function appending(file: FileHandle) {
  const hash = createHash('sha256');
  let bytes = 0;
  const append: Append = async (chunk) => {
    hash.update(chunk);
    bytes += chunk.byteLength;
    await file.writeFile(chunk);
  };
  return { append, written: () => ({ bytes, sha256: hash.digest('hex') }) };
}

function csvWriter(columns: readonly FileColumn[], append: Append): TableWriter {
  const line = (cells: readonly string[]) => csvLine(cells);
  const head = line(columns.map(({ name }) => name));
  let isBegun = false;
  const begin = () => {
    const text = isBegun ? '' : head;
    isBegun = true;
    return text;
  };
  return {
    write: (page) => append(Buffer.from(begin() + page.map((cells) => line(cells.map(textOf))).join(''))),
    end: () => append(Buffer.from(begin())),
  };
}

function textOf(cell: Cell): string {
  if (cell === null) return '';
  return cell instanceof Date ? cell.toISOString().slice(0, 10) : String(cell);
}

const SCHEMA_OF = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  integer: { type: 'INT32' },
  boolean: { type: 'BOOLEAN' },
  date: { type: 'INT32', converted_type: 'DATE' },
} as const satisfies Record<ColumnType, object>;

/** So many rows are encoded at once; readers skip by groups. */
const GROUP_ROWS = 50_000;

function parquetWriter(columns: readonly FileColumn[], append: Append): TableWriter {
  // Its bytes go to the file after each group. `offset` goes on counting, for the index at the end names places in the file.
  const buffer = new ByteWriter();
  const flush = async () => {
    const bytes = new Uint8Array(buffer.buffer.slice(0, buffer.index));
    buffer.index = 0;
    await append(bytes);
  };
  const writer = Object.assign(buffer, { flush, finish: flush });
  const parquet = new ParquetWriter({
    writer,
    schema: [
      { name: 'root', num_children: columns.length },
      ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...SCHEMA_OF[type] })),
    ],
    kvMetadata: columns.map(({ name, says }) => ({ key: name, value: says })),
    createdBy: 'certifiable',
  });
  let held: (readonly Cell[])[] = [];
  const writeGroup = async () => {
    if (held.length === 0) return;
    const rows = held;
    held = [];
    await parquet.write({
      columnData: columns.map(({ name }, place) => ({ name, data: rows.map((cells) => cells[place] ?? null) })),
      rowGroupSize: GROUP_ROWS,
    });
  };
  return {
    async write(page) {
      held.push(...page);
      if (held.length >= GROUP_ROWS) await writeGroup();
    },
    async end() {
      await writeGroup();
      await parquet.finish();
    },
  };
}
