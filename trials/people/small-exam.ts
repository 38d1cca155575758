import type { ExamContent, Policy } from '../../domain/exam.ts';

const day = 86_400;

export const defaultPolicy: Policy = {
  passMark: 8000,
  startWindowSeconds: 365 * day,
  aptitudeLimitSeconds: 90 * 60,
  offerWindowSeconds: 30 * day,
  caseStudyLimitSeconds: 14 * day,
  resultPromiseSeconds: { aptitude: 7 * day, case_study: 7 * day },
  leaseSeconds: { aptitude: 3600, case_study: 8 * 3600 },
  reminderPercents: [50, 80, 100],
  appealWindowSeconds: 0,
  marking: 'double',
  tolerance: 2000,
  adjudication: 'when-decisive',
};

/** A small exam: two choice items (5 points each), two text items (5 each), three case studies with two criteria (10 each). */
export function smallExam(policy: Partial<Policy> = {}, examId = 'small'): ExamContent {
  return {
    examId,
    version: 1,
    title: 'A small exam',
    policy: { ...defaultPolicy, ...policy },
    items: [
      {
        type: 'choice',
        id: 'c1',
        prompt: 'One of them',
        millipoints: 5000,
        choices: ['a', 'b', 'c'].map((id) => ({ id, text: id })),
        correct: ['a'],
        scoring: { kind: 'match_correct' },
        hint: 'Read about the first letter.',
      },
      {
        type: 'choice',
        id: 'c2',
        prompt: 'Two of them',
        millipoints: 5000,
        choices: ['a', 'b', 'c'].map((id) => ({ id, text: id })),
        correct: ['a', 'b'],
        scoring: { kind: 'map_response', millipointsByChoice: { a: 2500, b: 2500, c: -2500 } },
      },
      { type: 'text', id: 't1', prompt: 'Explain', millipoints: 5000, modelAnswer: 'So and so' },
      { type: 'text', id: 't2', prompt: 'Explain more', millipoints: 5000, modelAnswer: 'So and so' },
    ],
    caseStudies: ['one', 'two', 'three'].map((id) => ({
      id,
      title: `Case study ${id}`,
      brief: 'Design it.',
      rubric: [
        { id: 'k1', title: 'Structure', description: 'Parts and their duties', millipoints: 10_000 },
        { id: 'k2', title: 'Decisions', description: 'Choices and their reasons', millipoints: 10_000 },
      ],
    })),
  };
}
