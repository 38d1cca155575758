import { describe, expect, it } from 'vitest';
import { smallExam } from '../trials/people/small-exam.ts';
import { hasMachinePart, humanPartOf, machinePartOf, nextStepAfter, type GradableSubmission } from './grading.ts';

const exam = smallExam();
const answers: GradableSubmission = { test: 'aptitude', responses: { c1: ['a'], t1: 'because' } };
const solution: GradableSubmission = { test: 'case_study', caseStudyId: 'two' };

describe('the parts of a grading', () => {
  it('are, of an aptitude test, its choice items for the machine and its answered texts for people', () => {
    expect(machinePartOf(exam, answers).map(({ itemId, millipoints, basis }) => [itemId, millipoints, basis])).toEqual([
      ['c1', 5000, 'machine'],
      ['c2', 0, 'blank'],
    ]);
    const { markables, blanks } = humanPartOf(exam, answers);
    expect(markables).toEqual([{ itemId: 't1', millipointsMax: 5000 }]);
    expect(blanks.map(({ itemId }) => itemId)).toEqual(['t2']);
  });

  it('are, of a case study, its criteria for people and nothing for the machine', () => {
    expect(machinePartOf(exam, solution)).toEqual([]);
    expect(humanPartOf(exam, solution)).toEqual({
      markables: [
        { itemId: 'k1', millipointsMax: 10_000 },
        { itemId: 'k2', millipointsMax: 10_000 },
      ],
      blanks: [],
    });
  });

  it('ask the machine only for an aptitude test that has choice items', () => {
    expect(hasMachinePart('aptitude', { hasChoiceItems: true })).toBe(true);
    expect(hasMachinePart('aptitude', { hasChoiceItems: false })).toBe(false);
    expect(hasMachinePart('case_study', { hasChoiceItems: true })).toBe(false);
  });

  it('are never those of a case study that the exam does not have', () => {
    expect(() => humanPartOf(exam, { test: 'case_study', caseStudyId: 'four' })).toThrow(RangeError);
  });
});

it.each([
  ['aptitude', true, 'offer_case_study'],
  ['aptitude', false, 'fail'],
  ['case_study', true, 'certify'],
  ['case_study', false, 'fail'],
] as const)('after the %s (passed: %s) comes: %s', (test, passed, step) => {
  expect(nextStepAfter(test, passed)).toBe(step);
});
