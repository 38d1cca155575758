import jstat from 'jstat';
import { max, mean as meanOf, min, sampleStandardDeviation, sum as sumOf } from 'simple-statistics';

/**
 * How far two markers of the same scripts agree. All figures are estimates in floating point: they inform about graders and
 * decide nothing about a candidate.
 */

/**
 * Below so many responses marked by two the figures say more about chance than about a grader, and one response would give away
 * what the other marked.
 */
export const PAIRS_MIN = 20;

export type Agreement = {
  /** Responses or criteria that somebody else marked as well, and the scripts they are of. */
  readonly pairs: number;
  readonly scripts: number;
  /** Undefined below a floor of pairs, or where all marks are the same. */
  readonly kappa?: Estimate;
  readonly icc?: Estimate;
  /** Of the points of a response: how much less the grader gave in the mean (negative: more), and how far the two lie apart. */
  readonly severity?: number;
  readonly distance?: number;
  /** Consistency: the standard deviation of that difference, as a share of the points. Whoever is severe in the same way always has little. */
  readonly spread?: number;
};

/** Of one grader, `first`, with whoever marked the same independently. */
export function agreementOf(pairs: readonly MarkPair[], scripts: number): Agreement {
  const counted = { pairs: pairs.length, scripts };
  if (pairs.length < PAIRS_MIN) return counted;
  const [kappa, icc] = [weightedKappa(pairs), intraclassCorrelation(pairs)];
  const differences = pairs.map(({ first, second }) => second - first);
  return {
    ...counted,
    ...(kappa ? { kappa } : {}),
    ...(icc ? { icc } : {}),
    severity: meanOf(differences),
    distance: meanOf(differences.map(Math.abs)),
    spread: sampleStandardDeviation(differences),
  };
}

/** What two people independently gave for the same response, on one scale: here the share of its points. */
export type MarkPair = { readonly first: number; readonly second: number };

/** With its 95 % interval. */
export type Estimate = { readonly value: number; readonly low: number; readonly high: number };

const TAIL = 0.025;
const NORMAL_975 = jstat.normal.inv(1 - TAIL, 0, 1);
const MARKERS = 2;

/**
 * Quadratic weighted kappa (Cohen 1968): 1 is agreement, 0 is what chance gives. Its interval is the asymptotic one of Fleiss,
 * Cohen and Everitt (1969), never beyond −1 and 1. Undefined where both gave everything one and the same mark: then there is nothing
 * to agree about.
 */
export function weightedKappa(pairs: readonly MarkPair[]): Estimate | undefined {
  const marks = pairs.flatMap(({ first, second }) => [first, second]);
  if (pairs.length === 0) return undefined;
  // Not spread into arguments: of a month there are more than a call takes.
  const range = max(marks) - min(marks);
  if (range === 0) return undefined;
  const weight = (a: number, b: number) => 1 - ((a - b) / range) ** 2;
  const [firsts, seconds] = [momentsOf(pairs.map(({ first }) => first)), momentsOf(pairs.map(({ second }) => second))];
  // The mean weight of a mark with each of the others, by what their mean and their mean square are: summed up one by one it would take the square of how many there are.
  const meanWeight = (mark: number, others: Moments) => 1 - (mark ** 2 - 2 * mark * others.mean + others.meanSquare) / range ** 2;
  const expected = mean(pairs, ({ first }) => meanWeight(first, seconds));
  if (expected === 1) return undefined;
  const observed = mean(pairs, ({ first, second }) => weight(first, second));
  const value = (observed - expected) / (1 - expected);
  const spread = mean(
    pairs,
    ({ first, second }) => (weight(first, second) - (meanWeight(first, seconds) + meanWeight(second, firsts)) * (1 - value)) ** 2,
  );
  const variance = (spread - (value - expected * (1 - value)) ** 2) / ((1 - expected) ** 2 * pairs.length);
  const margin = NORMAL_975 * Math.sqrt(Math.max(variance, 0));
  return { value, low: Math.max(value - margin, -1), high: Math.min(value + margin, 1) };
}

/**
 * Intraclass correlation of one mark, two-way random effects, absolute agreement: ICC(A,1) of McGraw and Wong (1996), ICC(2,1) of
 * Shrout and Fleiss (1979), with their interval. Undefined for fewer than two scripts, or where all marks are the same.
 */
export function intraclassCorrelation(pairs: readonly MarkPair[]): Estimate | undefined {
  const scripts = pairs.length;
  if (scripts < 2) return undefined;
  const grand = mean(pairs, ({ first, second }) => (first + second) / MARKERS);
  const markers = [mean(pairs, ({ first }) => first), mean(pairs, ({ second }) => second)];
  const betweenScripts = (MARKERS * sum(pairs, ({ first, second }) => ((first + second) / MARKERS - grand) ** 2)) / (scripts - 1);
  const betweenMarkers = scripts * sum(markers, (marker) => (marker - grand) ** 2);
  const [firstMean = 0, secondMean = 0] = markers;
  const error = sum(pairs, ({ first, second }) => (first - second - (firstMean - secondMean)) ** 2) / MARKERS / (scripts - 1);
  const denominator = betweenScripts + error + (MARKERS * (betweenMarkers - error)) / scripts;
  if (denominator === 0) return undefined;
  const value = (betweenScripts - error) / denominator;
  if (error === 0 && betweenMarkers === 0) return { value, low: value, high: value };
  const freedom = satterthwaite({ scripts, value, ratio: betweenMarkers / error });
  const rest = MARKERS * betweenMarkers + (MARKERS * scripts - MARKERS - scripts) * error;
  const above = jstat.centralF.inv(1 - TAIL, scripts - 1, freedom);
  const below = jstat.centralF.inv(1 - TAIL, freedom, scripts - 1);
  const low = (scripts * (betweenScripts - above * error)) / (above * rest + scripts * betweenScripts);
  const high = (scripts * (below * betweenScripts - error)) / (rest + scripts * below * betweenScripts);
  return { value, low, high };
}

/** The degrees of freedom of the denominator in that interval; `ratio` is without bound where only the markers' levels differ. */
function satterthwaite({ scripts, value, ratio }: { scripts: number; value: number; ratio: number }): number {
  const free = (scripts - 1) * (MARKERS - 1);
  if (ratio === Infinity) return free / (scripts - 1);
  const rest = scripts * (1 + (MARKERS - 1) * value) - MARKERS * value;
  return (free * (MARKERS * value * ratio + rest) ** 2) / ((scripts - 1) * MARKERS ** 2 * value ** 2 * ratio ** 2 + rest ** 2);
}

type Moments = { readonly mean: number; readonly meanSquare: number };

function momentsOf(marks: readonly number[]): Moments {
  return { mean: mean(marks, (mark) => mark), meanSquare: mean(marks, (mark) => mark ** 2) };
}

function sum<Element>(elements: readonly Element[], of: (element: Element) => number): number {
  return sumOf(elements.map(of));
}

function mean<Element>(elements: readonly Element[], of: (element: Element) => number): number {
  return meanOf(elements.map(of));
}
