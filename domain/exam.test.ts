import { expect, it } from 'vitest';
import { smallExam } from '../trials/people/small-exam.ts';
import { partsOf } from './exam.ts';

const exam = smallExam();
const partIds = (taken: Parameters<typeof partsOf>[1]) => partsOf(exam, taken).map(({ id }) => id);

it('knows what each test consists of, in its order: every item, or the rubric of the one case study', () => {
  expect(partIds({ test: 'aptitude' })).toEqual(['c1', 'c2', 't1', 't2']);
  expect(partIds({ test: 'case_study', caseStudyId: 'two' })).toEqual(['k1', 'k2']);
  expect(partIds({ test: 'case_study', caseStudyId: null })).toEqual([]);
});
