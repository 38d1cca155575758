import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../trials/people/small-exam.ts';
import {
  latestDeadlineOf,
  marksOf,
  mayWithdraw,
  PHASES,
  phaseOf,
  testUnderGrading,
  testUnderWay,
  windowOf,
  WINDOWS,
  type SittingFacts,
} from './attempt.ts';
import { TESTS } from './exam.ts';

const sitting = (frozenAt: number | null): SittingFacts => ({ sittingId: 's', round: 1, startedAt: 0, deadline: 10, frozenAt, submissionId: null });
const none = { aptitude: null, case_study: null };

describe('the phase', () => {
  it.each([
    ['registered', { outcome: null, sittings: none, aptitudePassed: false }],
    ['aptitude_test', { outcome: null, sittings: { ...none, aptitude: sitting(null) }, aptitudePassed: false }],
    ['aptitude_grading', { outcome: null, sittings: { ...none, aptitude: sitting(5) }, aptitudePassed: false }],
    ['case_study_offered', { outcome: null, sittings: { ...none, aptitude: sitting(5) }, aptitudePassed: true }],
    ['case_study_offered', { outcome: null, sittings: none, aptitudePassed: true }],
    ['case_study', { outcome: null, sittings: { aptitude: null, case_study: sitting(null) }, aptitudePassed: true }],
    ['case_study_grading', { outcome: null, sittings: { aptitude: null, case_study: sitting(5) }, aptitudePassed: true }],
    ['withdrawn', { outcome: 'withdrawn', sittings: { ...none, aptitude: sitting(5) }, aptitudePassed: false }],
  ] as const)('is %s where the facts say so', (phase, facts) => {
    expect(phaseOf(facts)).toBe(phase);
  });

  it('allows a candidate to withdraw only while no submission of the test under way is in', () => {
    expect(PHASES.filter(mayWithdraw)).toEqual(['registered', 'aptitude_test', 'case_study_offered', 'case_study']);
  });
});

describe('the marks that come with the facts', () => {
  const marks = [{ seat: 1, itemId: 't1', millipoints: 5000 }];
  const of = (submissionId: string) => ({ ...sitting(5), submissionId });

  it('are of the submission of the last test that was begun, and of no other', () => {
    expect(marksOf({ sittings: { ...none, aptitude: of('first') }, marks }, 'first')).toBe(marks);
    const both = { sittings: { aptitude: of('first'), case_study: of('second') }, marks };
    expect([marksOf(both, 'first'), marksOf(both, 'second')]).toEqual([undefined, marks]);
    expect(marksOf({ sittings: { aptitude: of('first'), case_study: sitting(null) }, marks }, 'first')).toBeUndefined();
  });
});

describe('the test under way', () => {
  it.each([
    ['aptitude', { sittings: none, aptitudePassed: false }],
    ['aptitude', { sittings: { ...none, aptitude: sitting(5) }, aptitudePassed: false }],
    ['case_study', { sittings: { ...none, aptitude: sitting(5) }, aptitudePassed: true }],
    ['case_study', { sittings: none, aptitudePassed: true }],
    ['case_study', { sittings: { aptitude: null, case_study: sitting(5) }, aptitudePassed: true }],
  ] as const)('is the %s from the pass of the one before it', (test, facts) => {
    expect(testUnderWay(facts)).toBe(test);
  });

  it('is graded in one phase each, and in no other', () => {
    expect(PHASES.flatMap((phase) => testUnderGrading(phase) ?? [])).toEqual(TESTS);
    expect(testUnderGrading('aptitude_grading')).toBe('aptitude');
    expect(testUnderGrading('case_study_grading')).toBe('case_study');
  });
});

it('has each window open in one phase, and at most one window in any', () => {
  expect(PHASES.flatMap((phase) => windowOf(phase) ?? [])).toEqual(WINDOWS);
});

describe('the latest deadline that staff may name', () => {
  const day = 86_400_000;

  it('is so long after the end of the window itself, or after now once that is past, as the policy says', () => {
    const policy = { ...defaultPolicy, extensionMaxSeconds: 10 * 86_400 };
    expect(latestDeadlineOf(policy, { own: 100 * day, asOf: 50 * day })).toBe(110 * day);
    expect(latestDeadlineOf(policy, { own: 100 * day, asOf: 150 * day })).toBe(160 * day);
  });

  it('is ninety days away where an exam version was published before there was a bound', () => {
    expect(latestDeadlineOf(defaultPolicy, { own: 0, asOf: 0 })).toBe(90 * day);
  });
});
