import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../../test/support/command.ts';
import { seededRandom } from '../../trials/people/random.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certifiable-report-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function report(key: string | Uint8Array, responses: string | Uint8Array, ...args: readonly string[]) {
  const files = { key: join(folder, 'key.csv'), responses: join(folder, 'responses.csv') };
  await Promise.all([writeFile(files.key, key), writeFile(files.responses, responses)]);
  const ran = await runCommand(['report', 'items', '--key', files.key, '--responses', files.responses, ...args], {});
  return { ...ran, errors: ran.errors.map((line) => line.replaceAll(`${folder}/`, '')) };
}

const KEY = 'item,points,key,choices\nq1,1,B,A|B|C\nq2,2,A|C,A|B|C\nt1,4,,\n';
const flags = z.array(z.object({ kind: z.string(), grade: z.enum(['fault', 'remark']), means: z.string(), do: z.string() }));
const schema = z.object({
  method: z.number(),
  test: z.object({ candidates: z.number(), points: z.number(), passed: z.number(), mean: z.number(), flags }),
  items: z.array(
    z.object({
      id: z.string(),
      facility: z.number(),
      answered: z.number(),
      partial: z.number(),
      choices: z.array(z.object({ id: z.string(), isKey: z.boolean(), taken: z.number() })),
      flags,
      drift: z.object({ day: z.number() }).optional(),
    }),
  ),
  graders: z.array(z.object({ grader: z.string(), tests: z.number() })),
});
const documentOf = (printed: readonly string[]) => schema.parse(JSON.parse(printed.join('\n')));

describe('certifiable report items', () => {
  it('scores choices all or nothing by the key, takes points as they stand, and counts blanks as nothing', async () => {
    const responses = 'candidate,grader,q1,q2,t1\nann,g,B,C|A,4\nben,g,A,A,2.5\ncas,h,,A|B|C,0\ndee,h,D,A|C,\n';
    const { exitCode, printed, errors } = await report(KEY, responses, '--pass-mark', '64.28', '--json');
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
    const { test, items, graders } = documentOf(printed);
    expect(test).toMatchObject({ candidates: 4, points: 7, passed: 1, mean: 2.875 });
    expect(items.map(({ id, facility, answered, partial }) => [id, facility, answered, partial])).toEqual([
      ['q1', 0.25, 3, 0],
      ['q2', 0.5, 4, 0],
      ['t1', 0.40625, 3, 1],
    ]);
    expect(items[0]?.choices.map(({ id, isKey, taken }) => [id, isKey, taken])).toEqual([
      ['A', false, 1],
      ['B', true, 1],
      ['C', false, 0],
      ['D', false, 1],
    ]);
    expect(graders.map(({ grader, tests }) => [grader, tests])).toEqual([
      ['g', 2],
      ['h', 2],
    ]);
    expect(test.flags.map(({ kind }) => kind)).toEqual(['few-candidates']);
  });

  it('says all of it in words, and as a table', async () => {
    const random = seededRandom('words', 'report');
    const rows = Array.from({ length: 200 }, (_none, place) => {
      const ability = random();
      const right = (letter: string, other: string) => (random() < ability ? letter : other);
      // The key of the third names what the weak take.
      return ['2026-10-01', right('A', 'B'), right('C', 'A'), right('B', 'A'), right('A', 'C'), place].join(',');
    });
    const key = 'item,points,key\nq1,1,A\nq2,1,C\nq3,1,A\nq4,1,A\n';
    const responses = `at,q1,q2,q3,q4,candidate\n${rows.join('\n')}\n`;
    const said = await report(key, responses);
    expect(said.printed.join('\n')).toContain(
      'fault: q3: Who does well elsewhere takes B, and who takes the key does worse: the key may be wrong.\n  Have an expert',
    );
    expect(said.printed[0]).toMatch(/^200 candidates, 4 items, 4 points; \d+ have the 80\.0 % that pass$/);
    const table = await report(key, responses, '--csv');
    const [header, ...lines] = parse(table.printed.join('\n')) as readonly string[][];
    expect(lines.map((line) => line[header?.indexOf('item') ?? -1])).toEqual(['q1', 'q2', 'q3', 'q4']);
    expect(lines.map((line) => line[header?.indexOf('flags') ?? -1])).toEqual(['', '', 'key-suspect|misfit', '']);
    expect((await report(key, responses, '--csv', '--json')).exitCode).toBe(2);
  });

  it.each([
    ['nothing to read', []],
    ['a key without responses', ['--key', 'a']],
    ['files and the database', ['--key', 'a', '--responses', 'b', '--exam-version', 'small@1']],
    ['what is no exam version', ['--exam-version', 'small']],
  ])('takes %s for wrong arguments', async (_name, args) => {
    expect((await runCommand(['report', 'items', ...args], {})).exitCode).toBe(2);
  });

  it.each([
    ['an empty key', '', 'q1\nA\n', 'key.csv: is empty'],
    ['a key without items', 'item,points,key\n', 'q1\nA\n', 'key.csv: names no item'],
    ['a key without a column', 'item,key\nq1,A\n', 'q1\nA\n', 'key.csv: has no column points: its first line must be item,points,key,choices'],
    [
      'a key with a column too much',
      'item,points,key,max\nq1,1,A,1\n',
      'q1\nA\n',
      'key.csv: has the column max too much: its first line must be item,points,key,choices',
    ],
    ['an item twice', 'item,points,key\nq1,1,A\nq1,1,A\n', 'q1\nA\n', 'key.csv:3: item: "q1" stands in line 2 already'],
    ['no points', 'item,points,key\nq1,0,A\n', 'q1\nA\n', 'key.csv:2: points: "0" must be more than 0, with at most two decimals'],
    ['points that are none', 'item,points,key\nq1,0x10,A\n', 'q1\nA\n', 'key.csv:2: points: "0x10" must be more than 0, with at most two decimals'],
    ['a key that is no choice', 'item,points,key,choices\nq1,1,D,A|B\n', 'q1\nA\n', 'key.csv:2: key: "D" is not among the choices'],
    ['an item named as a column', 'item,points,key\nat,1,A\n', 'at\nA\n', 'key.csv:2: item: "at" is the name of a column that is no item'],
    ['a missing item', KEY, 'q1,t1\nA,1\n', 'responses.csv: has no column for q2, which the key names'],
    ['an unknown item', KEY, 'q1,q2,t1,q9\nA,B,1,A\n', 'responses.csv: has q9, which the key does not name'],
    ['a column twice', KEY, 'q1,q2,t1,q1\nA,B,1,A\n', 'responses.csv: has the column q1 twice'],
    ['a line too short', KEY, 'q1,q2,t1\nA,B\n', 'responses.csv:2: has 2 columns, not 3'],
    [
      'a word for points',
      KEY,
      'q1,q2,t1\nA,B,good\n',
      'responses.csv:2: t1: "good" must be points, with at most two decimals: the key names no choice',
    ],
    ['too many points', KEY, 'q1,q2,t1\nA,B,4.01\n', "responses.csv:2: t1: 4.01 is more than the item's points"],
    ['a choice twice', KEY, 'q1,q2,t1\nA,B|B,1\n', 'responses.csv:2: q2: names a choice twice'],
    ['a candidate twice', KEY, 'candidate,q1,q2,t1\nann,A,B,1\n\nann,A,B,1\n', 'responses.csv:4: candidate: "ann" stands in line 2 already'],
    ['no date', KEY, 'at,q1,q2,t1\n2026-02-30,A,B,1\n', 'responses.csv:2: at: "2026-02-30" must be a date as 2026-11-29'],
    ['an open quote', KEY, 'q1,q2,t1\n"A,B,1\n', /^responses\.csv: is not CSV: Quote Not Closed/],
    ['UTF-16', KEY, new Uint8Array([0xff, 0xfe, 0x71, 0x00, 0xd8]), 'responses.csv: is not in UTF-8: save it as UTF-8'],
  ])('refuses %s, with its place', async (_name, key, responses, message) => {
    const { exitCode, printed, errors } = await report(key, responses);
    expect({ exitCode, printed }).toEqual({ exitCode: 1, printed: [] });
    expect(errors.join('\n')).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('names twenty problems and counts the rest', async () => {
    const { errors } = await report(KEY, `q1,q2,t1\n${'A,B,x\n'.repeat(25)}`);
    expect(errors.join('\n').split('\n')).toHaveLength(21);
    expect(errors.join('\n')).toMatch(/… and 5 more$/);
  });

  it('takes a header without anybody: nothing is known, and nothing fails', async () => {
    const { exitCode, printed } = await report(KEY, 'q1,q2,t1\n');
    expect(exitCode).toBe(0);
    expect(printed[0]).toMatch(/^0 candidates/);
  });
});

const cohort = fileURLToPath(new URL('../../../shared/cohort/', import.meta.url));
const isThere = existsSync(cohort);
if (!isThere) console.warn('SKIPPED: ../shared/cohort is not there, and its choice items were not analysed');

it.skipIf(!isThere)('reads the choice items of a real cohort (skipped where ../shared/cohort is absent)', async () => {
  const exam = z
    .object({ aptitudeTest: z.object({ items: z.array(z.object({ id: z.string(), correct: z.array(z.string()).optional(), points: z.number() })) }) })
    .parse(JSON.parse(await readFile(join(cohort, 'exam.json'), 'utf8')));
  const items = exam.aptitudeTest.items.filter(({ correct }) => correct);
  const candidates = (await readFile(join(cohort, 'candidates.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) =>
      z.object({ candidate: z.string(), responses: z.record(z.string(), z.union([z.string(), z.array(z.string())])) }).parse(JSON.parse(line)),
    );
  const key = `item,points,key\n${items.map(({ id, correct = [], points }) => [id, points, correct.join('|')].join(',')).join('\n')}\n`;
  const rows = candidates.map(({ candidate, responses }) => [candidate, ...items.map(({ id }) => [responses[id] ?? ''].flat().join('|'))].join(','));
  const { printed, exitCode } = await report(key, `candidate,${items.map(({ id }) => id).join(',')}\n${rows.join('\n')}\n`, '--json');
  expect(exitCode).toBe(0);
  const { test, items: found } = documentOf(printed);
  const expected = (await readFile(join(cohort, 'expected-always.csv'), 'utf8')).trim().split('\n').slice(1);
  const choicePoints = expected.reduce((sum, line) => sum + Number(line.split(',')[1]), 0);
  expect(test.candidates).toBe(29);
  expect(test.mean).toBeCloseTo(choicePoints / 29, 12);
  expect(found.flatMap((item) => item.flags)).toEqual([]);
});
