import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPORT_WORDS } from '../../publication/reports/report-words.ts';
import { runCommand } from '../../test/support/command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certifiable-ratings-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Files = { readonly ratings: string; readonly points?: string; readonly scores?: string };

async function report(files: Files, ...args: readonly string[]) {
  const options = await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      await writeFile(join(folder, `${name}.csv`), text);
      return [`--${name}`, join(folder, `${name}.csv`)];
    }),
  );
  const ran = await runCommand(['report', 'standard-setting', ...options.flat(), ...args], {});
  return { ...ran, errors: ran.errors.map((line) => line.replaceAll(`${folder}/`, '')) };
}

const RATINGS = 'rater,item,percent\nann,q1,60\nann,q2,50\nann,t1,80\nben,q1,50\nben,q2,60\nben,t1,75\ncas,q1,70\ncas,q2,70\ncas,t1,70\n';
const POINTS = 'item,points\nq1,1\nq2,2\nt1,5\n';
const SCORES = `points\n${[8, 5.6, 5.55, 5.54, 5.5, 5.49, 5, 4, 3, 2].join('\n')}\n`;

describe('certifiable report standard-setting', () => {
  it('says what ratings propose, exactly, with its error and what it would have meant', async () => {
    const { exitCode, printed, errors } = await report({ ratings: RATINGS, points: POINTS, scores: SCORES }, '--json');
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    const said = JSON.parse(printed.join('\n'));
    expect(said).toMatchObject({
      method: 1,
      round: 1,
      panelists: 3,
      items: 3,
      points: 8,
      candidates: 10,
      standard: { exact: '111/160', basisPoints: 6937, points: 5.55 },
    });
    expect(said.standard.error.points).toBeCloseTo(0.05, 12);
    const [header, ...rows] = parse(
      (await report({ ratings: RATINGS, points: POINTS, scores: SCORES }, '--csv', '--table', 'consequences')).printed.join('\n'),
    ) as readonly string[][];
    expect(header).toEqual(['standard', 'passMark', 'wouldPass', 'wouldPassShare', 'newlyPassed', 'newlyFailed']);
    expect(rows.map(([standard, , wouldPass]) => [standard, wouldPass])).toEqual([
      ['now', '1'],
      ['one_error_below', '5'],
      ['proposed', '3'],
      ['one_error_above', '2'],
    ]);
  });

  it('is written as a PDF, too, where no file is yet', async () => {
    const pdf = join(folder, 'standard.pdf');
    expect((await report({ ratings: RATINGS, points: POINTS }, '--pdf', pdf)).exitCode).toBe(0);
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(await readFile(pdf))), { mergePages: true });
    for (const words of ['ratings.csv, round 1', '111/160', 'The standard, round by round', 'It is recorded nowhere.']) expect(text).toContain(words);
    expect(await report({ ratings: RATINGS, points: POINTS }, '--pdf', pdf)).toMatchObject({
      exitCode: 1,
      errors: [expect.stringContaining('cannot be written')],
    });
  });

  it('is written as a PDF in German, and in no language that there are no words of', async () => {
    const pdf = join(folder, 'grenze.pdf');
    expect((await report({ ratings: RATINGS, points: POINTS }, '--pdf', pdf, '--language', 'de')).exitCode).toBe(0);
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(await readFile(pdf))), { mergePages: true });
    for (const words of [REPORT_WORDS.de.reportKind['standard-setting'], REPORT_WORDS.de.reportStandard.error]) expect(text).toContain(words);
    const none = await report({ ratings: RATINGS, points: POINTS }, '--pdf', join(folder, 'none.pdf'), '--language', 'fr');
    expect({ ...none, errors: none.errors.join('') }).toMatchObject({ exitCode: 2, errors: expect.stringContaining('en, de') });
    const unused = await report({ ratings: RATINGS, points: POINTS }, '--language', 'de');
    expect({ ...unused, errors: unused.errors.join('') }).toMatchObject({ exitCode: 2, errors: expect.stringContaining('--language is of --pdf') });
  });

  it('says it in words, and that it changes nothing', async () => {
    const { printed } = await report({ ratings: RATINGS, points: POINTS });
    expect(printed.slice(0, 5)).toEqual([
      'round 1: 3 panelists, 3 items, 8 points',
      'proposed pass mark: 69.37 %, 5.55 points, both rounded down; exactly 111/160',
      'standard error over panelists: 0.6 %, 0.05 points; 95 % 66.7 % to 72.1 %',
      'past candidates: too few to say what it would have meant',
      'It changes no exam: it is for the next version.',
    ]);
    expect(printed).toContain('panelists');
  });

  it('counts one point an item without points, tells no error of one rater, and compares rounds', async () => {
    const one = await report({ ratings: 'rater,item,percent,round\nann,a,62.5,1\nann,b,50,1\nann,a,60,2\nann,b,50,2\n' }, '--json');
    const { round, standard, tables } = JSON.parse(one.printed.join('\n'));
    expect([round, standard]).toEqual([2, { exact: '11/20', basisPoints: 5500, points: 1.1 }]);
    expect(tables[0].rows.map((row: readonly unknown[]) => [row[0], row[3], row.at(-1)])).toEqual([
      [1, 0.5625, null],
      [2, 0.55, 1],
    ]);
  });

  it.each([
    ['no rating', { ratings: 'rater,item,percent\n' }, 'ratings.csv: has no rating'],
    ['no such column', { ratings: 'rater,item,probability\nann,a,0.5\n' }, 'ratings.csv: has no column percent'],
    ['more than all', { ratings: 'rater,item,percent\nann,a,101\n' }, 'ratings.csv:2: percent: "101" must be from 0 to 100'],
    ['no number', { ratings: 'rater,item,percent\nann,a,many\n' }, 'ratings.csv:2: percent: "many"'],
    ['something twice', { ratings: 'rater,item,percent\nann,a,1\nann,a,2\n' }, 'ratings.csv:3: says again what line 2 says'],
    [
      'an item that somebody has not rated',
      { ratings: 'rater,item,percent\nann,a,1\nann,b,1\nben,a,2\n' },
      'ratings.csv: round 1: ben has not rated b',
    ],
    [
      'an item that nobody has rated',
      { ratings: 'rater,item,percent\nann,q1,1\nann,q2,1\n', points: POINTS },
      'ratings.csv: round 1: ann has not rated t1',
    ],
    [
      'an item without points',
      { ratings: 'rater,item,percent\nann,z,1\n', points: POINTS },
      'ratings.csv:2: item: "z" has no points in the other file',
    ],
    ['a round that is left out', { ratings: 'rater,item,percent,round\nann,a,1,2\n' }, 'ratings.csv: round 1 has no rating'],
    ['an item twice', { ratings: RATINGS, points: `${POINTS}q1,1\n` }, 'points.csv:5: item: "q1" stands in line 2 already'],
    ['an item of no points', { ratings: RATINGS, points: 'item,points\nq1,0\n' }, 'points.csv:2: points: "0" must be more than 0'],
    ['more points than there are', { ratings: RATINGS, points: POINTS, scores: 'points\n9\n' }, 'scores.csv:2: points: "9" must be from 0 to 8'],
  ])('of %s is refused with its line', async (_name, files, problem) => {
    const { exitCode, errors } = await report(files);
    expect(exitCode).toBe(1);
    expect(errors.join('\n')).toContain(problem);
  });

  it.each([
    ['nothing to read', []],
    ['files and the database', ['--ratings', 'a', '--panel', '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11']],
    ['scores without ratings', ['--panel', '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11', '--scores', 'a']],
    ['a round of files', ['--ratings', 'a', '--round', '1']],
    ['a table of words', ['--ratings', 'a', '--table', 'rounds']],
    ['what is no id', ['--panel', 'mine']],
  ])('takes %s for wrong arguments', async (_name, args) => {
    expect((await runCommand(['report', 'standard-setting', ...args], {})).exitCode).toBe(2);
  });
});
