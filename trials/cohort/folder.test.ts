import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Marking } from '../../domain/exam.ts';
import { checkCohort, CohortError, readExam, readExpectation } from './folder.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cohort-'));
  await put('exam.json', JSON.stringify(exam));
  await put('candidates.jsonl', JSON.stringify(ada));
  await put('expected-when-decisive.csv', `${HEADER}\nada,1,80,pass,76.0,case-study-failed\n`);
});
afterEach(() => rm(directory, { recursive: true }));

const HEADER = 'candidate,choice_points,aptitude_percent,aptitude,case_study_percent,outcome';
const exam = {
  aptitudeTest: {
    items: [
      { id: 'c1', type: 'choice', points: 1, choices: ['A', 'B'], correct: ['B'] },
      { id: 't1', type: 'text', points: 5, prompt: 'Why?', modelAnswer: 'Because.' },
      { id: 't2', type: 'text', points: 5, prompt: 'How?', modelAnswer: 'So.' },
    ],
  },
  caseStudy: { criteria: [{ id: 'cr1', points: 5, prompt: 'What is a class?', modelAnswer: 'A type.' }] },
};
const ada = {
  candidate: 'ada',
  responses: { c1: 'B', t1: 'because', t2: null },
  aptitudeMarks: [{ item: 't1', first: 4, second: 4.25 }],
  caseStudySolution: '# Mine',
  caseStudyMarks: [{ criterion: 'cr1', first: 4, second: 4 }],
};

const put = (file: string, content: string | Buffer) => writeFile(join(directory, file), content);

/** What is wrong with the folder, without its path; empty when it can be played. */
async function problems({ marking = 'double', writeExpectation = false }: { marking?: Marking; writeExpectation?: boolean } = {}): Promise<string[]> {
  const options = { directory, policy: { marking, adjudication: 'when-decisive' }, writeExpectation } as const;
  try {
    const { content } = await readExam(options);
    await checkCohort(options, { content, expectation: await readExpectation(options) });
    return [];
  } catch (error) {
    if (!(error instanceof CohortError)) throw error;
    return error.message.replaceAll(`${directory}/`, '').split('\n');
  }
}
const withAda = async (change: object) => {
  await put('candidates.jsonl', `\n${JSON.stringify({ ...ada, ...change })}\n`);
  return problems();
};

describe('a cohort is checked before anything is started:', () => {
  it('what is right can be played, with marks of byte order and Windows line ends too', async () => {
    expect(await problems()).toEqual([]);
    for (const file of ['exam.json', 'candidates.jsonl', 'expected-when-decisive.csv'])
      await put(file, `\uFEFF${(await readFile(join(directory, file), 'utf8')).replaceAll('\n', '\r\n')}`);
    expect(await problems()).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['an unknown item in the responses', { responses: { ...ada.responses, mc99: 'A' } }, 'responses.mc99: there is no such item in exam.json'],
    ['a choice that is not offered', { responses: { ...ada.responses, c1: 'E' } }, 'responses.c1: names a choice that the item does not offer'],
    ['a choice that is named twice', { responses: { ...ada.responses, c1: ['A', 'A'] } }, 'responses.c1: names a choice twice'],
    [
      'an unknown item in the marks',
      { aptitudeMarks: [...ada.aptitudeMarks, { item: 't9', first: 1, second: 1 }] },
      'aptitudeMarks[1].item: "t9" is nothing in exam.json that a grader marks',
    ],
    [
      'a mark for a choice item',
      { aptitudeMarks: [...ada.aptitudeMarks, { item: 'c1', first: 1, second: 1 }] },
      'aptitudeMarks[1].item: "c1" is nothing in exam.json that a grader marks',
    ],
    [
      'a mark that is given twice',
      { caseStudyMarks: [...ada.caseStudyMarks, { criterion: 'cr1', first: 1, second: 1 }] },
      'caseStudyMarks[1].criterion: "cr1" is marked twice',
    ],
    [
      'more points than there are',
      { aptitudeMarks: [{ item: 't1', first: 99, second: 4 }] },
      'aptitudeMarks[0].first: 99 is more than the 5 points of "t1"',
    ],
    [
      'a third decimal',
      { aptitudeMarks: [{ item: 't1', first: 1.001, second: 4 }] },
      'aptitudeMarks[0].first: 1.001 must be 0 or more, with at most two decimals',
    ],
    ['a missing mark', { aptitudeMarks: [{ item: 't1', first: 4 }] }, 'aptitudeMarks: "t1" is answered and has no `second` mark'],
    [
      'a solution under a slip of a name',
      { caseStudySolution: undefined, caseStudySolutoin: '# Mine' },
      'caseStudySolutoin: is not a field of candidates.jsonl',
    ],
    ['marks under a slip of a name', { casestudyMarks: [] }, 'casestudyMarks: is not a field of candidates.jsonl'],
    [
      'a mark under a slip of a name',
      { caseStudyMarks: [{ criterion: 'cr1', first: 4, second: 4, ajudicated: 5 }] },
      'caseStudyMarks.0.ajudicated: is not a field of candidates.jsonl',
    ],
    ['a name that nobody sees', { candidate: '\u200b' }, 'candidate: must not be empty'],
    ['somebody of whom nothing is expected', { candidate: 'eve' }, 'eve is not in expected-when-decisive.csv'],
  ])('%s is named with its line', async (_what, change, problem) => {
    expect(await withAda(change)).toEqual([`candidates.jsonl:2: ${problem}`]);
  });

  it('a key that is there twice, bytes that are no UTF-8 and every other bad line are named, all at once', async () => {
    const twice = JSON.stringify(ada).replace('"c1":"B"', '"c1":"A","c1":"B"');
    const latin1 = Buffer.from(JSON.stringify({ ...ada, candidate: 'bob' }).replace('because', 'weil ü'), 'latin1');
    await put('candidates.jsonl', Buffer.concat([Buffer.from(`${twice}\n{"candidate"\n`), latin1]));
    expect(await problems()).toEqual([
      'candidates.jsonl:1: "c1" is there twice',
      'candidates.jsonl:2: is not JSON',
      'candidates.jsonl:3: is not UTF-8, or was converted wrongly: it holds U+FFFD',
    ]);
  });

  it('a cohort of nobody is refused, and one without its file', async () => {
    await put('candidates.jsonl', '\n');
    expect(await problems()).toEqual(['candidates.jsonl: holds no candidate']);
    await rm(join(directory, 'candidates.jsonl'));
    expect((await problems())[0]).toMatch(/^candidates.jsonl: ENOENT/);
  });

  it('of the exam the line where it stops being JSON is named, and else the place in its own words', async () => {
    await put('exam.json', '{\n  "aptitudeTest": ]');
    expect(await problems()).toEqual(['exam.json:2: is not JSON from column 19 on']);
    await put('exam.json', JSON.stringify({ ...exam, caseStudy: { criteria: [{ id: 'cr1', points: 5, prompt: '' }] } }));
    expect((await problems()).some((problem) => problem.startsWith('exam.json: caseStudy.criteria[0].prompt: '))).toBe(true);
    await put('exam.json', JSON.stringify({ ...exam, aptitudeTest: { items: [{ ...exam.aptitudeTest.items[0], correct: ['E'] }] } }));
    expect(await problems()).toEqual(['exam.json: aptitudeTest.items[0].correct[0]: "E" is not among the choices']);
    await put('exam.json', JSON.stringify({ ...exam, policy: { marking: 'triple' } }));
    expect(await problems()).toEqual(['exam.json: policy: is not read from here: a cohort is played under the policy that the command names']);
  });
});

describe('what is expected', () => {
  it('must be there, for each way of marking, unless it is to be written; and is never written over', async () => {
    await put('candidates.jsonl', JSON.stringify({ ...ada, aptitudeMarks: [{ item: 't1', first: 4 }], caseStudyMarks: [] }));
    expect(await problems({ marking: 'single' })).toEqual([
      'expected-single.csv: is missing, so there is nothing to compare with. --write-expectation writes what comes out',
    ]);
    expect(await problems({ marking: 'single', writeExpectation: true })).toEqual([]);
    await put('expected-single.csv', `${HEADER}\nada,1,80,pass,76.0,case-study-failed\n`);
    expect(await problems({ marking: 'single' })).toEqual([]);
    expect((await problems({ marking: 'single', writeExpectation: true }))[0]).toMatch(/^expected-single.csv: is there already/);
  });

  it('is of everybody once, in numbers and the words that there are', async () => {
    await put(
      'expected-when-decisive.csv',
      `${HEADER}\nada,one,80,pass,76.0,case-study-failed\nada,1,,passed,,failed\nbob,1,80.0,fail,,aptitude-failed\n`,
    );
    expect(await problems()).toEqual([
      'expected-when-decisive.csv: ada: choice_points is one, and must be a number',
      'expected-when-decisive.csv: ada: aptitude_percent is empty, and must be a number',
      'expected-when-decisive.csv: ada: aptitude is passed, and must be pass or fail',
      'expected-when-decisive.csv: ada: outcome is failed, and must be certified or case-study-failed or aptitude-failed',
      'expected-when-decisive.csv: ada: is there twice',
    ]);
    await put('expected-when-decisive.csv', `${HEADER}\nada,1,80,pass,76.0,case-study-failed\nbob,1,80.0,fail,,aptitude-failed\n`);
    expect(await problems()).toEqual(['expected-when-decisive.csv: bob is not in candidates.jsonl']);
  });
});
