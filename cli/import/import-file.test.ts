import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportFileError, hashOfFile, readBatches, type ImportRecord } from './import-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certifiable-import-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const HEADER = 'number,name,exam,issued_on,score';

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(directory, 'file.csv');
  await writeFile(file, content);
  return file;
}

async function batchesOf(content: string | Buffer, options = { size: 1000, splitAt: 0 }): Promise<(readonly ImportRecord[])[]> {
  const batches: (readonly ImportRecord[])[] = [];
  for await (const batch of readBatches(await fileOf(content), options)) batches.push(batch);
  return batches;
}

/** `[line, lastLine, name or what is wrong]`. */
async function read(content: string | Buffer): Promise<unknown[]> {
  const batches = await batchesOf(content);
  return batches.flat().map((record) => [record.line, record.lastLine, 'problem' in record ? record.problem : record.fields.name]);
}

describe('the lines of an import', () => {
  it.each([
    ['LF', '\n', ''],
    ['CRLF', '\r\n', ''],
    ['CRLF and a byte order mark', '\r\n', '\ufeff'],
  ])('are counted as an editor does, also after quoted line breaks and blank lines (%s)', async (_, lineBreak, mark) => {
    const lines = [HEADER, '1,"A\nB",E,D,S', '', '2,C,E,D,S', '   ', '3,"D\n\nE","F",D,S', '4,"G ""H"" I",E,D,S'];
    expect(await read(mark + lines.join('\n').replaceAll('\n', lineBreak))).toEqual([
      [2, 3, 'A\nB'],
      [5, 5, 'C'],
      [7, 9, 'D\n\nE'],
      [10, 10, 'G "H" I'],
    ]);
  });

  it('cost no other line when one has a quote too many', async () => {
    const good = (number: number) => `${number},"Good, ${number}",E,D,S`;
    const lines = [
      HEADER,
      '1,"Open,E,D,S',
      good(2),
      '3,Ada "Countess" Lovelace,E,D,S',
      '4,"Closed" early,E,D,S',
      good(5),
      '6,Never "closed,E,D,S',
      good(7),
    ];
    expect(await read(lines.join('\n'))).toEqual([
      [2, 2, 'has a quote that is not closed'],
      [3, 3, 'Good, 2'],
      [4, 4, 'has a quote in the wrong place'],
      [5, 5, 'has a quote in the wrong place'],
      [6, 6, 'Good, 5'],
      [7, 7, 'has a quote that is not closed'],
      [8, 8, 'Good, 7'],
    ]);
  });

  it('may be in every script; one that is not UTF-8 is told, and the next is read', async () => {
    const content = Buffer.concat([
      Buffer.from(`${HEADER}\n1,Zoë O’Brien 王小明 𠮷野家 محمد,E,D,S\n`),
      Buffer.from('2,Zoë,E,D,S\n', 'latin1'),
      Buffer.from('3,Seán,E,D,S'),
    ]);
    expect(await read(content)).toEqual([
      [2, 2, 'Zoë O’Brien 王小明 𠮷野家 محمد'],
      [3, 3, 'is not in UTF-8'],
      [4, 4, 'Seán'],
    ]);
  });

  it('with too many or too few columns, or without an end, are told', async () => {
    expect(await read(`${HEADER}\n1,A,E,D\n2,A,B,E,D,S\n3,${'x'.repeat(20_001)},E,D,S\n`)).toEqual([
      [2, 2, 'has 4 columns, not 5'],
      [3, 3, 'has 6 columns, not 5'],
      [4, 4, 'is longer than 20000 bytes'],
    ]);
  });

  it('come in batches, one of which ends where the import stopped before', async () => {
    const content = [HEADER, ...Array.from({ length: 10 }, (_, index) => `${index},N,E,D,S`)].join('\n');
    const lastLines = async (splitAt: number) => (await batchesOf(content, { size: 4, splitAt })).map((batch) => batch.at(-1)?.lastLine);
    expect(await lastLines(0)).toEqual([5, 9, 11]);
    expect(await lastLines(7)).toEqual([5, 7, 11]);
  });

  it('may have their columns in any order, and those of a file of rejected lines', async () => {
    const [batch] = await batchesOf('line,reason,score,name,number,issued_on,exam\n17,"name: is missing",80,Ada,C-1,2020-01-01,E\n');
    expect(batch?.[0]).toMatchObject({
      cells: ['C-1', 'Ada', 'E', '2020-01-01', '80'],
      fields: { number: 'C-1', name: 'Ada', exam: 'E', issued_on: '2020-01-01', score: '80' },
    });
  });
});

describe('a file that cannot be imported', () => {
  it.each([
    ['is empty', '', /is empty; its first line must be number,name,exam,issued_on,score/],
    ['has no header', 'C-1,Ada,Exam,2020-01-01,80\n', /has no column number, name, exam, issued_on, score/],
    ['lacks a column', 'number,name,exam,issued_on\n', /has no column score: its first line must be/],
    ['has a column too much', `${HEADER},email\n`, /has the column email too much/],
    ['has a column twice', `${HEADER},name\n`, /has the column name too much/],
    ['is separated by semicolons', 'number;name;exam;issued_on;score\n', /separated by commas, not by semicolons/],
    ['is in UTF-16', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le'), /is in UTF-16/],
  ])('says so when it %s', async (_, content, message) => {
    const reading = batchesOf(content);
    await expect(reading).rejects.toThrow(ImportFileError);
    await expect(reading).rejects.toThrow(message);
  });

  it('says so when it is not there, or is a folder', async () => {
    await expect(hashOfFile(join(directory, 'absent.csv'))).rejects.toThrow(/cannot be read: ENOENT/);
    await expect(hashOfFile(directory)).rejects.toThrow(/is not a file/);
  });
});
