import type { AppealFacts } from './appeal.ts';
import type { Shortage } from './grader.ts';
import { TESTS, type Policy, type Test } from './exam.ts';
import type { SeatMark } from './reconciliation.ts';

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

/** What lists show of an attempt under way: in which phase it stands, and until when it waits there. */
export type Standing = { readonly examVersion: string; readonly phase: Phase; readonly until: Instant };

/** One test of an attempt as its facts stand. `round` counts from 1 and rises with each reopening by staff. */
export type SittingFacts = {
  readonly sittingId: string;
  readonly round: number;
  readonly startedAt: Instant;
  readonly deadline: Instant;
  readonly frozenAt: Instant | null;
  /** The submission of this round; null while open, and null after a freeze with nothing handed in. */
  readonly submissionId: string | null;
  /** Only while so: the deadline is past, and an upload that arrived before it is still looked at. The freeze waits for that. */
  readonly uploadInHand?: true;
  /** Only while so: the file that was handed in is not scanned for malware yet, or is infected. It goes to nobody. */
  readonly fileHeld?: 'pending' | 'infected';
  /** Only while so: a grader could not read the file, staff asked for another one, and the same was handed in again. */
  readonly fileNotReplaced?: true;
  /** The candidate's tidings of the submission were written with it; absent in facts of before. */
  readonly told?: true;
};

/** The committed facts of one attempt: all that decides where it stands. */
export type AttemptFacts = {
  readonly attemptId: string;
  readonly asOf: Instant;
  readonly startBy: Instant;
  /** Set when the case study is offered. */
  readonly downloadBy: Instant | null;
  readonly sittings: Readonly<Record<Test, SittingFacts | null>>;
  /** The pass of the aptitude test, in this attempt or carried over from an earlier one. */
  readonly aptitudePassed: boolean;
  /** The candidate's tidings of the registration were written with it; absent in facts of before. */
  readonly told?: true;
  readonly outcome: Outcome | null;
  /** Of a failed attempt; absent in facts of before. */
  readonly settledAt?: Instant;
  /** The newest; only where there is one. */
  readonly appeal?: AppealFacts;
  /** What scales the candidate's limits now; histories of before do not hold it. */
  readonly accommodationPercent?: number;
  /** Since when it is that; left out where it always was. */
  readonly accommodatedAt?: Instant;
  /** Assignments of the submission under grading that are completed, of those that were opened. */
  readonly assignments: {
    readonly opened: number;
    readonly completed: number;
    /** Open ones that nobody who marks could take; absent in facts of before. */
    readonly unstaffed?: number;
    /** Of the one of them that is due first. */
    readonly unstaffedBecause?: Shortage;
    /** Held for staff, since a grader could not read the file; absent where none is. */
    readonly held?: number;
  };
  /** Only while there are some: acts that were typed in the Temporal UI, and wait for somebody to confirm them. */
  readonly claims?: number;
  /** Of the submission under grading, once every assignment that was opened is completed, until it is decided; absent in facts of before. */
  readonly marks?: readonly SeatMark[];
};

/**
 * The marks of a submission, if the facts hold them. They are of the last test that was begun: a workflow that is begun again, once
 * Temporal has lost everything, goes through the test before it once more and must not take them for its own.
 */
export function marksOf({ sittings, marks }: Pick<AttemptFacts, 'sittings' | 'marks'>, submissionId: string): readonly SeatMark[] | undefined {
  const last = sittings.case_study ?? sittings.aptitude;
  return last?.submissionId === submissionId ? marks : undefined;
}

/** Assignments that one act opened, as of PostgreSQL's clock then. */
export type NewlyOpened = { readonly count: number; readonly asOf: Instant };

/** The phase follows from the facts alone, so the API, the store and the workflow can never disagree about it. */
export function phaseOf(facts: Pick<AttemptFacts, 'outcome' | 'sittings' | 'aptitudePassed'>): Phase {
  if (facts.outcome) return facts.outcome;
  const test = testUnderWay(facts);
  const { offered, taken, graded } = PHASES_OF[test];
  const sitting = facts.sittings[test];
  if (!sitting) return offered;
  return sitting.frozenAt === null ? taken : graded;
}

/** The phases of each test: before it is begun, while it is taken, and from its submission to its decision. */
const PHASES_OF: Readonly<Record<Test, { readonly offered: Phase; readonly taken: Phase; readonly graded: Phase }>> = {
  aptitude: { offered: 'registered', taken: 'aptitude_test', graded: 'aptitude_grading' },
  case_study: { offered: 'case_study_offered', taken: 'case_study', graded: 'case_study_grading' },
};

/** The last test that was begun, or that may be: where an attempt stands, or stood when it was settled. */
export function testUnderWay(facts: Pick<AttemptFacts, 'sittings' | 'aptitudePassed'>): Test {
  return TESTS.findLast((test) => facts.sittings[test] !== null || mayBegin(test, facts)) ?? TESTS[0];
}

function mayBegin(test: Test, { aptitudePassed }: Pick<AttemptFacts, 'aptitudePassed'>): boolean {
  switch (test) {
    case 'aptitude':
      return true;
    case 'case_study':
      return aptitudePassed;
  }
}

/** Whether anything is still to be marked or decided: an open appeal is of an attempt that has its outcome. */
export function isUnderWay({ outcome, appeal }: Pick<AttemptFacts, 'outcome' | 'appeal'>): boolean {
  return outcome === null || appeal?.state === 'open';
}

/** The test whose submission is being graded, or undefined. */
export function testUnderGrading(phase: Phase): Test | undefined {
  return TESTS.find((test) => PHASES_OF[test].graded === phase);
}

/** A candidate may withdraw until the first submission of the test under way (design, section 3): while a window is open. */
export function mayWithdraw(phase: Phase): boolean {
  return windowOf(phase) !== undefined;
}

/** The windows that bind a candidate, each scaled by an accommodation and moved only by a named extension. */
export const WINDOWS = ['start', 'aptitude', 'offer', 'case_study'] as const;
export type Window = (typeof WINDOWS)[number];

/** The window that is open in a phase: none while others are waited for, and none at the end. */
export function windowOf(phase: Phase): Window | undefined {
  switch (phase) {
    case 'registered':
      return 'start';
    case 'aptitude_test':
      return 'aptitude';
    case 'case_study_offered':
      return 'offer';
    case 'case_study':
      return 'case_study';
    case 'aptitude_grading':
    case 'case_study_grading':
    case 'certified':
    case 'failed':
    case 'lapsed':
    case 'withdrawn':
      return undefined;
  }
}

/** When a window ends, or ended; undefined while it never opened. */
export function endOf(
  { startBy, downloadBy, sittings }: Pick<AttemptFacts, 'startBy' | 'downloadBy' | 'sittings'>,
  window: Window,
): Instant | undefined {
  switch (window) {
    case 'start':
      return startBy;
    case 'offer':
      return downloadBy ?? undefined;
    case 'aptitude':
    case 'case_study':
      return sittings[window]?.deadline;
  }
}

/** The limit of a window, before any accommodation (domain/limit.ts). */
export function windowSeconds(policy: Policy, window: Window): number {
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

/** Ninety days, for exam versions of before this rule. */
const EXTENSION_SECONDS_MAX = 90 * 86_400;

/** The latest deadline that staff may name: so long after the window would end by itself, or after now where that is later. */
export function latestDeadlineOf({ extensionMaxSeconds = EXTENSION_SECONDS_MAX }: Policy, { own, asOf }: { own: Instant; asOf: Instant }): Instant {
  return Math.max(own, asOf) + extensionMaxSeconds * 1000;
}

/** When the result of a submission was promised for. */
export function promisedAt(policy: Policy, test: Test, submittedAt: Instant): Instant {
  return submittedAt + policy.resultPromiseSeconds[test] * 1000;
}
