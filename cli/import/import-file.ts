import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { IMPORT_COLUMNS, type ImportColumn, type ImportFields } from './import-line.ts';

/** The file as a whole cannot be read; the message is for whoever started the import. */
export class ImportFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ImportFileError';
  }
}

/** One line of the file, or several where line breaks are quoted. Counted from 1, as an editor does. */
export type ImportRecord = {
  readonly line: number;
  readonly lastLine: number;
  /** As they stand in the file, in the order of IMPORT_COLUMNS; of a line that cannot be split the whole is the first. */
  readonly cells: readonly string[];
} & ({ readonly fields: ImportFields } | { readonly problem: string });

/** Nobody's name or number is as long, so a quote that is open for so long was never meant to be. */
const RECORD_LINES_MAX = 20;
const RECORD_BYTES_MAX = 20_000;

/** Of a file of rejected lines that was mended (cli/import/certificates.ts): it is imported as it is. */
const IGNORED_COLUMNS: readonly string[] = ['line', 'reason'];

/** SHA-256, in hexadecimal. Throws an ImportFileError when the file cannot be read. */
export async function hashOfFile(file: string): Promise<string> {
  const found = await stat(file).catch((error: unknown) => {
    throw new ImportFileError(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (!found.isFile()) throw new ImportFileError('is not a file');
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * The records of a CSV file (RFC 4180; UTF-8, with or without a byte order mark; any line breaks) in batches of at most
 * `size`; one batch ends exactly at the line `splitAt`, if a record does. Blank lines are left out. A line that cannot be
 * split, or is not UTF-8, is a record with a problem, and the next line is read as if nothing had happened: one quote too
 * many never costs more than its own line. Throws an ImportFileError when there is no header.
 */
export async function* readBatches(file: string, { size, splitAt }: { size: number; splitAt: number }): AsyncGenerator<readonly ImportRecord[]> {
  const handle = await open(file);
  try {
    // Bytes, one a character: what is not UTF-8 must be noticed, and a line break or a quote is never part of something else.
    const lines = createLineReader(handle.readLines({ encoding: 'latin1' }));
    const places = readHeader(await lines.next());
    let batch: RawRecord[] = [];
    for (let record = await nextRecord(lines); record !== undefined; record = await nextRecord(lines)) {
      batch.push(record);
      if (batch.length < size && record.lastLine !== splitAt) continue;
      yield splitRecords(batch, places);
      batch = [];
    }
    if (batch.length > 0) yield splitRecords(batch, places);
  } finally {
    await handle.close();
  }
}

type Line = { readonly number: number; readonly bytes: string };
type LineReader = { readonly next: () => Promise<Line | undefined>; readonly putBack: (lines: readonly Line[]) => void };

function createLineReader(source: AsyncIterable<string>): LineReader {
  const iterator = source[Symbol.asyncIterator]();
  const ahead: Line[] = [];
  let read = 0;
  return {
    async next() {
      const first = ahead.shift();
      if (first) return first;
      const { done, value } = await iterator.next();
      if (done) return undefined;
      read += 1;
      return { number: read, bytes: value };
    },
    putBack: (lines) => void ahead.unshift(...lines),
  };
}

type Place = ImportColumn | undefined;

/** Which column stands where; undefined for one that is passed over. */
function readHeader(line: Line | undefined): readonly Place[] {
  const wanted = IMPORT_COLUMNS.join(',');
  if (!line) throw new ImportFileError(`is empty; its first line must be ${wanted}`);
  if (/^(?:\xff\xfe|\xfe\xff)|\0/.test(line.bytes)) throw new ImportFileError('is in UTF-16, or no text at all: save it as CSV in UTF-8');
  const header = Buffer.from(line.bytes, 'latin1')
    .toString()
    .replace(/^\ufeff/, '');
  const names = splitText(header)?.map((name) => name.trim()) ?? [];
  const missing = IMPORT_COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    const separated = /[;\t]/.test(header) ? ' Columns are separated by commas, not by semicolons or tabs.' : '';
    throw new ImportFileError(`has no column ${missing.join(', ')}: its first line must be ${wanted}.${separated}`);
  }
  const surplus = names.filter((name, index) => names.indexOf(name) !== index || ![...IMPORT_COLUMNS, ...IGNORED_COLUMNS].includes(name));
  if (surplus.length > 0) throw new ImportFileError(`has the column ${surplus.join(', ')} too much: its first line must be ${wanted}`);
  return names.map((name) => IMPORT_COLUMNS.find((column) => column === name));
}

type RawRecord = { readonly line: number; readonly lastLine: number; readonly bytes: string; readonly problem: string | undefined };

/** The next line that is not blank, with those that its open quote takes in. */
async function nextRecord(lines: LineReader): Promise<RawRecord | undefined> {
  let first = await lines.next();
  while (first && /^[ \t]*$/.test(first.bytes)) first = await lines.next();
  if (!first) return undefined;
  if (!hasOpenQuote(first.bytes)) return recordOf([first]);

  const taken: Line[] = [first];
  let bytes = first.bytes;
  while (hasOpenQuote(bytes) && taken.length < RECORD_LINES_MAX && bytes.length < RECORD_BYTES_MAX) {
    const line = await lines.next();
    if (!line) break;
    taken.push(line);
    bytes += `\n${line.bytes}`;
  }
  if (!hasOpenQuote(bytes) && splitText(bytes) !== undefined) return recordOf(taken);
  lines.putBack(taken.slice(1));
  return recordOf([first], 'has a quote that is not closed');
}

/** Outside of quotes their number is even: a quote within quotes is written twice. */
function hasOpenQuote(bytes: string): boolean {
  let isOpen = false;
  for (let at = bytes.indexOf('"'); at !== -1; at = bytes.indexOf('"', at + 1)) isOpen = !isOpen;
  return isOpen;
}

function recordOf(taken: readonly Line[], problem?: string): RawRecord {
  const bytes = taken.map((line) => line.bytes).join('\n');
  const tooLong = bytes.length > RECORD_BYTES_MAX ? `is longer than ${RECORD_BYTES_MAX} bytes` : undefined;
  return { line: taken[0]?.number ?? 0, lastLine: taken.at(-1)?.number ?? 0, bytes, problem: problem ?? tooLong };
}

/** All that can be split at once are; one that can't, has a quote where none may be. */
function splitRecords(records: readonly RawRecord[], places: readonly Place[]): readonly ImportRecord[] {
  const texts = records.map(({ bytes, problem }) => (problem === undefined ? textOf(bytes) : undefined));
  const good = texts.filter((text) => text !== undefined);
  const together = splitAll(good);
  let next = 0;
  return records.map(({ line, lastLine, bytes, problem }, index) => {
    const text = texts[index];
    const unsplit = { line, lastLine, cells: [Buffer.from(bytes, 'latin1').toString()] };
    if (text === undefined) return { ...unsplit, problem: problem ?? 'is not in UTF-8' };
    const cells = together ? together[next] : splitText(text);
    next += 1;
    if (!cells) return { ...unsplit, problem: 'has a quote in the wrong place' };
    const cellOf = (column: ImportColumn) => cells[places.indexOf(column)] ?? '';
    if (cells.length !== places.length) return { line, lastLine, cells, problem: `has ${cells.length} columns, not ${places.length}` };
    const fields = { number: cellOf('number'), name: cellOf('name'), exam: cellOf('exam'), issued_on: cellOf('issued_on'), score: cellOf('score') };
    return { line, lastLine, cells: IMPORT_COLUMNS.map((column) => fields[column]), fields };
  });
}

/** Undefined when it is not UTF-8. */
function textOf(bytes: string): string | undefined {
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString() : undefined;
}

const PARSE_OPTIONS = { relax_column_count: true, record_delimiter: '\n' } as const;

/** Undefined when one of them cannot be split. */
function splitAll(records: readonly string[]): readonly string[][] | undefined {
  try {
    const split = parse(records.join('\n'), PARSE_OPTIONS);
    return split.length === records.length ? split : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when it cannot be split, or is more than one record. */
function splitText(record: string): readonly string[] | undefined {
  return splitAll([record])?.[0];
}
