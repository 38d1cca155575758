import jstat from 'jstat';
import { correlationOf } from './correlation.ts';
import { pointsFromMillipoints, type Millipoints } from './points.ts';
import { tableOf, type ReportTable, type RowOf } from './report-tables.ts';
import { REPORT_CANDIDATES_MIN } from './report.ts';
import type { BasisPoints, Score } from './score.ts';

/**
 * Where a pass mark should lie, by the judgement of experts (modified Angoff method: Angoff 1971; Cizek and Bunch 2007, chapter 6): each says of each item
 * which share of its points a candidate would get who is only just qualified. The sum over the items is the expert's cut score, the mean over the
 * experts the proposed standard. It proposes: the pass mark of a version that is published never changes.
 */

/** Goes up when the same records would give other figures. */
const STANDARD_SETTING_METHOD = 1;

/** Ratings are hundredths of a percent of an item's points: so many are all of them. */
const WHOLE = 10_000;
/** Of the t distribution, for the 95 % interval of the mean. */
const CONFIDENCE = 0.95;
/** Of Grubbs' test: how often somebody is named of a panel in which nobody stands apart. */
const OUTLYING_CHANCE = 0.05;
const OUTLYING_PANELISTS_MIN = 3;

export type RatedItem = { readonly id: string; readonly millipointsMax: Millipoints };
export type Rating = { readonly panelist: string; readonly itemId: string; readonly basisPoints: BasisPoints };
/** How many past candidates had this score, and passed with it, or did not. */
export type PastScore = Score & { readonly passed: boolean; readonly candidates: number };

/** The ratings of closed rounds, the one that it is about last; each complete for those who counted in it. */
export type StandardSettingRecords = {
  readonly items: readonly RatedItem[];
  readonly rounds: readonly (readonly Rating[])[];
  readonly past: readonly PastScore[];
  /** Of past candidates, by item: the mean share of its points, where a report says so. */
  readonly facilities: ReadonlyMap<string, number>;
  /** That the exam version has. */
  readonly passMark: BasisPoints;
};

export type ProposedStandard = {
  /** Of all points, in lowest terms: what decides who would pass. */
  readonly exact: string;
  /** To show and to write into a policy: rounded down, so that whoever reaches the exact one reaches this. */
  readonly basisPoints: BasisPoints;
  /** Rounded down to hundredths. */
  readonly points: number;
  /** Of the mean over panelists; with one of them nothing is known of it. */
  readonly error?: { readonly points: number; readonly share: number; readonly low: number; readonly high: number };
};

export type StandardSetting = {
  readonly method: number;
  /** Past candidates that it tells of; none where there are too few. */
  readonly candidates: number;
  readonly round: number;
  readonly panelists: number;
  readonly items: number;
  readonly points: number;
  readonly standard: ProposedStandard;
  readonly tables: readonly ReportTable[];
};

/** A panel's cut scores, exactly. Amounts are ten-thousandths of a millipoint, which a rating in hundredths of a percent makes of millipoints. */
type Cuts = {
  readonly byPanelist: ReadonlyMap<string, bigint>;
  readonly panelists: bigint;
  readonly sum: bigint;
  /** n Σx² − (Σx)²: n (n − 1) times their variance. */
  readonly scatter: bigint;
  readonly max: bigint;
};

/** Who has yet to rate which items, in their order. */
export function missingRatings({
  items,
  panelists,
  ratings,
}: {
  readonly items: readonly Pick<RatedItem, 'id'>[];
  readonly panelists: readonly string[];
  readonly ratings: readonly Pick<Rating, 'panelist' | 'itemId'>[];
}): readonly { readonly panelist: string; readonly itemIds: readonly string[] }[] {
  const rated = Map.groupBy(ratings, ({ panelist }) => panelist);
  return panelists.flatMap((panelist) => {
    const done = new Set(rated.get(panelist)?.map(({ itemId }) => itemId));
    const itemIds = items.flatMap(({ id }) => (done.has(id) ? [] : [id]));
    return itemIds.length === 0 ? [] : [{ panelist, itemIds }];
  });
}

/** What the last of these rounds comes to. */
export function setStandard(records: StandardSettingRecords): StandardSetting {
  const { items, rounds } = records;
  const cuts = rounds.map((ratings) => cutsOf(items, ratings));
  const last = cuts.at(-1);
  if (!last || last.panelists === 0n || last.max === 0n) throw new RangeError('a standard is set by somebody, and of items with points');
  const past = sumOf(records.past) < REPORT_CANDIDATES_MIN ? [] : records.past;
  return {
    method: STANDARD_SETTING_METHOD,
    candidates: sumOf(past),
    round: rounds.length,
    panelists: Number(last.panelists),
    items: items.length,
    points: pointsFromMillipoints(items.reduce((sum, { millipointsMax }) => sum + millipointsMax, 0)),
    standard: standardOf(last),
    tables: [
      tableOf('standard-setting', 'rounds', roundRows(records, cuts)),
      tableOf('standard-setting', 'consequences', consequenceRows(last, { ...records, past })),
      tableOf('standard-setting', 'ratedItems', itemRows(records)),
      tableOf('standard-setting', 'panelists', panelistRows(records, last)),
    ],
  };
}

function cutsOf(items: readonly RatedItem[], ratings: readonly Rating[]): Cuts {
  const maxById = new Map(items.map(({ id, millipointsMax }) => [id, BigInt(millipointsMax)]));
  const byPanelist = new Map<string, bigint>();
  for (const { panelist, itemId, basisPoints } of ratings)
    byPanelist.set(panelist, (byPanelist.get(panelist) ?? 0n) + BigInt(basisPoints) * (maxById.get(itemId) ?? 0n));
  const panelists = BigInt(byPanelist.size);
  let [sum, squares, max] = [0n, 0n, 0n];
  for (const cut of byPanelist.values()) [sum, squares] = [sum + cut, squares + cut * cut];
  for (const millipoints of maxById.values()) max += millipoints * BigInt(WHOLE);
  return { byPanelist, panelists, sum, scatter: panelists * squares - sum * sum, max };
}

function standardOf({ panelists, sum, scatter, max }: Cuts): ProposedStandard {
  const [numerator, denominator] = [sum, panelists * max];
  const divisor = greatestCommonDivisor(numerator, denominator);
  const error = errorOf({ panelists, scatter, max });
  const share = ratio(numerator, denominator);
  const points = ratio(max, BigInt(WHOLE * 1000));
  return {
    exact: `${numerator / divisor}/${denominator / divisor}`,
    basisPoints: Number((numerator * BigInt(WHOLE)) / denominator),
    points: Number(sum / (panelists * BigInt(WHOLE) * 10n)) / 100,
    ...(error === undefined
      ? {}
      : { error: { points: error * points, share: error, ...intervalOf({ share, error, panelists: Number(panelists) }) } }),
  };
}

/** The standard error of the mean, as a share of the points: the standard deviation of the cut scores over the root of how many there are. */
function errorOf({ panelists, scatter, max }: Pick<Cuts, 'panelists' | 'scatter' | 'max'>): number | undefined {
  if (panelists < 2n) return undefined;
  return Math.sqrt(ratio(scatter, panelists * panelists * (panelists - 1n) * max * max));
}

/** By the t distribution, for panels are small; never beyond no points and all of them. */
function intervalOf({ share, error, panelists }: { share: number; error: number; panelists: number }): {
  readonly low: number;
  readonly high: number;
} {
  const reach = Math.sqrt(jstat.centralF.inv(CONFIDENCE, 1, panelists - 1)) * error;
  return { low: Math.max(0, share - reach), high: Math.min(1, share + reach) };
}

/**
 * Whether a score reaches the standard, or the standard moved by one standard error, on exact fractions: the error is a root, so what lies between is
 * squared. All points reach any standard.
 */
function reaches({ millipoints, millipointsMax }: Score, { panelists, sum, scatter, max }: Cuts, errors: -1 | 0 | 1): boolean {
  const most = BigInt(millipointsMax);
  const ahead = BigInt(millipoints) * panelists * max - sum * most;
  const [squared, error] = [ahead * ahead * (panelists - 1n), scatter * most * most];
  switch (errors) {
    case 0:
      return ahead >= 0n;
    case -1:
      return ahead >= 0n || squared <= error;
    case 1:
      return millipoints >= millipointsMax || (ahead >= 0n && squared >= error);
  }
}

function roundRows({ items, rounds }: StandardSettingRecords, cuts: readonly Cuts[]): readonly RowOf<'standard-setting', 'rounds'>[] {
  return cuts.map((cut, index) => {
    const { basisPoints, points, error } = standardOf(cut);
    const ratings = rounds[index] ?? [];
    const spreads = items.flatMap(({ id }) => deviationOf(ratedOf(ratings, id)) ?? []);
    return {
      round: index + 1,
      panelists: Number(cut.panelists),
      cutPoints: points,
      cutShare: basisPoints / WHOLE,
      cutError: error?.share ?? null,
      cutLow: error?.low ?? null,
      cutHigh: error?.high ?? null,
      ratingSpread: spreads.length === 0 ? null : meanOf(spreads) / WHOLE,
      ratingsChanged: index === 0 ? null : changedSince(rounds[index - 1] ?? [], ratings),
    };
  });
}

function changedSince(former: readonly Rating[], ratings: readonly Rating[]): number {
  const key = ({ panelist, itemId }: Rating) => JSON.stringify([panelist, itemId]);
  const before = new Map(former.map((rating) => [key(rating), rating.basisPoints]));
  return ratings.filter((rating) => (before.get(key(rating)) ?? rating.basisPoints) !== rating.basisPoints).length;
}

/** What would have become of those who were decided; nothing becomes of them. */
function consequenceRows(
  cuts: Cuts,
  { past, passMark }: Pick<StandardSettingRecords, 'past' | 'passMark'>,
): readonly RowOf<'standard-setting', 'consequences'>[] {
  if (past.length === 0) return [];
  const { basisPoints, error } = standardOf(cuts);
  const share = basisPoints / WHOLE;
  const row = (standard: string, mark: number, isReached: (score: PastScore) => boolean) => {
    const count = (counts: (score: PastScore) => boolean) => sumOf(past.filter(counts));
    const wouldPass = count(isReached);
    return {
      standard,
      passMark: mark,
      wouldPass,
      wouldPassShare: wouldPass / sumOf(past),
      newlyPassed: count((score) => isReached(score) && !score.passed),
      newlyFailed: count((score) => !isReached(score) && score.passed),
    };
  };
  const proposed = row('proposed', share, (score) => reaches(score, cuts, 0));
  const now = row('now', passMark / WHOLE, ({ passed }) => passed);
  if (error === undefined) return [now, proposed];
  return [
    now,
    row('one_error_below', Math.max(0, share - error.share), (score) => reaches(score, cuts, -1)),
    proposed,
    row('one_error_above', Math.min(1, share + error.share), (score) => reaches(score, cuts, 1)),
  ];
}

function itemRows({ items, rounds, facilities }: StandardSettingRecords): readonly RowOf<'standard-setting', 'ratedItems'>[] {
  const [former, last] = [rounds.at(-2), rounds.at(-1) ?? []];
  return items.map(({ id, millipointsMax }) => {
    const [rated, before] = [ratedOf(last, id), ratedOf(former ?? [], id)];
    const deviation = deviationOf(rated);
    return {
      item: id,
      itemPoints: pointsFromMillipoints(millipointsMax),
      ratingMean: meanOf(rated) / WHOLE,
      ratingDeviation: deviation === undefined ? null : deviation / WHOLE,
      ratingLowest: Math.min(...rated) / WHOLE,
      ratingHighest: Math.max(...rated) / WHOLE,
      ratingMeanBefore: before.length === 0 ? null : meanOf(before) / WHOLE,
      facility: facilities.get(id) ?? null,
    };
  });
}

function panelistRows({ items, rounds, facilities }: StandardSettingRecords, cuts: Cuts): readonly RowOf<'standard-setting', 'panelists'>[] {
  const ratings = Map.groupBy(rounds.at(-1) ?? [], ({ panelist }) => panelist);
  const outlying = outlyingOf(cuts);
  return [...cuts.byPanelist]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([panelist, cut]) => ({
      grader: panelist,
      cutPoints: ratio(cut, BigInt(WHOLE * 1000)),
      cutShare: ratio(cut, cuts.max),
      cutDifference: ratio(cut * cuts.panelists - cuts.sum, cuts.panelists * cuts.max),
      likeFacility: likenessOf({ items, facilities, ratings: ratings.get(panelist) ?? [] }) ?? null,
      finding: panelist === outlying ? 'outlying' : null,
    }));
}

/** How far somebody's ratings go up and down with how past candidates did: over the items of which that is known. */
function likenessOf({
  items,
  facilities,
  ratings,
}: Pick<StandardSettingRecords, 'items' | 'facilities'> & { readonly ratings: readonly Rating[] }): number | undefined {
  const shareById = new Map(ratings.map(({ itemId, basisPoints }) => [itemId, basisPoints / WHOLE]));
  const pairs = items.flatMap(({ id }) => {
    const [rated, facility] = [shareById.get(id), facilities.get(id)];
    return rated === undefined || facility === undefined ? [] : [[rated, facility] as const];
  });
  const [ratedMean, facilityMean] = [meanOf(pairs.map(([rated]) => rated)), meanOf(pairs.map(([, facility]) => facility))];
  let [covariance, variance, otherVariance] = [0, 0, 0];
  for (const [rated, facility] of pairs) {
    covariance += (rated - ratedMean) * (facility - facilityMean);
    variance += (rated - ratedMean) ** 2;
    otherVariance += (facility - facilityMean) ** 2;
  }
  return correlationOf({ covariance, variances: [variance, otherVariance], candidates: pairs.length })?.value;
}

/** Whose cut score lies farthest from the mean, if chance explains it in fewer than one panel of twenty (Grubbs 1969, two-sided). */
function outlyingOf({ byPanelist, panelists, sum, scatter }: Cuts): string | undefined {
  const count = Number(panelists);
  if (count < OUTLYING_PANELISTS_MIN || scatter === 0n) return undefined;
  const distances = [...byPanelist].map(([panelist, cut]) => ({ panelist, squared: (cut * panelists - sum) ** 2n }));
  const farthest = distances.reduce((far, one) => (one.squared > far.squared ? one : far));
  const squared = jstat.centralF.inv(1 - OUTLYING_CHANCE / count, 1, count - 2);
  const limit = ((count - 1) ** 2 / count) * (squared / (count - 2 + squared));
  // (x − mean)² over the variance: the one n⁻² times what is squared, the other scatter over n (n − 1).
  return ratio(farthest.squared * (panelists - 1n), scatter * panelists) > limit ? farthest.panelist : undefined;
}

const ratedOf = (ratings: readonly Rating[], item: string) => ratings.flatMap(({ itemId, basisPoints }) => (itemId === item ? [basisPoints] : []));
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sumOf = (past: readonly PastScore[]) => past.reduce((sum, { candidates }) => sum + candidates, 0);

/** Of a sample: undefined of one. */
function deviationOf(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** To show and to compare with what is an estimate anyway. */
function ratio(numerator: bigint, denominator: bigint): number {
  return Number(numerator) / Number(denominator);
}

function greatestCommonDivisor(one: bigint, other: bigint): bigint {
  return other === 0n ? one : greatestCommonDivisor(other, one % other);
}
