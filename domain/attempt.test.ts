import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../trials/people/small-exam.ts';
import { deadlineOf, mayWithdraw, PHASES, phaseOf, type SittingFacts } from './attempt.ts';

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

describe('a deadline', () => {
  it('is start plus limit times the accommodation, for every window', () => {
    const minute = 60_000;
    expect(deadlineOf(defaultPolicy, 'aptitude', 0, 100)).toBe(90 * minute);
    expect(deadlineOf(defaultPolicy, 'aptitude', 0, 150)).toBe(135 * minute);
    expect(deadlineOf(defaultPolicy, 'offer', 0, 150)).toBe(45 * 24 * 60 * minute);
    expect(deadlineOf(defaultPolicy, 'case_study', 1000, 200)).toBe(28 * 24 * 60 * minute + 1000);
    expect(deadlineOf(defaultPolicy, 'start', 0, 125)).toBe(365 * 24 * 60 * minute * 1.25);
  });
});
