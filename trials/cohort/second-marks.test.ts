import { describe, expect, it } from 'vitest';
import { parseExamForm } from '../../exams/form.ts';
import type { CohortCandidate } from './data.ts';
import { examFormOfCohort } from './exam.ts';
import type { CohortRow } from './expectation.ts';
import { tellSecondMarks } from './second-marks-report.ts';
import { differingDecisions, markedTwice, workOf, type MarkedTest } from './second-marks.ts';

const parsed = parseExamForm(
  examFormOfCohort(
    {
      aptitudeTest: {
        items: [
          { id: 'c1', type: 'choice', points: 5, choices: ['A', 'B'], correct: ['B'] },
          { id: 't1', type: 'text', points: 5, prompt: 'Why?', modelAnswer: 'Because.' },
        ],
      },
      caseStudy: { criteria: [{ id: 'k1', points: 10, prompt: 'What is a class?', modelAnswer: 'A type.' }] },
    },
    { marking: 'risk', adjudication: 'when-decisive' },
  ),
);
if (!parsed.ok) throw new Error('no exam');
const exam = parsed.content;

const candidate = (marks: { first: number; second: number }, answer: string | null = 'so'): CohortCandidate => ({
  candidate: 'ada',
  responses: { c1: 'B', t1: answer },
  aptitudeMarks: [{ item: 't1', ...marks }],
  caseStudySolution: '# Mine',
  caseStudyMarks: [{ criterion: 'k1', first: 9, second: 6 }],
});
const row = (outcome: string, aptitude = outcome === 'aptitude-failed' ? 'fail' : 'pass'): CohortRow => ({
  candidate: 'ada',
  choice_points: '5',
  aptitude_percent: '80.00',
  aptitude,
  case_study_percent: aptitude === 'pass' ? '75.00' : '',
  outcome,
});

describe('a cohort as it would be marked twice', () => {
  it('takes both marks of each test that is reached, and adjudicates what decides, with the choices counted', () => {
    // 8 or 10 of 10 points: a pass either way, though 3 of 5 alone would be a fail. The case study: 60 % or 90 %.
    expect(markedTwice(candidate({ first: 5, second: 3 }), { exam, expected: row('case-study-failed') })).toMatchObject([
      { test: 'aptitude', marks: 2, isAdjudicated: false },
      { test: 'case_study', marks: 2, isAdjudicated: true },
    ]);
    expect(markedTwice(candidate({ first: 5, second: 2 }), { exam, expected: row('aptitude-failed') })).toMatchObject([
      { test: 'aptitude', marks: 2, isAdjudicated: true },
    ]);
  });

  it('needs nobody where every answer is blank', () => {
    expect(markedTwice(candidate({ first: 0, second: 0 }, null), { exam, expected: row('aptitude-failed') })).toMatchObject([
      { marks: 0, isAdjudicated: false },
    ]);
  });
});

const test = (change: Partial<MarkedTest>): MarkedTest => ({
  candidate: 'ada',
  test: 'aptitude',
  marks: 1,
  isAdjudicated: false,
  probability: '2.50',
  reasons: [],
  ...change,
});
const twice = test({ candidate: 'bob', test: 'case_study', marks: 2, isAdjudicated: true, probability: '31.07', reasons: ['probability', 'sample'] });

it('the work of marking is counted in tests, hours and money', () => {
  // 3 h once, and 8 h twice with 3 h of an adjudicator, at $50.
  expect(workOf([test({}), twice, test({ marks: 0 })])).toEqual({ tests: 2, twice: 1, adjudicated: 1, hours: 22, cost: 1100 });
});

it('a decision differs where the outcome does, and not where the points alone do', () => {
  expect(differingDecisions([{ ...row('certified'), case_study_percent: '99.00' }], [row('certified')])).toEqual([]);
  expect(differingDecisions([row('aptitude-failed')], [row('certified')])).toEqual([
    'ada: aptitude-failed (aptitude 80.00 %); marked twice: certified (aptitude 80.00 %, case study 75.00 %)',
  ]);
});

describe('what is told of a cohort by risk', () => {
  const work = { tests: 2, twice: 1, adjudicated: 1, hours: 22, cost: 1100 };

  it('is who was marked twice and why, the cost beside double, and what differs', () => {
    const told = tellSecondMarks({ scripts: 174, tests: [test({}), twice], double: work, risk: work, differing: ['ada: …'] }).join('\n');
    expect(told).toContain('fitted on 174 scripts');
    expect(told).toMatch(/^bob +case study +31\.07 {2}above the limit, random sample$/m);
    expect(told).not.toMatch(/^ada +aptitude/m);
    expect(told).toMatch(/^risk +2 +1 +1 +22 +1100$/m);
    expect(told).toContain('differ from those of marking twice: 1\nada: …');
  });

  it('says that there is no model, how many marks one takes, and how to give it some', () => {
    const cold = tellSecondMarks({
      scripts: null,
      tests: [test({ marks: 2, probability: null, reasons: ['no_model'] })],
      double: work,
      risk: work,
      differing: [],
    });
    expect(cold.join('\n')).toMatch(/no marking model: .* 30 scripts marked twice are needed.*--train FILE fits one/);
    expect(cold.at(-1)).toBe('every decision is that of marking twice');
  });
});
