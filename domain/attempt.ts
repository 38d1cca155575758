import type { Policy, Test } from './exam.ts';

/** Where an attempt stands (design, section 4). The last four are final. */
export const PHASES = [
  'registered',
  'aptitude_test',
  'aptitude_grading',
  'case_study_offered',
  'case_study',
  'case_study_grading',
  'certified',
  'failed',
  'lapsed',
  'withdrawn',
] as const;
export type Phase = (typeof PHASES)[number];

export const OUTCOMES = ['certified', 'failed', 'lapsed', 'withdrawn'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Instants are UTC milliseconds since the epoch, as PostgreSQL's clock gave them. */
export type Instant = number;

/** One test of an attempt as its facts stand. `round` counts from 1 and rises with each reopening by staff. */
export type SittingFacts = {
  readonly sittingId: string;
  readonly round: number;
  readonly startedAt: Instant;
  readonly deadline: Instant;
  readonly frozenAt: Instant | null;
  /** The submission of this round; null while open, and null after a freeze with nothing handed in. */
  readonly submissionId: string | null;
};

/** The committed facts of one attempt: all that decides where it stands. */
export type AttemptFacts = {
  readonly attemptId: string;
  readonly asOf: Instant;
  readonly startBy: Instant;
  /** Set when the case study is offered. */
  readonly downloadBy: Instant | null;
  readonly sittings: { readonly aptitude: SittingFacts | null; readonly case_study: SittingFacts | null };
  /** The pass of the aptitude test, in this attempt or carried over from an earlier one. */
  readonly aptitudePassed: boolean;
  readonly outcome: Outcome | null;
  /** Assignments of the submission under grading that are completed, of those that were opened. */
  readonly assignments: { readonly opened: number; readonly completed: number };
};

/** The phase follows from the facts alone, so the API, the store and the workflow can never disagree about it. */
export function phaseOf(facts: Pick<AttemptFacts, 'outcome' | 'sittings' | 'aptitudePassed'>): Phase {
  if (facts.outcome) return facts.outcome;
  if (facts.sittings.case_study) return facts.sittings.case_study.frozenAt === null ? 'case_study' : 'case_study_grading';
  if (facts.aptitudePassed) return 'case_study_offered';
  if (facts.sittings.aptitude) return facts.sittings.aptitude.frozenAt === null ? 'aptitude_test' : 'aptitude_grading';
  return 'registered';
}

/** A candidate may withdraw until the first submission of the test under way (design, section 3). */
export function mayWithdraw(phase: Phase): boolean {
  return phase === 'registered' || phase === 'aptitude_test' || phase === 'case_study_offered' || phase === 'case_study';
}

/** The windows that bind a candidate, each scaled by an accommodation and moved only by a named extension. */
export const WINDOWS = ['start', 'aptitude', 'offer', 'case_study'] as const;
export type Window = (typeof WINDOWS)[number];

function windowSeconds(policy: Policy, window: Window): number {
  switch (window) {
    case 'start':
      return policy.startWindowSeconds;
    case 'aptitude':
      return policy.aptitudeLimitSeconds;
    case 'offer':
      return policy.offerWindowSeconds;
    case 'case_study':
      return policy.caseStudyLimitSeconds;
  }
}

/** Deadline = start + limit × factor; `accommodationPercent` 150 means one and a half times. Extensions come on top, by name. */
export function deadlineOf(policy: Policy, window: Window, from: Instant, accommodationPercent: number): Instant {
  return from + Math.round(windowSeconds(policy, window) * accommodationPercent * 10);
}

/** When the result of a submission was promised for. */
export function promisedAt(policy: Policy, test: Test, submittedAt: Instant): Instant {
  return submittedAt + policy.resultPromiseSeconds[test] * 1000;
}
