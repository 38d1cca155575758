import type { Test } from '../../domain/exam.ts';
import { seededRandom, type Random } from '../people/random.ts';
import { around, AWAKE_SHARE, arrivals, awake, between, byDay, DAY, exponential, HOUR, nextExamDay, WEEK } from './draws.ts';
import { createTimeline } from './timeline.ts';

/**
 * The people of the pipeline as a discrete-event simulation: candidates who come, sit, submit and time out, graders who
 * mark one thing at a time, experts who settle disputes. Machines take no time in it: what they need is reckoned from what
 * happens here (simulate-queues.ts).
 */

type EachTest = Readonly<Record<Test, number>>;

/** All durations in seconds, all shares from 0 to 1. */
export type PeopleParameters = {
  readonly seed: string;
  /** Registrations until `until`; those of a week come by day, at random. Ignored where `registrations` names them. */
  readonly perWeek: number;
  readonly registrations?: readonly number[];
  readonly until: number;
  /** From registration to the start, in the mean; `examDayShare` of them start together on the next exam day. */
  readonly startDelay: number;
  readonly examDayShare: number;
  readonly examDaySpread: number;
  /** The one there is, instead of one every Saturday. */
  readonly examDayAt?: number;
  /** Those who do not use the whole time are done after 60 % to all of it. */
  readonly testLimit: number;
  readonly wholeTimeShare: number;
  readonly passShare: EachTest;
  /** From the offer to the download, in the mean; those above the window lapse. */
  readonly downloadDelay: number;
  readonly offerWindow: number;
  /** `deadlineShare` hand in within `deadlineSpread` before the end, the others from a third of the time on. */
  readonly caseStudyLimit: number;
  readonly deadlineShare: number;
  readonly deadlineSpread: number;
  readonly notSubmittedShare: number;
  readonly appealWindow: number;
  /** Marks that are begun at once; and the share of submissions with one of which another is opened once that is in. */
  readonly marks: 1 | 2;
  readonly secondLookShare: number;
  /** What one of them takes a grader from claim to completion, with its spread. */
  readonly markDuration: EachTest;
  /** Of what is marked twice. */
  readonly adjudicationShare: EachTest;
  readonly adjudicationDuration: EachTest;
  readonly spread: number;
  readonly graders: number;
  readonly designated: number;
  /** Whether people sleep; not in a compressed run. */
  readonly nights: boolean;
  /** How far apart the counts are taken. */
  readonly countEvery: number;
};

export const HAPPENINGS = ['registered', 'started', 'submitted', 'marked', 'decided', 'downloaded', 'handed_in', 'decided_case_study'] as const;
export type Happening = (typeof HAPPENINGS)[number];

const DECIDED: Readonly<Record<Test, Happening>> = { aptitude: 'decided', case_study: 'decided_case_study' };

export type Result = { readonly test: Test; readonly submittedAt: number; readonly decidedAt: number; readonly passed: boolean };

export type Count = {
  readonly at: number;
  /** Attempts without an outcome. */
  readonly open: number;
  /** Attempts whose workflow is open: failed ones stay through their appeal window. */
  readonly workflows: number;
  readonly waiting: number;
  /** Of the oldest submission that waits for a grader. */
  readonly oldestWaiting: number;
  readonly busy: number;
  readonly adjudicationsWaiting: number;
};

export type Story = {
  readonly happenings: readonly { readonly at: number; readonly what: Happening }[];
  readonly results: readonly Result[];
  /** Submissions without a decision in the end. */
  readonly undecided: readonly { readonly test: Test; readonly submittedAt: number }[];
  /** From being opened to being claimed, by test. */
  readonly waits: Readonly<Record<Test, readonly { readonly at: number; readonly seconds: number }[]>>;
  readonly counts: readonly Count[];
  /** Claimed and done, by test. */
  readonly marked: EachTest;
  readonly adjudicated: EachTest;
};

/** What a candidate will do and what will become of it, drawn at registration; so the same people can be played for real. */
export type Itinerary = {
  readonly startAt: number;
  readonly testDuration: number;
  readonly passes: Readonly<Record<Test, boolean>>;
  /** Undefined for who lets the offer lapse, or hands in nothing. */
  readonly downloadDelay: number | undefined;
  readonly handInAfter: number | undefined;
  /** Of the marks that are begun at once, then of the one that a second look adds. */
  readonly markDurations: Readonly<Record<Test, readonly number[]>>;
  readonly hasSecondLook: Readonly<Record<Test, boolean>>;
  readonly isDisputed: Readonly<Record<Test, boolean>>;
  readonly adjudicationDuration: EachTest;
};

export function drawItinerary(parameters: PeopleParameters, registeredAt: number, random: Random): Itinerary {
  const { testLimit, wholeTimeShare, passShare, downloadDelay, offerWindow, adjudicationShare, adjudicationDuration, spread } = parameters;
  const each = <Drawn>(draw: (test: Test) => Drawn) => ({ aptitude: draw('aptitude'), case_study: draw('case_study') });
  const delay = exponential(downloadDelay, random);
  return {
    startAt: startOf(parameters, registeredAt, random),
    testDuration: testLimit * (random() < wholeTimeShare ? 1 : between(0.6, 1, random)),
    passes: each((test) => random() < passShare[test]),
    downloadDelay: delay > offerWindow ? undefined : delay,
    handInAfter: handInAfter(parameters, random),
    markDurations: each((test) => Array.from({ length: 2 }, () => parameters.markDuration[test] * around(spread, random))),
    isDisputed: each((test) => random() < adjudicationShare[test]),
    adjudicationDuration: each((test) => adjudicationDuration[test] * around(spread, random)),
    hasSecondLook: each(() => parameters.marks === 1 && random() < parameters.secondLookShare),
  };
}

function startOf({ examDayShare, examDayAt, examDaySpread, startDelay, nights }: PeopleParameters, registeredAt: number, random: Random): number {
  if (random() < examDayShare) {
    const examDay = examDayAt === undefined ? nextExamDay(registeredAt) : Math.max(examDayAt, registeredAt);
    return examDay + random() * examDaySpread;
  }
  const at = registeredAt + exponential(startDelay, random);
  return nights ? byDay(at, random) : at;
}

function handInAfter(parameters: PeopleParameters, random: Random): number | undefined {
  const { caseStudyLimit, deadlineShare, deadlineSpread, notSubmittedShare } = parameters;
  if (random() < notSubmittedShare) return undefined;
  if (random() < deadlineShare) return caseStudyLimit - random() * deadlineSpread;
  return between(caseStudyLimit / 3, caseStudyLimit - deadlineSpread, random);
}

type Candidate = Itinerary & { readonly random: Random };

type Grading = { readonly test: Test; readonly submittedAt: number; readonly decide: (passed: boolean) => void; left: number; given: number };

export function simulatePeople(parameters: PeopleParameters): Story {
  const { seed, until, nights } = parameters;
  const timeline = createTimeline();
  const happenings: { at: number; what: Happening }[] = [];
  const results: Result[] = [];
  const waits = { aptitude: [] as { at: number; seconds: number }[], case_study: [] as { at: number; seconds: number }[] };
  const counts: Count[] = [];
  const marked = { aptitude: 0, case_study: 0 };
  const adjudicated = { aptitude: 0, case_study: 0 };
  const undecided = new Set<Grading>();
  let [open, workflows] = [0, 0];

  const happens = (what: Happening) => happenings.push({ at: timeline.now(), what });
  const after = (seconds: number, then: () => void) => timeline.plan(timeline.now() + seconds, then);

  const graders = createDesk({ people: parameters.graders, timeline });
  const designated = createDesk({ people: parameters.designated, timeline });

  function register(random: Random): void {
    happens('registered');
    open += 1;
    workflows += 1;
    const candidate = { ...drawItinerary(parameters, timeline.now(), random), random };
    timeline.plan(candidate.startAt, () => start(candidate));
  }

  function start(candidate: Candidate): void {
    happens('started');
    after(candidate.testDuration, () => {
      happens('submitted');
      grade('aptitude', candidate, (passed) => (passed ? offer(candidate) : fail()));
    });
  }

  function offer(candidate: Candidate): void {
    const { downloadDelay, random } = candidate;
    if (downloadDelay === undefined) return after(parameters.offerWindow, close);
    const at = timeline.now() + downloadDelay;
    timeline.plan(nights ? byDay(at, random) : at, () => download(candidate));
  }

  function download(candidate: Candidate): void {
    happens('downloaded');
    if (candidate.handInAfter === undefined) return after(parameters.caseStudyLimit, fail);
    after(candidate.handInAfter, () => {
      happens('handed_in');
      grade('case_study', candidate, (passed) => (passed ? close() : fail()));
    });
  }

  function close(): void {
    open -= 1;
    workflows -= 1;
  }

  function fail(): void {
    open -= 1;
    after(parameters.appealWindow, () => (workflows -= 1));
  }

  function grade(test: Test, candidate: Candidate, decide: (passed: boolean) => void): void {
    const grading: Grading = { test, submittedAt: timeline.now(), decide, left: 0, given: 0 };
    undecided.add(grading);
    for (let seat = 0; seat < parameters.marks; seat += 1) openSeat(grading, candidate, seat);
  }

  function openSeat(grading: Grading, candidate: Candidate, seat: number): void {
    const { test } = grading;
    grading.left += 1;
    graders.open({
      duration: candidate.markDurations[test][seat] ?? 0,
      claimed: (seconds) => waits[test].push({ at: timeline.now(), seconds }),
      done: () => completeMark(grading, candidate),
    });
  }

  function completeMark(grading: Grading, candidate: Candidate): void {
    const { test } = grading;
    happens('marked');
    marked[test] += 1;
    grading.left -= 1;
    grading.given += 1;
    if (grading.left > 0) return;
    if (grading.given === 1 && candidate.hasSecondLook[test]) return openSeat(grading, candidate, 1);
    if (grading.given === 1 || !candidate.isDisputed[test]) return decideOn(grading, candidate);
    designated.open({
      duration: candidate.adjudicationDuration[test],
      claimed: () => {},
      done: () => {
        happens('marked');
        adjudicated[test] += 1;
        decideOn(grading, candidate);
      },
    });
  }

  function decideOn(grading: Grading, { passes }: Candidate): void {
    const { test, submittedAt } = grading;
    undecided.delete(grading);
    happens(DECIDED[test]);
    results.push({ test, submittedAt, decidedAt: timeline.now(), passed: passes[test] });
    grading.decide(passes[test]);
  }

  function count(): void {
    counts.push({
      at: timeline.now(),
      open,
      workflows,
      waiting: graders.waiting(),
      oldestWaiting: graders.oldestWaiting(),
      busy: graders.busy(),
      adjudicationsWaiting: designated.waiting(),
    });
    after(parameters.countEvery, count);
  }

  let candidates = 0;
  for (const at of registrationsOf(parameters)) timeline.plan(at, () => register(seededRandom(seed, `candidate ${(candidates += 1)}`)));
  timeline.plan(0, count);
  timeline.runUntil(until);
  return {
    happenings,
    results,
    undecided: [...undecided].map(({ test, submittedAt }) => ({ test, submittedAt })),
    waits,
    counts,
    marked,
    adjudicated,
  };
}

function registrationsOf({ seed, perWeek, registrations, until, nights }: PeopleParameters): Iterable<number> {
  if (registrations) return registrations;
  const random = seededRandom(seed, 'registrations');
  const perSecond = perWeek / WEEK;
  return nights
    ? arrivals({ perSecondMax: perSecond / AWAKE_SHARE, weight: awake, until, random })
    : arrivals({ perSecondMax: perSecond, weight: () => 1, until, random });
}

type Work = { readonly duration: number; readonly claimed: (waitedSeconds: number) => void; readonly done: () => void };

/** People who each do one thing at a time, what was opened first before all else (the promise of both tests is as long). */
function createDesk({ people, timeline }: { people: number; timeline: ReturnType<typeof createTimeline> }) {
  const waiting: (Work & { readonly openedAt: number })[] = [];
  let first = 0;
  let busy = 0;

  function takeNext(): void {
    const work = waiting[first];
    if (busy >= people || !work) return;
    first += 1;
    if (first > 1000 && first > waiting.length / 2) {
      waiting.splice(0, first);
      first = 0;
    }
    busy += 1;
    work.claimed(timeline.now() - work.openedAt);
    timeline.plan(timeline.now() + work.duration, () => {
      busy -= 1;
      work.done();
      takeNext();
    });
  }

  return {
    open(work: Work): void {
      waiting.push({ ...work, openedAt: timeline.now() });
      takeNext();
    },
    waiting: () => waiting.length - first,
    oldestWaiting: () => timeline.now() - (waiting[first]?.openedAt ?? timeline.now()),
    busy: () => busy,
  };
}

/** The rules of the exam (design, section 3) and what is assumed of people (docs/capacity.md). */
export const PEOPLE_DEFAULTS = {
  seed: 'simulate',
  startDelay: 7 * DAY,
  examDayShare: 0.25,
  examDaySpread: 900,
  testLimit: 1.5 * HOUR,
  wholeTimeShare: 0.5,
  downloadDelay: 6 * DAY,
  offerWindow: 30 * DAY,
  caseStudyLimit: 14 * DAY,
  deadlineShare: 0.4,
  deadlineSpread: 6 * HOUR,
  notSubmittedShare: 0.02,
  appealWindow: 14 * DAY,
  spread: 0.25,
  nights: true,
  countEvery: 6 * HOUR,
} as const;
