import { describe, expect, it } from 'vitest';
import type { Policy } from './exam.ts';
import { expectationAfter, expectationOf } from './expectation.ts';
import { FOUR_GRADERS as outlook } from '../test/support/outlook.ts';
import type { Outlook } from './outlook.ts';

const HOUR = 3600;
const WEEK = 7 * 86_400;
const NOW = Date.UTC(2026, 10, 29, 12);
const after = (seconds: number) => NOW + seconds * 1000;

const single = { marking: 'single', resultPromiseSeconds: { aptitude: WEEK, case_study: WEEK } } as Policy;
const double = { ...single, marking: 'double' } as Policy;
const risk = { ...double, risk: { limit: 1000, sampleShare: 500, newGraderScripts: 20, machineCheck: true } } as Policy;

const awaited = { test: 'aptitude', policy: single, submittedAt: NOW, now: NOW } as const;
const dateOf = (given: Partial<Outlook>, how: Partial<Parameters<typeof expectationOf>[1]> = {}) =>
  expectationOf({ ...outlook, ...given }, { ...awaited, ...how }).expectedBy;

describe('the date that is told with a submission', () => {
  it('is how long a script takes its grader where nothing waits', () => {
    expect(dateOf({})).toBe(after(12 * HOUR));
    // Two marks at once and then the dispute; by risk one mark after the other.
    expect(dateOf({}, { policy: double })).toBe(after(16 * HOUR));
    expect(dateOf({}, { policy: risk })).toBe(after(28 * HOUR));
  });

  it('comes after what waits, at the hours that are offered', () => {
    expect(dateOf({ marksAheadSeconds: 24 * HOUR })).toBe(after(36 * HOUR));
    expect(dateOf({ marksAheadSeconds: 24 * HOUR, graders: { people: 8, aWeekSeconds: 336 * HOUR } })).toBe(after(24 * HOUR));
  });

  it('counts what was handed in, and what was decided, since all was counted', () => {
    expect(dateOf({ sinceCounted: 2, marksAheadSeconds: 24 * HOUR })).toBe(after((24 + 12 + 12) * HOUR));
    expect(dateOf({ sinceCounted: -5, marksAheadSeconds: 24 * HOUR })).toBe(after(12 * HOUR));
  });

  it('is rounded up to the hour', () => {
    expect(dateOf({}, { now: NOW + 1, submittedAt: NOW + 1 })).toBe(after(13 * HOUR));
  });

  it('is later than the promise, and says so by being it, where the marks alone take longer', () => {
    expect(dateOf({ marksAheadSeconds: 2 * 168 * HOUR })).toBe(after(2 * WEEK + 12 * HOUR));
    expect(dateOf({ marksAheadSeconds: 500 * 168 * HOUR })).toBe(after(12 * WEEK));
  });

  it('is the promise where only a dispute would take longer', () => {
    expect(dateOf({ adjudicationsAheadSeconds: 100 * HOUR }, { policy: double })).toBe(after(WEEK));
    expect(dateOf({ adjudicationsAheadSeconds: 100 * HOUR }, { policy: single })).toBe(after(12 * HOUR));
  });

  it.each([
    ['nobody may mark it, as when everybody is on holiday', { graders: { people: 0, aWeekSeconds: 0 } }, 'nobody'],
    ['nobody offers an hour', { graders: { people: 3, aWeekSeconds: 0 } }, 'no_hours'],
    ['all was counted too long ago', { asOf: NOW - 3_600_001 }, 'not_counted'],
  ])('is the promise where %s', (_why, given, why) => {
    expect(expectationOf({ ...outlook, ...given }, awaited)).toEqual({ expectedBy: after(WEEK), basis: { kind: 'promise', why } });
  });

  it('is the promise where nothing was counted yet', () => {
    expect(expectationOf(undefined, awaited)).toEqual({ expectedBy: after(WEEK), basis: { kind: 'promise', why: 'not_counted' } });
  });

  it('leaves the dispute out where there is no designated grader: that is a matter for staff', () => {
    expect(dateOf({ designated: { people: 0, aWeekSeconds: 0 } }, { policy: double })).toBe(after(12 * HOUR));
  });

  it('of a test that ended a while ago is promised from its end, and expected from now', () => {
    expect(dateOf({}, { submittedAt: after(-HOUR) })).toBe(after(12 * HOUR));
    expect(expectationOf(undefined, { ...awaited, submittedAt: after(-HOUR) }).expectedBy).toBe(after(WEEK - HOUR));
  });

  it('of somebody who marks 100 hours a week is not as if they slept never', () => {
    expect(dateOf({ graders: { people: 1, aWeekSeconds: 160 * HOUR } })).toBe(after(9 * HOUR)); // 3 h at 60 a week are 8.4
  });
});

describe('the date that is told once that is past', () => {
  const day = 24 * HOUR;

  it('is the promise while that is ahead, and what can be done by then is', () => {
    const late = { ...awaited, submittedAt: after(-3 * day) };
    expect(expectationAfter({ ...outlook, marksAheadSeconds: 120 * HOUR }, late)?.expectedBy).toBe(after(4 * day));
    expect(expectationAfter(undefined, late)?.expectedBy).toBe(after(4 * day));
  });

  it('is sooner where it can be, but not told every day', () => {
    expect(expectationAfter(outlook, { ...awaited, submittedAt: after(-3 * day) })?.expectedBy).toBe(after(2 * day));
  });

  it('is a date anew where the promise is past, and none where none can be told', () => {
    const broken = { ...awaited, submittedAt: after(-8 * day) };
    expect(expectationAfter({ ...outlook, marksAheadSeconds: 72 * HOUR }, broken)?.expectedBy).toBe(after(84 * HOUR));
    expect(expectationAfter(undefined, broken)).toBeUndefined();
  });
});
