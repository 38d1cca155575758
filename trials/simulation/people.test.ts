import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE, DAY, WEEK } from './draws.ts';
import { PEOPLE_DEFAULTS, simulatePeople, type PeopleParameters } from './people.ts';

const defaults: PeopleParameters = {
  ...PEOPLE_DEFAULTS,
  perWeek: 200,
  until: 20 * WEEK,
  passShare: { aptitude: 0.65, case_study: 0.75 },
  marks: 2,
  secondLookShare: 0,
  markDuration: { aptitude: DAY, case_study: 3 * DAY },
  adjudicationShare: { aptitude: 0.1, case_study: 0.1 },
  adjudicationDuration: { aptitude: DAY, case_study: DAY },
  graders: 1_000_000,
  designated: 1_000_000,
};

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the simulated people', () => {
  const story = simulatePeople(defaults);
  const happened = (what: string) => story.happenings.filter((happening) => happening.what === what).length;

  test('lose nobody: whoever submitted is decided or waits', () => {
    const submitted = happened('submitted') + happened('handed_in');
    expect(story.results.length + story.undecided.length).toBe(submitted);
    expect(happened('marked')).toBe(story.marked.aptitude + story.marked.case_study + story.adjudicated.aptitude + story.adjudicated.case_study);
    const last = story.counts.at(-1);
    expect(last?.open).toBeGreaterThan(0);
    expect(last?.workflows).toBeGreaterThanOrEqual(last?.open ?? Infinity);
    expect(last?.workflows).toBeLessThan(happened('registered'));
  });

  test('come as often, pass as often and are marked as often as they are meant to', () => {
    expect(happened('registered') / 20).toBeCloseTo(200, -1.5);
    const aptitude = story.results.filter(({ test }) => test === 'aptitude');
    expect(aptitude.filter(({ passed }) => passed).length / aptitude.length).toBeCloseTo(0.65, 1);
    expect(story.adjudicated.aptitude / aptitude.length).toBeCloseTo(0.1, 1);
    expect(story.marked.aptitude).toBeGreaterThanOrEqual(2 * aptitude.length);
  });

  test('wait for nothing but the marking where there are graders enough', () => {
    expect(Math.max(...story.waits.aptitude.map(({ seconds }) => seconds))).toBe(0);
    const days = story.results.filter(({ test }) => test === 'aptitude').map((result) => (result.decidedAt - result.submittedAt) / DAY);
    expect(Math.min(...days)).toBeGreaterThan(0.5);
    // The slower of two marks, and now and then an adjudication after it.
    expect(Math.max(...days)).toBeLessThan(3);
  });

  test('are marked by a second grader after the first where another look is due, and only then adjudicated', () => {
    const looked = simulatePeople({ ...defaults, marks: 1, secondLookShare: 0.4 });
    const aptitude = looked.results.filter(({ test }) => test === 'aptitude');
    expect(looked.marked.aptitude / aptitude.length).toBeCloseTo(1.4, 1);
    expect(looked.adjudicated.aptitude / aptitude.length).toBeCloseTo(0.4 * 0.1, 1);
    expect(looked.results.length + looked.undecided.length).toBe(
      looked.happenings.filter(({ what }) => what === 'submitted' || what === 'handed_in').length,
    );
    // One mark after the other, not side by side.
    const days = aptitude.map(({ submittedAt, decidedAt }) => (decidedAt - submittedAt) / DAY);
    expect(days.filter((each) => each > 1.6).length / days.length).toBeCloseTo(0.35, 1);
    const once = simulatePeople({ ...defaults, marks: 1, adjudicationShare: { aptitude: 1, case_study: 1 } });
    expect(once.adjudicated).toEqual({ aptitude: 0, case_study: 0 });
  });

  test('do the same for the same seed, and something else for another', () => {
    const short = { ...defaults, until: 3 * WEEK };
    expect(simulatePeople(short)).toEqual(simulatePeople(short));
    expect(simulatePeople({ ...short, seed: 'other' }).happenings).not.toEqual(simulatePeople(short).happenings);
  });

  test('start together on an exam day', () => {
    const starts = simulatePeople({ ...defaults, examDayShare: 1, until: 4 * WEEK }).happenings.filter(({ what }) => what === 'started');
    expect(starts.length).toBeGreaterThan(300);
    for (const { at } of starts) expect((at % WEEK) - (5 * DAY + 10 * HOUR)).toBeLessThan(15 * MINUTE);
  });

  test('hand in on the last evening, or before', () => {
    const { happenings } = simulatePeople({ ...defaults, deadlineShare: 1, notSubmittedShare: 0, until: 8 * WEEK });
    const [downloaded, handedIn] = [
      happenings.find(({ what }) => what === 'downloaded')?.at ?? 0,
      happenings.find(({ what }) => what === 'handed_in')?.at ?? 0,
    ];
    expect(handedIn - downloaded).toBeGreaterThan(13 * DAY);
  });
});

describe('the simulated graders', () => {
  test.each([0.5, 0.8])('make people wait as queueing theory says (one grader, busy %d of the time, constant work)', (utilisation) => {
    const duration = HOUR;
    const story = simulatePeople({
      ...defaults,
      perWeek: (utilisation * WEEK) / duration,
      until: 300 * WEEK,
      nights: false,
      examDayShare: 0,
      passShare: { aptitude: 0, case_study: 0 },
      marks: 1,
      markDuration: { aptitude: duration, case_study: 1 },
      adjudicationShare: { aptitude: 0, case_study: 0 },
      spread: 0,
      graders: 1,
      countEvery: WEEK,
    });
    // Pollaczek and Khinchine, for constant service times.
    const expected = (utilisation * duration) / (2 * (1 - utilisation));
    expect(mean(story.waits.aptitude.map(({ seconds }) => seconds)) / expected).toBeCloseTo(1, 1);
  });

  test('fall behind without end where there are too few', () => {
    const { counts, undecided } = simulatePeople({ ...defaults, graders: 40 });
    expect(undecided.length).toBeGreaterThan(500);
    expect(counts.at(-1)?.oldestWaiting).toBeGreaterThan(4 * WEEK);
  });
});
