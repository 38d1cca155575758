import type { Estimate } from './agreement.ts';
import { correlationOf } from './correlation.ts';
import { decisionConsistency, type DecisionConsistency } from './decision-consistency.ts';
import { flagsOfGrader, flagsOfItem, flagsOfTest, type Flag } from './item-flags.ts';
import { BANDS, millipointsToPass, type Bands, type ItemCounts, type ItemTally } from './item-tally.ts';
import { pointsFromMillipoints } from './points.ts';
import { fitRasch, type NoRaschFit, type RaschFit, type RaschItem } from './rasch.ts';
import { alphaInterval, alphaOf, conditionalError, itemVariances, totalMoments } from './reliability.ts';
import { shiftOver, type Shift, type Stratum } from './stratified-shift.ts';

/**
 * What the answers say about an exam version's test and each of its items. Points are exact; all that is estimated from them is a
 * float and decides nothing about a candidate. docs/reporting.md has the methods and their sources.
 */

/** Goes up when the same answers would give other figures. */
export const ITEM_ANALYSIS_METHOD = 2;

export type ChoiceFigures = {
  readonly id: string;
  readonly isKey: boolean;
  readonly taken: number;
  readonly share: number;
  /** Point-biserial of taking it with the points of all other items. */
  readonly discrimination?: Estimate;
  /** The mean points of those who took it in all other items, in standard deviations from everybody's. */
  readonly standing?: number;
};

/** From a day on an item gives more points (or fewer) to candidates as good as those before. Days since the epoch. */
type ItemDrift = Shift & { readonly day: number; readonly before: number; readonly after: number };

export type ItemFigures = {
  readonly id: string;
  readonly points: number;
  readonly answered: number;
  /** Left blank with a later item answered; left blank with all that follow. */
  readonly omitted: number;
  readonly notReached: number;
  readonly full: number;
  readonly partial: number;
  readonly none: number;
  /** The mean share of the item's points; what is blank has none. */
  readonly facility: number;
  readonly deviation?: number;
  /** The correlation of the item's points with those of all other items, with its 95 % interval. */
  readonly discrimination?: Estimate;
  readonly alphaWithout?: number;
  readonly choices: readonly ChoiceFigures[];
  /** Decisions that would have been others without the item. */
  readonly decisionsWithout: { readonly toPass: number; readonly toFail: number };
  readonly rasch?: RaschItem;
  readonly drift?: ItemDrift;
  readonly flags: readonly Flag[];
};

export type TestFigures = {
  readonly candidates: number;
  readonly items: number;
  readonly points: number;
  readonly passMark: number;
  readonly passed: number;
  readonly mean?: number;
  readonly deviation?: number;
  readonly alpha?: Estimate;
  /** Of the total, in points. */
  readonly standardError?: number;
  readonly standardErrorAtPassMark?: number;
  readonly decisions?: DecisionConsistency;
  readonly rasch: { readonly candidates: number; readonly items: number } | NoRaschFit;
  readonly flags: readonly Flag[];
};

/** Of what a grader gave in each test, beside candidates with as many points from the machine. */
export type GraderFigures = { readonly grader: string; readonly tests: number; readonly shift?: Shift; readonly flags: readonly Flag[] };

export type ItemAnalysis = {
  readonly method: typeof ITEM_ANALYSIS_METHOD;
  readonly test: TestFigures;
  readonly items: readonly ItemFigures[];
  readonly graders: readonly GraderFigures[];
};

export function analyseItems(tally: ItemTally): ItemAnalysis {
  const rasch = fitRasch(
    tally.byRight,
    tally.items.flatMap(({ isDichotomous }, place) => (isDichotomous ? [place] : [])),
  );
  const surroundings = surroundingsOf(tally, typeof rasch === 'string' ? undefined : rasch);
  return {
    method: ITEM_ANALYSIS_METHOD,
    test: testFigures(tally, surroundings, rasch),
    items: tally.items.map((_item, place) => itemFigures(tally, surroundings, place)),
    graders: graderFigures(tally),
  };
}

type Surroundings = {
  readonly rasch: RaschFit | undefined;
  /** Of the totals, in thousandths of points; the variance is 0 where there are fewer than two candidates. */
  readonly mean: number;
  readonly variance: number;
  readonly itemMeans: readonly number[];
  readonly variances: readonly number[];
  /** Of an item's points with the total. */
  readonly covariances: readonly number[];
  readonly days: readonly number[];
};

function surroundingsOf(tally: ItemTally, rasch: RaschFit | undefined): Surroundings {
  const { mean, variance } = totalMoments(tally);
  const [sums, products] = [tally.items.map(() => 0), tally.items.map(() => 0)];
  for (const [total, group] of tally.byTotal)
    group.sums.forEach((sum, place) => {
      sums[place] = (sums[place] ?? 0) + sum;
      // Around the mean: raw products would lose digits.
      products[place] = (products[place] ?? 0) + sum * (total - mean);
    });
  const { candidates } = tally;
  return {
    rasch,
    mean,
    variance,
    itemMeans: sums.map((sum) => (candidates === 0 ? 0 : sum / candidates)),
    variances: itemVariances(tally),
    covariances: products.map((product) => (candidates < 2 ? 0 : product / (candidates - 1))),
    days: [...tally.byDay.keys()].toSorted((one, other) => one - other),
  };
}

function testFigures(tally: ItemTally, { variance, mean, variances }: Surroundings, rasch: RaschFit | NoRaschFit): TestFigures {
  const { candidates, items, millipointsMax, passMark, passed } = tally;
  const alpha = alphaOf(variances, variance);
  const atPassMark = conditionalError(tally, millipointsToPass(millipointsMax, passMark));
  const decisions = decisionConsistency(tally, alpha);
  const figures = {
    candidates,
    items: items.length,
    points: pointsFromMillipoints(millipointsMax),
    passMark: passMark / 10_000,
    passed,
    ...(candidates === 0 ? {} : { mean: pointsFromMillipoints(mean) }),
    ...(candidates < 2 ? {} : { deviation: pointsFromMillipoints(Math.sqrt(variance)) }),
    ...(alpha === undefined
      ? {}
      : {
          alpha: alphaInterval(alpha, { candidates, items: items.length }),
          standardError: pointsFromMillipoints(Math.sqrt(variance * (1 - alpha))),
        }),
    ...(atPassMark === undefined ? {} : { standardErrorAtPassMark: pointsFromMillipoints(atPassMark) }),
    ...(decisions ? { decisions } : {}),
    rasch: typeof rasch === 'string' ? rasch : { candidates: rasch.candidates, items: rasch.items.size },
  };
  return { ...figures, flags: flagsOfTest(figures) };
}

function itemFigures(tally: ItemTally, surroundings: Surroundings, place: number): ItemFigures {
  const [item, counts] = [tally.items[place], tally.byItem[place]];
  if (!item || !counts) throw new Error(`the tally has no item at ${place}`);
  const { candidates } = tally;
  const { rasch, itemMeans, variances } = surroundings;
  const { omitted, notReached, full, none } = counts;
  const rest = restOf(surroundings, place);
  const discrimination = correlationOf({ covariance: rest.covariance, variances: [variances[place] ?? 0, rest.variance], candidates });
  const alphaWithout = alphaOf(variances.toSpliced(place, 1), rest.variance);
  const drift = driftOf(tally, surroundings.days, place);
  const raschItem = rasch?.items.get(place);
  const figures = {
    id: item.id,
    points: pointsFromMillipoints(item.millipointsMax),
    answered: candidates - omitted - notReached,
    omitted,
    notReached,
    full,
    partial: candidates - full - none,
    none,
    facility: (itemMeans[place] ?? 0) / item.millipointsMax,
    ...(candidates < 2 ? {} : { deviation: Math.sqrt(variances[place] ?? 0) / item.millipointsMax }),
    ...(discrimination ? { discrimination } : {}),
    ...(alphaWithout === undefined ? {} : { alphaWithout }),
    choices: item.choices.map(({ id }, at) => choiceFigures({ id, isKey: item.key.includes(id) }, at, { counts, candidates, rest })),
    decisionsWithout: { toPass: counts.passesWithout, toFail: counts.failsWithout },
    ...(raschItem ? { rasch: raschItem } : {}),
    ...(drift ? { drift } : {}),
  };
  return { ...figures, flags: flagsOfItem(figures, { item, candidates }) };
}

type Rest = { readonly mean: number; readonly variance: number; readonly covariance: number };

/** The points of all other items: their mean and variance, and the covariance with the item's. */
function restOf({ mean, variance, itemMeans, covariances, variances }: Surroundings, place: number): Rest {
  const [own, withTotal] = [variances[place] ?? 0, covariances[place] ?? 0];
  return { mean: mean - (itemMeans[place] ?? 0), variance: variance + own - 2 * withTotal, covariance: withTotal - own };
}

type OfItem = { readonly counts: ItemCounts; readonly candidates: number; readonly rest: Rest };

function choiceFigures(choice: { readonly id: string; readonly isKey: boolean }, at: number, { counts, candidates, rest }: OfItem): ChoiceFigures {
  const taken = counts.taken[at] ?? 0;
  if (candidates < 2) return { ...choice, taken, share: candidates === 0 ? 0 : taken };
  const covariance = ((counts.restOfTakers[at] ?? 0) - taken * rest.mean) / (candidates - 1);
  const variance = (taken * (1 - taken / candidates)) / (candidates - 1);
  const discrimination = correlationOf({ covariance, variances: [variance, rest.variance], candidates });
  const standing = ((counts.restOfTakers[at] ?? 0) / taken - rest.mean) / Math.sqrt(rest.variance);
  return { ...choice, taken, share: taken / candidates, ...(discrimination ? { discrimination, standing } : {}) };
}

/** So many candidates are wanted on either side of a day, so that nobody's week is taken for a leak. */
const SIDE_SHARE_MIN = 0.1;
const SIDE_CANDIDATES_MIN = 30;

/** The day from which on the item differs most from before, among like candidates. */
function driftOf({ byDay, bandsOfItem, candidates }: ItemTally, days: readonly number[], place: number): ItemDrift | undefined {
  const all = bandsOfItem[place];
  if (!all) return undefined;
  const sideMin = Math.max(SIDE_CANDIDATES_MIN, SIDE_SHARE_MIN * candidates);
  const after = { counts: new Float64Array(BANDS), sums: new Float64Array(BANDS), candidates: 0 };
  let found: ItemDrift | undefined;
  for (const day of days.toReversed()) {
    const ofDay = byDay.get(day);
    for (let band = 0; band < BANDS; band += 1) {
      const count = ofDay?.counts[band] ?? 0;
      after.candidates += count;
      after.counts[band] = (after.counts[band] ?? 0) + count;
      after.sums[band] = (after.sums[band] ?? 0) + (ofDay?.sums[place]?.[band] ?? 0);
    }
    if (after.candidates < sideMin || candidates - after.candidates < sideMin) continue;
    const shift = shiftOver(strataOf(all, after));
    if (shift && Math.abs(shift.z) > Math.abs(found?.z ?? 0))
      found = { ...shift, day, before: candidates - after.candidates, after: after.candidates };
  }
  return found;
}

function strataOf(all: Bands, chosen: Pick<Bands, 'counts' | 'sums'>): readonly Stratum[] {
  return Array.from(all.counts, (count, band) => ({
    count,
    sum: all.sums[band] ?? 0,
    squares: all.squares[band] ?? 0,
    chosen: chosen.counts[band] ?? 0,
    chosenSum: chosen.sums[band] ?? 0,
  }));
}

function graderFigures({ byGrader }: ItemTally): readonly GraderFigures[] {
  const all: Bands = { counts: new Float64Array(BANDS), sums: new Float64Array(BANDS), squares: new Float64Array(BANDS) };
  for (const bands of byGrader.values())
    for (const kind of ['counts', 'sums', 'squares'] as const)
      bands[kind].forEach((value, band) => void (all[kind][band] = (all[kind][band] ?? 0) + value));
  return [...byGrader].map(([grader, bands]) => {
    const shift = shiftOver(strataOf(all, bands));
    const figures = { grader, tests: bands.counts.reduce((sum, count) => sum + count, 0), ...(shift ? { shift } : {}) };
    return { ...figures, flags: flagsOfGrader(figures) };
  });
}
