import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Files of an old system: certificates by number, in every script, with what goes wrong in files. */

const IMPORT_HEADER = 'number,name,exam,issued_on,score';

const NAMES = [
  "Seán O'Brien-Núñez",
  'Siobhán Ní Dhomhnaill',
  'Ḥasan Maʿrūf',
  'Keʻalohilani Kaʻōpua',
  'Γιώργος Σεφέρης',
  'Анна Ахматова',
  'محمد عبد الله',
  'יצחק בן־צבי',
  'मोहनदास गांधी',
  'তসলিমা নাসরিন',
  'สมชาย ใจดี',
  '王小明',
  '𠮷野家 太郎',
  '김철수',
  'ՄԱՐԻԱՄ ՂԱԶԱՐՅԱՆ',
  'ქეთევან თამარიძე',
  'አበበ ቢቂላ',
  'ᏍᏏᏉᏯ',
  'Nguyễn Thị Hạnh',
  'Zoë Strauß'.normalize('NFD'),
  'Smith, John "Jack", Jr.',
  'Ann-Marie D’Arcy',
];

/** A line of the file, or two where a quoted line break stands in it, and whether it is to be rejected, with which reason. */
export type BenchLine = { readonly bytes: Buffer; readonly lines: number; readonly reason?: RegExp };

type Row = { number: string; name: string; exam: string; issuedOn: string; score: string };

/** The certificate of an index; always the same one. */
export function rowOf(index: number): Row {
  const hundredths = (index * 7919) % 2001;
  return {
    number: `C-${String(index).padStart(7, '0')}`,
    name: `${NAMES[index % NAMES.length]} ${romanOf(index)}`,
    exam: index % 3 === 0 ? 'Certified Software Architect' : 'Certified Software Architect, Foundation',
    issuedOn: new Date(Date.UTC(2004, 0, 1 + (index % 7000))).toISOString().slice(0, 10),
    score: `${80 + Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`,
  };
}

/** So that names differ: letters alone, since digits are in no name. */
function romanOf(index: number): string {
  return index.toString(26).replace(/./g, (digit) => String.fromCodePoint(0x41 + Number.parseInt(digit, 26)));
}

export function lineOf({ number, name, exam, issuedOn, score }: Row): string {
  return [number, name, exam, issuedOn, score].map(quoted).join(',');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

type BadKind = { readonly line: (row: Row) => string | Buffer; readonly reason: RegExp; readonly lines?: number };

const bad = (change: Partial<Row> | ((row: Row) => Partial<Row>), reason: RegExp, lines = 1): BadKind => ({
  line: (row) => lineOf({ ...row, ...(typeof change === 'function' ? change(row) : change) }),
  reason,
  lines,
});

/** Every way in which a line can be bad, those that need other lines left out: repeated numbers, and ones that the register has. */
export const BAD_KINDS: readonly BadKind[] = [
  bad({ number: '' }, /^number: is missing$/),
  bad({ number: 'X'.repeat(65) }, /^number: must be at most 64 characters$/),
  bad({ number: '01993c5e-4b7a-4c3e-9a51-3f0d8f2c6b11' }, /^number: must not look like the id of a certificate/),
  bad({ name: '   ' }, /^name: is missing$/),
  bad({ name: 'Ж'.repeat(201) }, /^name: must be at most 200 characters$/),
  bad({ name: '4711' }, /^name: has no letter$/),
  bad({ name: 'Jos\ufffd Garc\ufffda' }, /^name: has a character that an earlier conversion destroyed/),
  bad({ name: 'Ada\u0000 Lovelace' }, /^name: has a control character \(U\+0000\)$/),
  bad({ name: 'Ada\nLovelace' }, /^name: has a line break \(U\+000A\) \(lines \d+ to \d+\)$/, 2),
  bad({ exam: '' }, /^exam: is missing$/),
  bad({ issuedOn: '24.12.2019' }, /^issued_on: must be a day as YYYY-MM-DD$/),
  bad({ issuedOn: '2019-02-29' }, /^issued_on: must be a day as YYYY-MM-DD$/),
  bad({ issuedOn: '0219-02-28' }, /^issued_on: is before 1970-01-01$/),
  bad({ issuedOn: '2219-02-28' }, /^issued_on: is in the future$/),
  bad({ score: '100.01' }, /^score: must be a percentage/),
  bad({ score: '87.125' }, /^score: must be a percentage/),
  bad({ score: '-1' }, /^score: must be a percentage/),
  bad({ score: '87,25' }, /^score: must be a percentage/),
  bad({ score: 'passed' }, /^score: must be a percentage/),
  { line: (row) => `${row.number},Ada Lovelace,Exam,${row.issuedOn}`, reason: /^has 4 columns, not 5$/ },
  { line: (row) => `${row.number},Lovelace, Ada,Exam,${row.issuedOn},${row.score}`, reason: /^has 6 columns, not 5$/ },
  { line: (row) => `${row.number},"Ada Lovelace,Exam,${row.issuedOn},${row.score}`, reason: /^has a quote that is not closed$/ },
  { line: (row) => `${row.number},Ada "Countess" Lovelace,Exam,${row.issuedOn},${row.score}`, reason: /^has a quote in the wrong place$/ },
  { line: (row) => Buffer.from(`${row.number},Zoë Strauß,Exam,${row.issuedOn},${row.score}`, 'latin1'), reason: /^is not in UTF-8$/ },
  bad({ name: '', issuedOn: 'soon', score: '' }, /^name: is missing; issued_on: must be .*; score: must be/),
];

/** The line of an index, spoilt in a way of its own. */
export function badLine(index: number, kind: number): BenchLine {
  const { line, reason, lines = 1 } = BAD_KINDS[kind % BAD_KINDS.length] ?? bad({ number: '' }, /is missing/);
  return { bytes: Buffer.from(line(rowOf(index))), lines, reason };
}

export function goodLine(index: number): BenchLine {
  return { bytes: Buffer.from(lineOf(rowOf(index))), lines: 1 };
}

/** Writes a file and returns what must be rejected: the reasons by line, as an editor counts lines. */
export async function writeImportFile(
  path: string,
  lines: Iterable<BenchLine>,
  { lineBreak = '\n', mark = '' }: { lineBreak?: '\n' | '\r\n'; mark?: '' | '\ufeff' } = {},
): Promise<ReadonlyMap<number, RegExp>> {
  const expected = new Map<number, RegExp>();
  function* chunks(): Generator<Buffer> {
    yield Buffer.from(`${mark}${IMPORT_HEADER}${lineBreak}`);
    let number = 2;
    for (const { bytes, lines: count, reason } of lines) {
      if (reason) expected.set(number, reason);
      yield Buffer.concat([bytes, Buffer.from(lineBreak)]);
      number += count;
    }
  }
  await pipeline(Readable.from(chunks()), createWriteStream(path));
  return expected;
}
