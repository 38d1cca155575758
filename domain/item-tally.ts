import type { Millipoints } from './points.ts';
import type { BasisPoints } from './score.ts';

/**
 * What item analysis needs of an exam version's tests, added up one test at a time: its size depends on items, days and graders, not on
 * candidates. Points are added as exact integers; what is estimated from them later are floats and decides nothing.
 */

export type TallyItem = {
  readonly id: string;
  readonly millipointsMax: Millipoints;
  /** Right or wrong and nothing between: the Rasch model and the drift of graders go by these. */
  readonly isDichotomous: boolean;
  /** Empty where people mark it. */
  readonly choices: readonly { readonly id: string; readonly text?: string }[];
  readonly key: readonly string[];
};

export type TakenItem = {
  readonly millipoints: Millipoints;
  readonly isAnswered: boolean;
  readonly choices?: readonly string[];
};

/** One candidate's test: its items in the order of the tally's. */
export type TakenTest = {
  readonly items: readonly TakenItem[];
  /** Whole days since the epoch in UTC, where it is known. */
  readonly day?: number;
  /** What each grader gave, of all that this grader marked in this test. */
  readonly marked?: readonly { readonly grader: string; readonly millipoints: Millipoints; readonly millipointsMax: Millipoints }[];
};

/** Candidates with like totals are compared with each other: bands of a twentieth of the points. */
export const BANDS = 20;

/** Per band of candidates: how many, and of a share of points its sum and the sum of its squares. */
export type Bands = { readonly counts: Float64Array; readonly sums: Float64Array; readonly squares: Float64Array };

export type ItemCounts = {
  omitted: number;
  notReached: number;
  full: number;
  none: number;
  sumSquares: number;
  /** How many would have been decided otherwise without the item. */
  failsWithout: number;
  passesWithout: number;
  readonly taken: Float64Array;
  readonly restOfTakers: Float64Array;
  readonly takenByBand: readonly Float64Array[];
};

/** Candidates with one and the same total, or number of right answers: how many, and for each item the sum of what they got. */
export type ScoreGroup = { count: number; sumSquares: number; readonly sums: Float64Array };

/** Candidates of one day by band, and for each item and band the sum of their shares of its points. */
type DayCounts = { readonly counts: Float64Array; readonly sums: readonly Float64Array[] };

export type ItemTally = {
  readonly items: readonly TallyItem[];
  readonly millipointsMax: Millipoints;
  readonly passMark: BasisPoints;
  candidates: number;
  passed: number;
  readonly byItem: readonly ItemCounts[];
  readonly byTotal: Map<Millipoints, ScoreGroup>;
  /** Of the dichotomous items alone, by how many of them are right. */
  readonly byRight: Map<number, ScoreGroup>;
  readonly bandsOfItem: readonly Bands[];
  readonly byDay: Map<number, DayCounts>;
  readonly byGrader: Map<string, Bands>;
};

const emptyBands = (): Bands => ({ counts: new Float64Array(BANDS), sums: new Float64Array(BANDS), squares: new Float64Array(BANDS) });

export function emptyTally(items: readonly TallyItem[], passMark: BasisPoints): ItemTally {
  return {
    items,
    passMark,
    millipointsMax: items.reduce((sum, item) => sum + item.millipointsMax, 0),
    candidates: 0,
    passed: 0,
    byItem: items.map(({ choices }) => ({
      omitted: 0,
      notReached: 0,
      full: 0,
      none: 0,
      sumSquares: 0,
      failsWithout: 0,
      passesWithout: 0,
      taken: new Float64Array(choices.length),
      restOfTakers: new Float64Array(choices.length),
      takenByBand: choices.map(() => new Float64Array(BANDS)),
    })),
    byTotal: new Map(),
    byRight: new Map(),
    bandsOfItem: items.map(emptyBands),
    byDay: new Map(),
    byGrader: new Map(),
  };
}

/** The fewest points that pass, as domain/score.ts decides it: exact, and found once instead of for each candidate. */
export function millipointsToPass(millipointsMax: Millipoints, passMark: BasisPoints): Millipoints {
  return Number((BigInt(millipointsMax) * BigInt(passMark) + 9_999n) / 10_000n);
}

/** A function that adds one test after the other. */
export function adderTo(tally: ItemTally): (taken: TakenTest) => void {
  const { items, millipointsMax, passMark } = tally;
  const line = millipointsToPass(millipointsMax, passMark);
  const lineWithout = items.map((item) => millipointsToPass(millipointsMax - item.millipointsMax, passMark));
  const placeOfChoice = items.map(({ choices }) => new Map(choices.map(({ id }, place) => [id, place])));
  const machineMax = items.reduce((sum, item) => sum + (item.isDichotomous ? item.millipointsMax : 0), 0);

  return function add(taken) {
    if (taken.items.length !== items.length) throw new Error(`a test of ${taken.items.length} items was added to a tally of ${items.length}`);
    let [total, sumSquares, right, machine] = [0, 0, 0, 0];
    for (const [place, { millipoints }] of taken.items.entries()) {
      const item = items[place];
      total += millipoints;
      sumSquares += millipoints * millipoints;
      if (!item?.isDichotomous) continue;
      machine += millipoints;
      if (millipoints === item.millipointsMax) right += 1;
    }
    const passes = total >= line;
    const band = bandOf(total, millipointsMax);
    tally.candidates += 1;
    if (passes) tally.passed += 1;
    const [ofTotal, ofRight] = [groupOf(tally.byTotal, total, items.length), groupOf(tally.byRight, right, items.length)];
    ofTotal.count += 1;
    ofTotal.sumSquares += sumSquares;
    ofRight.count += 1;
    const day = taken.day === undefined ? undefined : dayOf(tally.byDay, taken.day, items.length);
    if (day) day.counts[band] = (day.counts[band] ?? 0) + 1;
    const lastReached = taken.items.findLastIndex(({ isAnswered }) => isAnswered);
    for (const [place, takenItem] of taken.items.entries()) {
      const [item, counts, bands] = [items[place], tally.byItem[place], tally.bandsOfItem[place]];
      if (!item || !counts || !bands) continue;
      const { millipoints, isAnswered, choices } = takenItem;
      if (!isAnswered) counts[place > lastReached ? 'notReached' : 'omitted'] += 1;
      if (millipoints === item.millipointsMax) counts.full += 1;
      if (millipoints === 0) counts.none += 1;
      counts.sumSquares += millipoints * millipoints;
      const passesWithout = total - millipoints >= (lineWithout[place] ?? 0);
      if (passes && !passesWithout) counts.failsWithout += 1;
      if (!passes && passesWithout) counts.passesWithout += 1;
      plus(ofTotal.sums, place, millipoints);
      if (item.isDichotomous && millipoints === item.millipointsMax) plus(ofRight.sums, place, 1);
      const share = millipoints / item.millipointsMax;
      addToBand(bands, band, share);
      const ofDay = day?.sums[place];
      if (ofDay) plus(ofDay, band, share);
      for (const choice of choices ?? []) {
        const at = placeOfChoice[place]?.get(choice);
        if (at === undefined) continue;
        plus(counts.taken, at, 1);
        plus(counts.restOfTakers, at, total - millipoints);
        const byBand = counts.takenByBand[at];
        if (byBand) plus(byBand, band, 1);
      }
    }
    for (const { grader, ...given } of taken.marked ?? []) {
      if (machineMax === 0) continue;
      const bands = tally.byGrader.get(grader) ?? emptyBands();
      tally.byGrader.set(grader, bands);
      addToBand(bands, bandOf(machine, machineMax), given.millipoints / given.millipointsMax);
    }
  };
}

function bandOf(millipoints: Millipoints, millipointsMax: Millipoints): number {
  return Math.min(BANDS - 1, Math.floor((BANDS * millipoints) / millipointsMax));
}

function groupOf(groups: Map<number, ScoreGroup>, score: number, items: number): ScoreGroup {
  const found = groups.get(score) ?? { count: 0, sumSquares: 0, sums: new Float64Array(items) };
  groups.set(score, found);
  return found;
}

function dayOf(days: Map<number, DayCounts>, day: number, items: number): DayCounts {
  const found = days.get(day) ?? { counts: new Float64Array(BANDS), sums: Array.from({ length: items }, () => new Float64Array(BANDS)) };
  days.set(day, found);
  return found;
}

function addToBand({ counts, sums, squares }: Bands, band: number, share: number): void {
  plus(counts, band, 1);
  plus(sums, band, share);
  plus(squares, band, share * share);
}

function plus(numbers: Float64Array, place: number, value: number): void {
  numbers[place] = (numbers[place] ?? 0) + value;
}
