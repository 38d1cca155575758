import { describe, expect, it } from 'vitest';
import { rowsOf } from './report-tables.ts';
import { missingRatings, setStandard, type PastScore, type RatedItem, type Rating } from './standard-setting.ts';

const items: readonly RatedItem[] = [
  { id: 'q1', millipointsMax: 1000 },
  { id: 'q2', millipointsMax: 2000 },
  { id: 't1', millipointsMax: 5000 },
];
type InPercent = Readonly<Record<string, readonly number[]>>;
const ratingsOf = (byPanelist: InPercent): readonly Rating[] =>
  Object.entries(byPanelist).flatMap(([panelist, percents]) =>
    percents.map((percent, index) => ({ panelist, itemId: items[index]?.id ?? '', basisPoints: percent * 100 })),
  );
const past = (millipoints: number, candidates: number, passed: boolean, millipointsMax = 8000): PastScore => ({
  millipoints,
  millipointsMax,
  passed,
  candidates,
});
const of = (
  rounds: readonly InPercent[],
  { scores = [], facilities = {} }: { scores?: readonly PastScore[]; facilities?: Readonly<Record<string, number>> } = {},
) => setStandard({ items, rounds: rounds.map(ratingsOf), past: scores, facilities: new Map(Object.entries(facilities)), passMark: 8000 });

describe('a proposed standard', () => {
  it('is the exact mean over panelists of the points that the rated shares come to, shown rounded down', () => {
    // 0.6 + 1 + 4 = 5.6; 0.5 + 1.2 + 3.75 = 5.45; 0.7 + 1.4 + 3.5 = 5.6; the mean is 5.55 of 8.
    const { standard, points, panelists, items: rated } = of([{ ada: [60, 50, 80], ben: [50, 60, 75], cas: [70, 70, 70] }]);
    expect({ points, panelists, rated }).toEqual({ points: 8, panelists: 3, rated: 3 });
    expect(standard).toMatchObject({ exact: '111/160', basisPoints: 6937, points: 5.55 });
    // Cut scores 5.6, 5.45, 5.6: their standard deviation is 0.15/√3, over √3 panelists.
    expect(standard.error?.points).toBeCloseTo(0.05, 12);
    expect(standard.error?.share).toBeCloseTo(0.05 / 8, 12);
    expect(standard.error?.low).toBeCloseTo(5.55 / 8 - (4.302_652_729_749_464 * 0.05) / 8, 9);
  });

  it('of one panelist has no error, since nobody knows how far another would be', () => {
    const { standard, tables } = of([{ ada: [60, 50, 80] }], { scores: [past(8000, 10, true)] });
    expect(standard).toEqual({ exact: '7/10', basisPoints: 7000, points: 5.6 });
    expect(rowsOf(tables, 'rounds')).toEqual([expect.objectContaining({ cutError: null, cutLow: null, cutHigh: null, ratingSpread: null })]);
    expect(rowsOf(tables, 'consequences').map(({ standard: which }) => which)).toEqual(['now', 'proposed']);
  });

  it('on which all agree has an error of nothing', () => {
    const { standard, tables } = of([{ ada: [70, 70, 70], ben: [70, 70, 70], cas: [70, 70, 70] }], {
      scores: [past(5600, 7, false), past(5599, 5, false)],
    });
    expect(standard.error).toEqual({ points: 0, share: 0, low: 0.7, high: 0.7 });
    expect(rowsOf(tables, 'consequences').map(({ wouldPass }) => wouldPass)).toEqual([0, 7, 7, 7]);
    expect(rowsOf(tables, 'panelists').map(({ finding }) => finding)).toEqual([null, null, null]);
  });

  it('of nothing and of everything lies at the ends, and so does its interval', () => {
    expect(of([{ ada: [0, 0, 0], ben: [0, 0, 0] }]).standard).toMatchObject({ exact: '0/1', basisPoints: 0, points: 0 });
    expect(of([{ ada: [100, 100, 100], ben: [100, 100, 100] }]).standard).toMatchObject({ exact: '1/1', basisPoints: 10_000, points: 8 });
    expect(of([{ ada: [0, 0, 0], ben: [100, 100, 100] }]).standard.error).toMatchObject({ low: 0, high: 1 });
  });

  it('is of nobody, or of no items, a defect', () => {
    expect(() => of([])).toThrow(RangeError);
    expect(() => of([{}])).toThrow(RangeError);
  });
});

describe('what it would have meant', () => {
  const scores = [
    past(8000, 4, true),
    past(5560, 1, false),
    past(5550, 2, false),
    past(5549, 3, false),
    past(5500, 1, true),
    past(5499, 2, false),
    past(5400, 1, true),
  ];
  const rounds = [{ ada: [60, 50, 80], ben: [50, 60, 75], cas: [70, 70, 70] }];

  it('is decided on exact fractions, at the standard and one standard error on either side', () => {
    // The standard is 5.55, its error exactly 0.05: who has 5.55, or 5.50 and 5.60 of the others, reaches it.
    const rows = rowsOf(of(rounds, { scores: [...scores, past(5600, 1, false)] }).tables, 'consequences');
    expect(rows.map(({ standard, wouldPass, newlyPassed, newlyFailed }) => [standard, wouldPass, newlyPassed, newlyFailed])).toEqual([
      ['now', 6, 0, 0],
      ['one_error_below', 12, 7, 1],
      ['proposed', 8, 4, 2],
      ['one_error_above', 5, 1, 2],
    ]);
    expect(rows.map(({ passMark }) => passMark)).toEqual([0.8, expect.closeTo(0.6937 - 0.00625, 12), 0.6937, expect.closeTo(0.6937 + 0.00625, 12)]);
  });

  it('goes by the share of the points that there were for each candidate', () => {
    const rows = rowsOf(of(rounds, { scores: [past(3469, 10, false, 5000), past(3468, 5, false, 5000)] }).tables, 'consequences');
    expect(rows.map(({ wouldPass }) => wouldPass)).toEqual([0, 15, 10, 0]);
  });

  it('is that whoever has all points passes, however far the error reaches', () => {
    const rows = rowsOf(of([{ ada: [100, 100, 100], ben: [0, 100, 100] }], { scores: [past(8000, 10, true)] }).tables, 'consequences');
    expect(rows.map(({ wouldPass, passMark }) => [wouldPass, passMark])).toEqual([
      [10, 0.8],
      [10, 0.875],
      [10, 0.9375],
      [10, 1],
    ]);
  });

  it('is told of ten candidates or of none', () => {
    const nine = of(rounds, { scores: [past(8000, 9, true)] });
    expect([nine.candidates, rowsOf(nine.tables, 'consequences')]).toEqual([0, []]);
    expect(of(rounds, { scores: [past(8000, 9, true), past(1000, 1, false)] }).candidates).toBe(10);
    expect(of(rounds).candidates).toBe(0);
  });
});

describe('how panelists agree', () => {
  it('is told item by item, beside how candidates did, and beside the round before', () => {
    const { tables } = of(
      [
        { ada: [60, 50, 80], ben: [40, 50, 60] },
        { ada: [60, 55, 80], ben: [50, 55, 70] },
      ],
      { facilities: { q1: 0.9 } },
    );
    expect(rowsOf(tables, 'ratedItems')).toEqual([
      {
        item: 'q1',
        itemPoints: 1,
        ratingMean: 0.55,
        ratingDeviation: expect.closeTo(0.1 / Math.SQRT2, 12),
        ratingLowest: 0.5,
        ratingHighest: 0.6,
        ratingMeanBefore: 0.5,
        facility: 0.9,
      },
      {
        item: 'q2',
        itemPoints: 2,
        ratingMean: 0.55,
        ratingDeviation: 0,
        ratingLowest: 0.55,
        ratingHighest: 0.55,
        ratingMeanBefore: 0.5,
        facility: null,
      },
      expect.objectContaining({ item: 't1', ratingMeanBefore: 0.7 }),
    ]);
    expect(rowsOf(tables, 'rounds').map(({ round, ratingsChanged }) => [round, ratingsChanged])).toEqual([
      [1, null],
      [2, 4],
    ]);
  });

  it('names who stands apart, and nobody where the panel spreads', () => {
    const alike = { ada: [60, 60, 60], ben: [61, 60, 61], cas: [60, 61, 60], dee: [61, 61, 61], eve: [60, 60, 61] };
    const named = (rounds: InPercent) =>
      rowsOf(of([rounds]).tables, 'panelists').flatMap(({ grader, finding }) => (finding === 'outlying' ? [grader] : []));
    expect(named({ ...alike, fay: [95, 95, 95] })).toEqual(['fay']);
    expect(named({ ...alike, fay: [62, 61, 61] })).toEqual([]);
    expect(named({ ada: [10, 10, 10], ben: [50, 50, 50], cas: [90, 90, 90] })).toEqual([]);
    expect(named({ ada: [10, 10, 10], ben: [90, 90, 90] })).toEqual([]);
  });

  it('says how far somebody rates high what candidates get, from four items on', () => {
    const four = Array.from({ length: 4 }, (_none, place) => ({ id: `i${place}`, millipointsMax: 1000 }));
    const ratings = [10, 30, 60, 90].map((percent, place) => ({ panelist: 'ada', itemId: `i${place}`, basisPoints: percent * 100 }));
    const facilities = new Map([0.2, 0.4, 0.7, 1].map((facility, place) => [`i${place}`, facility]));
    const { tables } = setStandard({ items: four, rounds: [ratings], past: [], facilities, passMark: 8000 });
    expect(rowsOf(tables, 'panelists')[0]?.['likeFacility']).toBeCloseTo(1, 12);
    expect(rowsOf(of([{ ada: [10, 30, 60] }], { facilities: { q1: 0.2, q2: 0.4, t1: 0.7 } }).tables, 'panelists')[0]?.['likeFacility']).toBeNull();
  });
});

it('who has yet to rate what is named in the order of the items', () => {
  const ratings = [...ratingsOf({ ada: [1, 2, 3] }), ...ratingsOf({ ben: [1] })];
  expect(missingRatings({ items, panelists: ['ada', 'ben', 'cas'], ratings })).toEqual([
    { panelist: 'ben', itemIds: ['q2', 't1'] },
    { panelist: 'cas', itemIds: ['q1', 'q2', 't1'] },
  ]);
});
