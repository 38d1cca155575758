import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Test } from '../../domain/exam.ts';

/**
 * A third kind of test must be a list of errors of the compiler, never a silent "else". So product code asks which test it
 * has by a record over Test or a switch that names them all, and by no comparison: oxlint has no rule for that.
 */

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** `case_study` is also a phase, which has switches of its own: only what is called a test counts there. */
const COMPARISON = /[=!]==?\s*'aptitude'|'aptitude'\s*[=!]==?|\btest\)?\s*[=!]==?\s*'case_study'|'case_study'\s*[=!]==?\s*[\w.?]*\btest\b/;
/** Looks the one of a name up in a list; whatever else is in the list, it stays as right as it was. */
const LOOK_UP = /\.find\([^;]*'(?:aptitude|case_study)'/;
const SQL = /\btest\s*(?:=|<>|IN \()\s*'(?:aptitude|case_study)'/;

/** Folders and files by their beginnings, with the reason why they may compare. */
const MAY_COMPARE: Readonly<Record<string, string>> = {
  'trials/benchmarks/pipeline-baseline/': 'fixed, or figures of different days could not be compared',
};

/** SQL that knows the tests, which no compiler reads: who adds a test reads each of them again, and says so here. */
const SQL_READ_FOR: Readonly<Record<Test, readonly string[]>> = {
  aptitude: [
    'prisma/research-views',
    'store/attempt-rows',
    'store/attempts/register',
    'store/notices',
    'store/period-reports/funnel',
    'store/reports',
    'store/sittings/autosave',
    'trials/simulation/check-play',
  ],
  case_study: [
    'store/attempt-rows',
    'store/decisions/certified',
    'store/notices',
    'store/outages',
    'store/period-reports/funnel',
    'store/regrades/records',
    'store/tallies',
    'trials/simulation/check-play',
  ],
};

type Found = { readonly file: string; readonly place: string };

function found(file: string, code: string, what: RegExp): readonly Found[] {
  return code
    .split('\n')
    .flatMap((line, index) => (what.test(line) && !LOOK_UP.test(line) ? [{ file, place: `${file}:${index + 1} ${line.trim()}` }] : []));
}

async function foundInProduct(what: RegExp): Promise<readonly Found[]> {
  const all: Found[] = [];
  const exclude = ['**/node_modules', '**/*.test.ts', 'test', 'prisma/generated', 'build', 'coverage', '.certifiable'];
  for await (const file of glob('**/*.{ts,tsx,mts,mjs}', { cwd: repository, exclude })) {
    all.push(...found(file, await readFile(`${repository}/${file}`, 'utf8'), what));
  }
  return all;
}

const startsWithAny = (file: string, beginnings: readonly string[]) => beginnings.some((beginning) => file.startsWith(beginning));

describe('which test it is', () => {
  it('is decided by no comparison in product code', async () => {
    const comparisons = await foundInProduct(COMPARISON);
    const refused = comparisons.filter(({ file }) => !startsWithAny(file, Object.keys(MAY_COMPARE)));
    expect(refused.map(({ place }) => place)).toEqual([]);
    // An empty list of files would refuse nothing either.
    expect(comparisons.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(SQL_READ_FOR))('is known to no other SQL than that which was read for the test %s', async (test, files) => {
    const places = (await foundInProduct(SQL)).filter(({ place }) => place.includes(`'${test}'`));
    expect(places.filter(({ file }) => !startsWithAny(file, files)).map(({ place }) => place)).toEqual([]);
  });

  it.each([
    "return test === 'aptitude' ? 1 : 2;",
    "if (submission.test !== 'case_study') return;",
    "if ('aptitude' === test) return;",
    "  test === 'aptitude'",
    "items.filter(() => test === 'case_study')",
  ])('would be seen in: %s', (code) => {
    expect(found('a.ts', code, COMPARISON)).toHaveLength(1);
  });

  it.each([
    "case 'aptitude':",
    "if (phase === 'case_study') return;",
    "decisions.find(({ test }) => test === 'aptitude')",
    "submit({ test: 'aptitude' })",
  ])('is not decided in: %s', (code) => {
    expect(found('a.ts', code, COMPARISON)).toEqual([]);
  });
});
