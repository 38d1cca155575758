import { readFileSync } from 'node:fs';
import { expect, describe, it } from 'vitest';
import { answeredByHand, gradedByHand, mayBeAppealed, type OracleCandidate, type OracleExam } from './appeals-oracle.ts';
import { appealOf } from './appeals-drawn.ts';

/** Two choices of 10 points, two texts and two criteria of 40: 80 of 100 points pass. */
const EXAM: OracleExam = {
  aptitudeTest: {
    items: [
      { id: 'c1', type: 'choice', points: 10, correct: ['A'] },
      { id: 'c2', type: 'choice', points: 10, correct: ['A', 'B'] },
      { id: 't1', type: 'text', points: 40 },
      { id: 't2', type: 'text', points: 40 },
    ],
  },
  caseStudy: {
    criteria: [
      { id: 'k1', points: 50 },
      { id: 'k2', points: 50 },
    ],
  },
};
const ADA: OracleCandidate = {
  candidate: 'ada',
  responses: { c1: 'A', c2: ['B', 'A'], t1: 'because', t2: 'so' },
  aptitudeMarks: [
    { item: 't1', first: 20, second: 24.5 },
    { item: 't2', first: 30, second: 30 },
  ],
  caseStudyMarks: [
    { criterion: 'k1', first: 40, second: 29.99, adjudicated: 30 },
    { criterion: 'k2', first: 45, second: 45 },
  ],
};
const DOUBLE = { marking: 'double', adjudication: 'when-decisive' } as const;
const APTITUDE = { exam: EXAM, test: 'aptitude', policy: DOUBLE } as const;
const CASE_STUDY = { exam: EXAM, test: 'case_study', policy: DOUBLE } as const;

describe('what a test comes to, by hand', () => {
  it('is the mean of two marks that are near enough', () => {
    expect(gradedByHand(ADA, APTITUDE)).toMatchObject({ percentage: '72.25', passed: false });
    expect(mayBeAppealed(gradedByHand(ADA, APTITUDE)).map(({ id, units }) => [id, units / 200])).toEqual([
      ['t1', 22.25],
      ['t2', 30],
    ]);
  });

  it('is the third mark of a dispute that decides, and their mean where it does not', () => {
    expect(gradedByHand(ADA, CASE_STUDY)).toMatchObject({ percentage: '75.00', passed: false });
    const worse = { ...ADA, caseStudyMarks: [{ criterion: 'k1', first: 30, second: 10, adjudicated: 30 }, ...ADA.caseStudyMarks.slice(1)] };
    expect(gradedByHand(worse, CASE_STUDY)).toMatchObject({ percentage: '65.00' });
    expect(gradedByHand(worse, { ...CASE_STUDY, policy: { marking: 'double', adjudication: 'always' } })).toMatchObject({ percentage: '75.00' });
  });

  it('is the first mark alone where one marks, and nothing for a blank answer, which has no appeal', () => {
    expect(gradedByHand(ADA, { ...APTITUDE, policy: { ...DOUBLE, marking: 'single' } }).percentage).toBe('70.00');
    const blank = gradedByHand({ ...ADA, responses: { c1: 'B', c2: ['A'], t1: ' \n', t2: 'so' } }, APTITUDE);
    expect(blank.percentage).toBe('30.00');
    expect(mayBeAppealed(blank).map(({ id }) => id)).toEqual(['t2']);
  });
});

describe('what an appeal comes to, by hand', () => {
  it.each([
    [{ t1: 30, t2: 30 }, 'partly', '80.00', true],
    [{ t1: 29.99, t2: 10 }, 'partly', '79.99', false],
    [{ t1: 22.25, t2: 0 }, 'refused', '72.25', false],
    [{ t1: 23, t2: 31 }, 'upheld', '74.00', false],
    [{ t2: 40 }, 'upheld', '82.25', true],
  ])('of marks %j is %s with %s %%', (marks, answer, percentage, passed) => {
    expect(answeredByHand(gradedByHand(ADA, APTITUDE), new Map(Object.entries(marks)))).toMatchObject({ answer, percentage, passed });
  });
});

describe('what is appealed', () => {
  it('is drawn the same each time, and is of every kind over a few candidates', () => {
    const graded = gradedByHand(ADA, APTITUDE);
    const drawn = Array.from({ length: 8 }, (_, rank) => appealOf(graded, { candidate: 'ada', test: 'aptitude', rank }));
    expect(drawn).toEqual(Array.from({ length: 8 }, (_, rank) => appealOf(graded, { candidate: 'ada', test: 'aptitude', rank })));
    expect(new Set(drawn.map((marks) => answeredByHand(graded, marks).answer))).toEqual(new Set(['upheld', 'partly', 'refused']));
    for (const marks of drawn) expect(marks.size).toBeGreaterThan(0);
  });
});

it('uses nothing by which the product decides', () => {
  const source = readFileSync(new URL('appeals-oracle.ts', import.meta.url), 'utf8');
  expect(source).not.toMatch(/^import/m);
});
