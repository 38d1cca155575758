import { describe, expect, it } from 'vitest';
import type { Policy } from './exam.ts';
import { FOUR_GRADERS } from '../test/support/outlook.ts';
import type { PolicyOutcome } from './marking-policies.ts';
import type { Outlook } from './outlook.ts';
import { forecastOf, riskLimitsOf, type RiskLimit, type ToForecast } from './promise-forecast.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const NOW = Date.UTC(2026, 10, 29, 12);

const double = { marking: 'double', resultPromiseSeconds: { aptitude: WEEK, case_study: WEEK } } as Policy;

/** Three hours of work are half a day of the calendar, and the promise leaves six and a half days of waiting. */
const outlook = FOUR_GRADERS;

const limits: readonly RiskLimit[] = [
  { limit: 2000, shareMarkedTwice: 0.25, wrongShare: 0.04 },
  { limit: 1000, shareMarkedTwice: 0.5, wrongShare: 0.02 },
];

const forecast = (given: Partial<Outlook>, how: Partial<ToForecast> = {}) =>
  forecastOf({ outlook: { ...outlook, ...given }, policy: double, test: 'aptitude', now: NOW, limits, ...how });

describe('the forecast of the promise', () => {
  it('says no risk where what comes is done in time', () => {
    expect(forecast({})).toEqual({ resultSeconds: 12 * HOUR, promisedSeconds: WEEK, risk: null });
  });

  it('says now where more waits than is done within the promise, and how many hours more would do', () => {
    const { risk, resultSeconds } = forecast({ marksAheadSeconds: 312 * HOUR });
    expect(resultSeconds).toBe(13 * DAY + 12 * HOUR);
    expect(risk).toMatchObject({ from: NOW, why: 'backlog', help: { hoursMoreAWeek: 168, designatedHoursMoreAWeek: null } });
    // With them it holds, and with one less it does not.
    const with_ = (hours: number) => forecast({ marksAheadSeconds: 312 * HOUR, graders: { people: 8, aWeekSeconds: (168 + hours) * HOUR } }).risk;
    expect(with_(168)).toBeNull();
  });

  it('says when what comes beyond what is done will have grown too long', () => {
    // 84 hours a week remain undone; 6.5 days of work, 156 hours, are what the promise leaves: thirteen days.
    const { risk } = forecast({ marksAWeekSeconds: 252 * HOUR });
    expect(risk).toMatchObject({ from: NOW + 13 * DAY * 1000, why: 'demand', help: { hoursMoreAWeek: 84 } });
  });

  it('looks eight weeks ahead', () => {
    expect(forecast({ marksAWeekSeconds: 170 * HOUR }).risk).toBeNull();
  });

  it('names the lowest limit by which the hours that are offered do', () => {
    // Half of the second marks left out is three quarters of the work: 189 of 252 hours are too many still, a quarter is 157.5.
    expect(forecast({ marksAWeekSeconds: 252 * HOUR }).risk?.help.riskLimit).toEqual(limits[0]);
    expect(forecast({ marksAWeekSeconds: 200 * HOUR }).risk?.help.riskLimit).toEqual(limits[1]);
    expect(forecast({ marksAWeekSeconds: 400 * HOUR }).risk?.help.riskLimit).toBeNull();
    expect(forecast({ marksAWeekSeconds: 252 * HOUR }, { limits: [] }).risk?.help.riskLimit).toBeNull();
  });

  it('names no limit that is no higher than the policy’s, and none under single marking', () => {
    const risk = { limit: 2000, sampleShare: 500, newGraderScripts: 20, machineCheck: true };
    const load = { marksAWeekSeconds: 200 * HOUR, perSubmission: { marks: 1.25, adjudications: 0.1 } };
    expect(forecast(load, { policy: { ...double, risk } }).risk?.help.riskLimit).toBeNull();
    expect(forecast(load, { policy: { ...double, marking: 'single' } }).risk?.help.riskLimit).toBeNull();
  });

  it('tells the designated graders’ hours apart, for they alone settle disputes', () => {
    const { risk } = forecast({ adjudicationsAWeekSeconds: 81 * HOUR });
    expect(risk).toMatchObject({
      from: NOW + 7 * DAY * 1000,
      why: 'adjudications',
      help: { hoursMoreAWeek: null, designatedHoursMoreAWeek: 39, riskLimit: null },
    });
  });

  it('says so where each works too few hours a week for one script to be done in time: more of them would not help', () => {
    const { risk } = forecast({ graders: { people: 100, aWeekSeconds: 200 * HOUR } });
    expect(risk).toMatchObject({ from: NOW, why: 'pace', help: { hoursMoreAWeek: null } });
  });

  it('says how many hours are needed where nobody is there, and nothing where nobody hands in', () => {
    const nobody = { graders: { people: 0, aWeekSeconds: 0 }, designated: { people: 0, aWeekSeconds: 0 } };
    expect(forecast(nobody)).toMatchObject({ resultSeconds: null, risk: { from: NOW, why: 'nobody', help: { hoursMoreAWeek: 60 } } });
    expect(forecast({ ...nobody, submissionsAWeek: 0, marksAWeekSeconds: 0 }).risk).toBeNull();
    expect(forecast({ graders: { people: 2, aWeekSeconds: 0 } }).risk?.why).toBe('no_hours');
  });

  it('knows nothing of what was not counted, or not for long', () => {
    expect(forecast({ asOf: NOW - 2 * HOUR * 1000 }).risk?.why).toBe('not_counted');
    expect(forecastOf({ outlook: undefined, policy: double, test: 'aptitude', now: NOW, limits }).risk).toBeNull();
  });
});

describe('what limits do', () => {
  const at = (limit: number | undefined, machineCheck: boolean): PolicyOutcome => ({
    policy: 'risk',
    machineCheck,
    ...(limit === undefined ? {} : { limit }),
    shareMarkedTwice: machineCheck ? 0.3 : 0.4,
    adjudicatedShare: 0.2,
    wrongShare: machineCheck ? 0.03 : 0.04,
    wrongShareLow: 0,
    wrongShareHigh: 1,
    hoursPerAttempt: 11,
    costPerAttempt: 550,
  });
  const plan = {
    policies: [{ ...at(undefined, false), policy: 'double' as const }, at(undefined, true), at(0.1, true), at(0.1, false), at(0.15, true)],
  };
  const risk = { limit: 500, sampleShare: 2000, newGraderScripts: 0, machineCheck: false };

  it('is what the plan found of them, by the machine check of the policy and with its sample', () => {
    expect(riskLimitsOf(plan, { risk })).toEqual([
      { limit: 1000, shareMarkedTwice: expect.closeTo(0.52, 10), wrongShare: expect.closeTo(0.032, 10) },
    ]);
    expect(riskLimitsOf(plan, {}).map(({ limit }) => limit)).toEqual([1000, 1500]);
  });

  it('is not known before there is a plan', () => {
    expect(riskLimitsOf(undefined, { risk })).toEqual([]);
  });
});
