import { describe, expect, it } from 'vitest';
import { parseExamForm } from '../../exams/form.ts';
import { examFormOfCohort, type CohortPolicy } from './exam.ts';

const cohort = {
  aptitudeTest: {
    items: [
      { id: 'mc01', type: 'choice', points: 1, choices: ['A', 'B', 'C'], correct: ['B'] },
      { id: 'sa1', type: 'text', points: 5, prompt: 'Why?', modelAnswer: 'Because.' },
    ],
  },
  caseStudy: { criteria: [{ id: 'cr1', points: 5, prompt: 'What is a class?', modelAnswer: 'A type.' }] },
};
const double: CohortPolicy = { marking: 'double', adjudication: 'when-decisive' };

describe("a cohort's exam", () => {
  it('becomes a form that the product takes, with every point and key as it was', () => {
    const parsed = parseExamForm(examFormOfCohort(cohort, double));
    expect(parsed).toMatchObject({
      ok: true,
      content: {
        version: 1,
        policy: { passMark: 8000, tolerance: 2000, marking: 'double', adjudication: 'when-decisive', appealWindowSeconds: 0 },
        items: [
          { id: 'mc01', millipoints: 1000, correct: ['B'], scoring: { kind: 'match_correct' } },
          { id: 'sa1', millipoints: 5000, prompt: 'Why?', modelAnswer: 'Because.' },
        ],
        caseStudies: [{ rubric: [{ id: 'cr1', millipoints: 5000, title: 'What is a class?' }] }],
      },
    });
  });

  it('has the same id whenever it is the same, and another with another policy or content', () => {
    const { examId } = examFormOfCohort(cohort, double);
    expect(examId).toMatch(/^cohort-[0-9a-f]{12}$/);
    expect(examFormOfCohort(structuredClone(cohort), double).examId).toBe(examId);
    expect(examFormOfCohort(cohort, { ...double, adjudication: 'always' }).examId).not.toBe(examId);
    expect(examFormOfCohort({ ...cohort, caseStudy: { criteria: [] } }, double).examId).not.toBe(examId);
  });

  it('hands on what it does not know, so that the form can say what is wrong with it', () => {
    const wrong = { ...cohort, aptitudeTest: { items: [{ ...cohort.aptitudeTest.items[0], correct: ['E'], weight: 2 }] } };
    expect(parseExamForm(examFormOfCohort(wrong, double))).toMatchObject({
      ok: false,
      problems: expect.arrayContaining([
        expect.objectContaining({ path: 'aptitudeTest.items[0].correct[0]' }),
        expect.objectContaining({ path: 'aptitudeTest.items[0].weight' }),
      ]),
    });
  });
});
