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
  const addItem = itemAdderTo(tally);

  return function add(taken) {
    if (taken.items.length !== items.length) throw new Error(`a test of ${taken.items.length} items was added to a tally of ${items.length}`);
    const sums = sumsOf(taken.items, items);
    const { total, sumSquares, right } = sums;
    const [passes, band] = [total >= line, bandOf(total, millipointsMax)];
    const [ofTotal, ofRight] = [groupOf(tally.byTotal, total, items.length), groupOf(tally.byRight, right, items.length)];
    const ofDay = taken.day === undefined ? undefined : dayOf(tally.byDay, taken.day, items.length);
    tally.candidates += 1;
    if (passes) tally.passed += 1;
    ofTotal.count += 1;
    ofTotal.sumSquares += sumSquares;
    ofRight.count += 1;
    if (ofDay) plus(ofDay.counts, band, 1);
    const lastReached = taken.items.findLastIndex(({ isAnswered }) => isAnswered);
    for (const [place, item] of taken.items.entries()) addItem({ item, place, total, passes, band, ofTotal, ofRight, ofDay, lastReached });
    addMarks(tally, taken, sums);
  };
}

type Sums = { total: number; sumSquares: number; right: number; machine: number; machineMax: number };

/** Of a test's points: all of them, their squares, and those of the items that are right or wrong. */
function sumsOf(taken: readonly TakenItem[], items: readonly TallyItem[]): Readonly<Sums> {
  const sums: Sums = { total: 0, sumSquares: 0, right: 0, machine: 0, machineMax: 0 };
  for (const [place, { millipoints }] of taken.entries()) {
    const item = items[place];
    sums.total += millipoints;
    sums.sumSquares += millipoints * millipoints;
    if (!item?.isDichotomous) continue;
    sums.machine += millipoints;
    sums.machineMax += item.millipointsMax;
    if (millipoints === item.millipointsMax) sums.right += 1;
  }
  return sums;
}

type AddedItem = {
  readonly item: TakenItem;
  readonly place: number;
  readonly total: number;
  readonly passes: boolean;
  readonly band: number;
  readonly ofTotal: ScoreGroup;
  readonly ofRight: ScoreGroup;
  readonly ofDay: DayCounts | undefined;
  readonly lastReached: number;
};

function itemAdderTo({ items, byItem, bandsOfItem, millipointsMax, passMark }: ItemTally): (added: AddedItem) => void {
  const lineWithout = items.map((item) => millipointsToPass(millipointsMax - item.millipointsMax, passMark));
  const placeOfChoice = items.map(({ choices }) => new Map(choices.map(({ id }, place) => [id, place])));

  return function addItem({ item: { millipoints, isAnswered, choices = [] }, place, total, passes, band, ofTotal, ofRight, ofDay, lastReached }) {
    const [item, counts, bands] = [items[place], byItem[place], bandsOfItem[place]];
    if (!item || !counts || !bands) return;
    const [isFull, share] = [millipoints === item.millipointsMax, millipoints / item.millipointsMax];
    if (!isAnswered) counts[place > lastReached ? 'notReached' : 'omitted'] += 1;
    if (isFull) counts.full += 1;
    if (millipoints === 0) counts.none += 1;
    counts.sumSquares += millipoints * millipoints;
    const passesWithout = total - millipoints >= (lineWithout[place] ?? 0);
    if (passes && !passesWithout) counts.failsWithout += 1;
    if (!passes && passesWithout) counts.passesWithout += 1;
    plus(ofTotal.sums, place, millipoints);
    if (item.isDichotomous && isFull) plus(ofRight.sums, place, 1);
    addToBand(bands, band, share);
    const dayBands = ofDay?.sums[place];
    if (dayBands) plus(dayBands, band, share);
    for (const choice of choices) {
      const at = placeOfChoice[place]?.get(choice);
      if (at === undefined) continue;
      plus(counts.taken, at, 1);
      plus(counts.restOfTakers, at, total - millipoints);
    }
  };
}

function addMarks({ byGrader }: ItemTally, { marked = [] }: TakenTest, { machine, machineMax }: Readonly<Sums>): void {
  if (machineMax === 0) return;
  for (const { grader, millipoints, millipointsMax } of marked) {
    const bands = byGrader.get(grader) ?? emptyBands();
    byGrader.set(grader, bands);
    addToBand(bands, bandOf(machine, machineMax), millipoints / millipointsMax);
  }
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
