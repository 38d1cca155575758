import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingOf, ownDeadlineOf, percentAt, type Accommodation, type Extension, type Limit } from './limit.ts';

const MINUTE = 60_000;
const minutes = (count: number) => count * MINUTE;

const limit = (parts: Partial<Limit> = {}): Limit => ({ openedAt: 0, seconds: 90 * 60, accommodations: [], extensions: [], ...parts });
const deadlineOf = (parts: Partial<Limit>) => bindingOf(limit(parts)).deadline / MINUTE;
const always = (percent: number, from = 0, until: number | null = null): Accommodation => ({
  percent,
  from: minutes(from),
  until: until === null ? null : minutes(until),
});
const named = (until: number, at: number, kind: 'named' | 'kept' | 'correction' | 'reopening' = 'named'): Extension => ({
  kind,
  until: minutes(until),
  at: minutes(at),
});
const outage = (from: number, to: number, extraMinutes = 0): Extension => ({
  kind: 'outage',
  outageId: `${from}-${to}-${extraMinutes}`,
  from: minutes(from),
  to: minutes(to),
  extraSeconds: extraMinutes * 60,
});

describe('what binds', () => {
  it('is start + limit × factor, the greatest that was in force while the window was open', () => {
    expect(deadlineOf({})).toBe(90);
    expect(deadlineOf({ accommodations: [always(150)] })).toBe(135);
    // 150, 100, 150 %, as somebody tried it on a running test.
    expect(deadlineOf({ accommodations: [always(150, 10, 20), always(150, 30)] })).toBe(135);
    expect(deadlineOf({ accommodations: [always(200, 10, 20), always(150, 20)] })).toBe(180);
  });

  it('is not scaled by what ended before the window opened, begins after its end, or never was valid', () => {
    const opened = { openedAt: minutes(1000) };
    for (const accommodation of [always(200, 0, 1000), always(200, 1090), always(200, 1010, 1005)]) {
      expect(bindingOf(limit({ ...opened, accommodations: [accommodation] }))).toEqual({ deadline: minutes(1090), percent: 100 });
    }
    expect(bindingOf(limit({ ...opened, accommodations: [always(200, 1089)] })).percent).toBe(200);
  });

  it('is scaled by what begins in the time that another accommodation or an extension gave', () => {
    expect(deadlineOf({ accommodations: [always(200, 100), always(150, 5)] })).toBe(180);
    expect(deadlineOf({ accommodations: [always(200, 100)], extensions: [named(101, 50)] })).toBe(180);
    expect(deadlineOf({ accommodations: [always(200, 100)], extensions: [named(100, 50)] })).toBe(100);
  });

  it('is never shorter than what an extension named, and an extension does not add up with an accommodation', () => {
    expect(deadlineOf({ extensions: [named(120, 10)] })).toBe(120);
    expect(deadlineOf({ extensions: [named(120, 10)], accommodations: [always(150)] })).toBe(135);
    expect(deadlineOf({ extensions: [named(140, 10)], accommodations: [always(150)] })).toBe(140);
  });

  it('gives an outage back, to a named deadline what of it came after the naming', () => {
    expect(deadlineOf({ extensions: [outage(30, 50)] })).toBe(110);
    expect(deadlineOf({ extensions: [outage(-20, 50)] })).toBe(140);
    expect(deadlineOf({ extensions: [named(120, 10), outage(30, 50)] })).toBe(140);
    expect(deadlineOf({ extensions: [named(120, 40), outage(30, 50)] })).toBe(130);
    expect(deadlineOf({ extensions: [named(120, 50), outage(30, 50, 5)] })).toBe(120);
    expect(deadlineOf({ extensions: [outage(30, 50, 5)], accommodations: [always(150)] })).toBe(160);
  });

  it('is without what was named before a correction, but never less than policy, accommodation and outages give', () => {
    expect(deadlineOf({ extensions: [named(99_999, 10), named(120, 20, 'correction')] })).toBe(120);
    expect(deadlineOf({ extensions: [named(99_999, 10), named(120, 20, 'correction'), named(130, 21)] })).toBe(130);
    expect(deadlineOf({ extensions: [named(99_999, 10), outage(30, 50), named(100, 60, 'correction')] })).toBe(110);
    expect(deadlineOf({ accommodations: [always(1000, 5, 10), always(150, 10)], extensions: [named(135, 20, 'correction')] })).toBe(135);
  });

  it('is what a reopening named, and afterwards what is granted after it', () => {
    expect(deadlineOf({ accommodations: [always(200)], extensions: [named(99_999, 10), named(60, 40, 'reopening')] })).toBe(60);
    expect(deadlineOf({ accommodations: [always(150, 41)], extensions: [named(60, 40, 'reopening')] })).toBe(135);
    expect(deadlineOf({ extensions: [named(60, 40, 'reopening'), outage(45, 50), named(64, 42)] })).toBe(69);
    expect(deadlineOf({ extensions: [named(99_999, 40, 'reopening'), named(60, 41, 'correction')] })).toBe(60);
  });
});

describe('what no correction takes away', () => {
  it('is the limit with the accommodations that stand, and outages', () => {
    const parts = limit({ accommodations: [always(1000, 5, 10), always(150, 10)], extensions: [named(99_999, 10), outage(10, 15)] });
    expect(ownDeadlineOf(parts, minutes(20)) / MINUTE).toBe(140);
  });
});

describe('the factor at a moment', () => {
  it('is the greatest of those in force, from their first moment until before their last', () => {
    const accommodations = [always(150, 10, 20), always(125, 15), always(200, 30, 30)];
    expect([9, 10, 15, 20, 30].map((minute) => percentAt(accommodations, minutes(minute)))).toEqual([100, 150, 150, 125, 125]);
  });
});

// The oracle: the same rules as somebody with a clock would apply them, minute by minute ----------------------------------

type Parts = { readonly limitMinutes: number; readonly accommodations: readonly Accommodation[]; readonly extensions: readonly Extension[] };

/** Moves every promise as time goes by: it knows no intervals and no sums. */
function playedDeadline({ limitMinutes, accommodations, extensions }: Parts): number {
  const outages = extensions.filter((extension) => extension.kind === 'outage');
  let percent = 100;
  let gained = 0;
  const promises: { until: number }[] = [];
  const deadline = () => Math.max((limitMinutes * percent) / 100 + gained, ...promises.map(({ until }) => until));
  for (let now = 0; now < 10_000; now += 1) {
    for (const { to, extraSeconds } of outages) {
      if (to !== minutes(now)) continue;
      gained += extraSeconds / 60;
      for (const promise of promises) promise.until += extraSeconds / 60;
    }
    for (const extension of extensions) {
      if (extension.kind !== 'outage' && extension.at === minutes(now)) promises.push({ until: extension.until / MINUTE });
    }
    for (let known = -1; known !== percent;) {
      known = percent;
      for (const accommodation of accommodations) {
        const ended = accommodation.until !== null && accommodation.until <= Math.max(0, accommodation.from);
        if (!ended && accommodation.from <= minutes(now) && now < deadline()) percent = Math.max(percent, accommodation.percent);
      }
    }
    if (now >= deadline()) return deadline();
    for (const { from, to } of outages) {
      if (from > minutes(now) || to <= minutes(now)) continue;
      gained += 1;
      for (const promise of promises) promise.until += 1;
    }
  }
  throw new Error('it never ends');
}

const parts: fc.Arbitrary<Parts> = fc.integer({ min: 2, max: 60 }).chain((limitMinutes) =>
  fc.record({
    limitMinutes: fc.constant(limitMinutes),
    accommodations: fc.array(
      fc
        .tuple(fc.constantFrom(100, 110, 125, 150, 200, 300), fc.integer({ min: -30, max: 120 }), fc.option(fc.integer({ min: -40, max: 150 })))
        .map(([percent, from, until]) => always(percent, from, until)),
      { maxLength: 4 },
    ),
    // All happen while the window is open for certain, as the store sees to it.
    extensions: fc.array(
      fc.oneof(
        fc
          .tuple(fc.integer({ min: 0, max: limitMinutes - 1 }), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 5 }))
          .map(([from, length, extra]) => outage(from, from + length, extra)),
        fc.tuple(fc.integer({ min: 0, max: limitMinutes - 1 }), fc.integer({ min: 1, max: 120 })).map(([at, length]) => named(at + length, at)),
      ),
      { maxLength: 5 },
    ),
  }),
);

const distinct = (extensions: readonly Extension[]) => [...new Map(extensions.map((extension) => [JSON.stringify(extension), extension])).values()];
const computed = ({ limitMinutes, ...rest }: Parts) => deadlineOf({ seconds: limitMinutes * 60, ...rest });

describe('what binds, whatever the parts', () => {
  it('is what the clock says that plays them minute by minute', () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(computed(given)).toBeCloseTo(playedDeadline({ ...given, extensions: distinct(given.extensions) }), 6);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same in any order of them, and however often each comes', () => {
    const shuffled = parts.chain((given) =>
      fc.record({
        given: fc.constant(given),
        accommodations: fc.shuffledSubarray([...given.accommodations, ...given.accommodations], { minLength: given.accommodations.length * 2 }),
        extensions: fc.shuffledSubarray([...given.extensions, ...given.extensions], { minLength: given.extensions.length * 2 }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ given, accommodations, extensions }) => {
        expect(computed({ ...given, accommodations, extensions })).toBe(computed(given));
      }),
      { numRuns: 1000 },
    );
  });

  it('is never earlier for one more accommodation, extension or outage', () => {
    fc.assert(
      fc.property(parts, parts, (given, more) => {
        const both = {
          ...given,
          accommodations: [...given.accommodations, ...more.accommodations],
          extensions: [...given.extensions, ...more.extensions],
        };
        expect(computed(both)).toBeGreaterThanOrEqual(computed(given));
      }),
      { numRuns: 1000 },
    );
  });
});
