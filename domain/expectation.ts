import { promisedAt, type Instant } from './attempt.ts';
import type { Policy, Test } from './exam.ts';
import { markingOf, type Offer, type Outlook } from './outlook.ts';

/** When a candidate is told that their result is expected, and what that rests on. The promised week stays the deadline, whatever it says. */
export type Expectation = { readonly expectedBy: Instant; readonly basis: ExpectationBasis };

type ExpectationBasis =
  /** Told later, where the promise is past as well: nothing. */
  | { readonly kind: 'none' }
  | {
      readonly kind: 'computed';
      /** Until these graders have done what is before it, and from then until it is marked; in seconds of the calendar. */
      readonly waitSeconds: number;
      readonly markingSeconds: number;
      readonly aheadSeconds: number;
      readonly offeredAWeekSeconds: number;
    }
  /** Nothing can be computed, so that the promise is all there is to tell. */
  | { readonly kind: 'promise'; readonly why: NoDate };

/** Nothing was counted yet, or not for long; nobody who could mark it is there; those who are offer no hours. */
export type NoDate = 'not_counted' | 'nobody' | 'no_hours';

export const WEEK_SECONDS = 7 * 86_400;
const HOUR_MILLISECONDS = 3_600_000;
const DAY_MILLISECONDS = 86_400_000;

/** What was counted longer ago says nothing of today. */
const BELIEVED_SECONDS = 3600;

/** Beyond it a number of weeks is no more than a word. */
const TOLD_WEEKS_MAX = 12;

/** Whoever was told a date that did not hold is not told another one every day. */
const TOLD_AGAIN_DAYS = 2;

export type Awaited = {
  readonly test: Test;
  readonly policy: Policy;
  readonly submittedAt: Instant;
  /** When it is asked. */
  readonly now: Instant;
};

/**
 * The date that is told with a submission: when those who may mark it have worked off what is due before it, and have marked it, one step
 * after the other. Rounded up to the hour. It may be later than the promise, and then says so by being it: but only where the marks alone
 * take so long, since most submissions need no adjudication. Where nothing can be computed it is the promise.
 */
export function expectationOf(outlook: Outlook | undefined, awaited: Awaited): Expectation {
  const { test, policy, submittedAt, now } = awaited;
  const promised = promisedAt(policy, test, submittedAt);
  const found = waitOf(outlook, awaited);
  if (typeof found === 'string') return { expectedBy: promised, basis: { kind: 'promise', why: found } };
  const { waitSeconds, marksSeconds, adjudicationSeconds, ...counted } = found;
  const markingSeconds = marksSeconds + adjudicationSeconds;
  const expectedBy = hourAfter(now + Math.min(waitSeconds + markingSeconds, TOLD_WEEKS_MAX * WEEK_SECONDS) * 1000);
  const inTime = now + (waitSeconds + marksSeconds) * 1000 <= promised;
  return {
    expectedBy: inTime ? Math.min(expectedBy, promised) : expectedBy,
    basis: { kind: 'computed', waitSeconds, markingSeconds, ...counted },
  };
}

/**
 * What is told once the date that was told is past: the promise while that is ahead and can still be kept, else a date anew. Undefined where
 * there is none to tell.
 */
export function expectationAfter(outlook: Outlook | undefined, awaited: Awaited): Expectation | undefined {
  const { now } = awaited;
  const promised = promisedAt(awaited.policy, awaited.test, awaited.submittedAt);
  const { expectedBy, basis } = expectationOf(outlook, { ...awaited, submittedAt: now });
  if (basis.kind === 'promise') return promised > now ? { expectedBy: promised, basis } : undefined;
  const anew = Math.max(expectedBy, hourAfter(now + TOLD_AGAIN_DAYS * DAY_MILLISECONDS));
  return { expectedBy: promised > now ? Math.min(promised, anew) : anew, basis };
}

/** How long a script that is handed in now waits and is marked, in seconds of the calendar. */
type Wait = {
  readonly waitSeconds: number;
  readonly marksSeconds: number;
  readonly adjudicationSeconds: number;
  /** What the wait rests on. */
  readonly aheadSeconds: number;
  readonly offeredAWeekSeconds: number;
};

/** Or why it can't be said. */
export function waitOf(outlook: Outlook | undefined, { now, policy }: Pick<Awaited, 'now' | 'policy'>): Wait | NoDate {
  if (!outlook || now - outlook.asOf > BELIEVED_SECONDS * 1000) return 'not_counted';
  const { graders } = outlook;
  if (graders.people === 0) return 'nobody';
  if (graders.aWeekSeconds === 0) return 'no_hours';
  const aheadSeconds = aheadOf(outlook);
  return { waitSeconds: weekly(aheadSeconds, graders), ...stagesOf(outlook, policy), aheadSeconds, offeredAWeekSeconds: graders.aWeekSeconds };
}

/** What has come or gone since it was counted counts too: on an exam day that is most of it. */
function aheadOf({ marksAheadSeconds, sinceCounted = 0, perSubmission, usual }: Outlook): number {
  return Math.max(0, Math.round(marksAheadSeconds + sinceCounted * perSubmission.marks * usual.markSeconds));
}

/**
 * Each step is stretched over the week of whoever does it: three hours of work are twenty-five of the calendar to somebody who works twenty
 * a week. The two marks of `double` go on at once; by `risk` the second comes after the first.
 */
function stagesOf(
  { graders, designated, usual, adjudicationsAheadSeconds }: Outlook,
  policy: Policy,
): Pick<Wait, 'marksSeconds' | 'adjudicationSeconds'> {
  const mark = stretched(usual.markSeconds, graders);
  const adjudication =
    designated.aWeekSeconds === 0 ? 0 : weekly(adjudicationsAheadSeconds, designated) + stretched(usual.adjudicationSeconds, designated);
  switch (markingOf(policy)) {
    case 'single':
      return { marksSeconds: mark, adjudicationSeconds: 0 };
    case 'double':
      return { marksSeconds: mark, adjudicationSeconds: adjudication };
    case 'risk':
      return { marksSeconds: 2 * mark, adjudicationSeconds: adjudication };
  }
}

function weekly(seconds: number, { aWeekSeconds }: Offer): number {
  return Math.round((seconds / aWeekSeconds) * WEEK_SECONDS);
}

/** Nobody marks day and night. */
const HOURS_A_WEEK_MAX = 60;

function stretched(seconds: number, { people, aWeekSeconds }: Offer): number {
  const pace = Math.min(aWeekSeconds / people, HOURS_A_WEEK_MAX * 3600);
  return Math.round((seconds / pace) * WEEK_SECONDS);
}

function hourAfter(instant: Instant): Instant {
  return Math.ceil(instant / HOUR_MILLISECONDS) * HOUR_MILLISECONDS;
}
