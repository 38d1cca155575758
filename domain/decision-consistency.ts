import { betaProbability, logBeta } from './beta-distribution.ts';
import type { ItemTally } from './item-tally.ts';

/**
 * How many decisions would be the same with another test of the same kind, and how many agree with what the candidates truly can do:
 * Livingston and Lewis (1995). True scores, as shares of the points, have a beta distribution with four parameters, found by moments
 * (Lord 1965; Hanson 1991); observed ones are binomial on a test of the effective length. Where no such distribution has the moments, or it goes
 * beyond 0 and 1, one with two parameters. Without their last step, which adjusts to the observed shares. Estimates in floating point.
 */

export type DecisionConsistency = {
  /** Decided alike by two such tests; the share that chance gives; what is beyond it. */
  readonly consistency: number;
  readonly chance: number;
  readonly kappa: number | undefined;
  /** Decided as the true score says; and wrongly passed or failed, of all candidates. */
  readonly accuracy: number;
  readonly falsePasses: number;
  readonly falseFails: number;
  readonly effectiveLength: number;
  readonly parameters: 2 | 4;
};

/** Undefined where reliability or spread is nought: then the numbers say nothing about decisions. */
export function decisionConsistency(
  { byTotal, candidates, millipointsMax, passMark }: Pick<ItemTally, 'byTotal' | 'candidates' | 'millipointsMax' | 'passMark'>,
  reliability: number | undefined,
): DecisionConsistency | undefined {
  const shares = [...byTotal].map(([total, { count }]) => ({ share: total / millipointsMax, weight: count / candidates }));
  const mean = shares.reduce((sum, { share, weight }) => sum + weight * share, 0);
  const variance = shares.reduce((sum, { share, weight }) => sum + weight * (share - mean) ** 2, 0);
  if (reliability === undefined || reliability <= 0 || reliability >= 1 || variance <= 0) return undefined;
  const length = Math.round((mean * (1 - mean) - reliability * variance) / (variance * (1 - reliability)));
  // Four moments of the true scores need four questions.
  if (length < 4) return undefined;
  const truth = trueScores(trueMoments(shares, length));
  if (!truth) return undefined;
  return { ...classify(truth, { length, needed: Math.ceil((passMark * length) / 10_000), line: passMark / 10_000 }), effectiveLength: length };
}

type Weighted = { readonly share: number; readonly weight: number };
type Moments = readonly [number, number, number, number];

/** The raw moments of the true scores, from the factorial moments of those observed. */
function trueMoments(shares: readonly Weighted[], length: number): Moments {
  const momentOf = (order: number) => {
    const orders = Array.from({ length: order }, (_none, place) => place);
    return shares.reduce((sum, { share, weight }) => sum + orders.reduce((product, k) => (product * (length * share - k)) / (length - k), weight), 0);
  };
  return [momentOf(1), momentOf(2), momentOf(3), momentOf(4)];
}

type TrueScores = { readonly a: number; readonly b: number; readonly low: number; readonly high: number; readonly parameters: 2 | 4 };

function trueScores(moments: Moments): TrueScores | undefined {
  return fourParameters(moments) ?? twoParameters(moments);
}

function fourParameters([mean, second, third, fourth]: Moments): TrueScores | undefined {
  const variance = second - mean ** 2;
  const skewness = (third - 3 * mean * second + 2 * mean ** 3) / variance ** 1.5;
  const kurtosis = (fourth - 4 * mean * third + 6 * mean ** 2 * second - 3 * mean ** 4) / variance ** 2;
  const sum = (6 * (kurtosis - skewness ** 2 - 1)) / (6 + 3 * skewness ** 2 - 2 * kurtosis);
  const lean = Math.sqrt(1 - (24 * (sum + 1)) / ((sum + 2) * (sum + 3) * kurtosis - 3 * (sum - 6) * (sum + 1)));
  const [less, more] = [(sum / 2) * (1 - lean), (sum / 2) * (1 + lean)];
  // Skewed to the left, most are near the top: the second parameter is the smaller.
  const [a, b] = skewness < 0 ? [more, less] : [less, more];
  const low = mean - Math.sqrt((variance * a * (sum + 1)) / b);
  const high = mean + Math.sqrt((variance * b * (sum + 1)) / a);
  return variance > 0 && a > 0 && b > 0 && low >= 0 && high <= 1 ? { a, b, low, high, parameters: 4 } : undefined;
}

function twoParameters([mean, second]: Moments): TrueScores | undefined {
  const variance = second - mean ** 2;
  const sum = (mean * (1 - mean)) / variance - 1;
  return variance > 0 && sum > 0 ? { a: mean * sum, b: (1 - mean) * sum, low: 0, high: 1, parameters: 2 } : undefined;
}

type Cut = { readonly length: number; readonly needed: number; readonly line: number };

function classify(truth: TrueScores, { length, needed, line }: Cut): Omit<DecisionConsistency, 'effectiveLength'> {
  const passing = (share: number) => (needed <= 0 ? 1 : betaProbability(share, needed, length - needed + 1));
  const cut = Math.min(truth.high, Math.max(truth.low, line));
  const mean = (from: number, to: number, of: (passes: number) => number) => meanOver(truth, { from, to }, (share) => of(passing(share)));
  const above = mean(cut, truth.high, (passes) => passes);
  const falsePasses = mean(truth.low, cut, (passes) => passes);
  const falseFails = mean(cut, truth.high, (passes) => 1 - passes);
  const alike = (passes: number) => passes ** 2 + (1 - passes) ** 2;
  const consistency = mean(truth.low, cut, alike) + mean(cut, truth.high, alike);
  const chance = alike(above + falsePasses);
  const kappa = chance < 1 ? (consistency - chance) / (1 - chance) : undefined;
  return { consistency, chance, kappa, accuracy: 1 - falsePasses - falseFails, falsePasses, falseFails, parameters: truth.parameters };
}

const STEP = 1 / 64;
const STEPS = 6 / STEP;

/** Over a part of the true scores, by double-exponential quadrature (Takahasi and Mori 1974): the density may have poles at both ends. */
function meanOver({ a, b, low, high }: TrueScores, { from, to }: { from: number; to: number }, of: (share: number) => number): number {
  const width = to - from;
  if (width <= 0) return 0;
  const [scale, constant] = [Math.log(high - low), logBeta(a, b)];
  let sum = 0;
  for (let step = -STEPS; step <= STEPS; step += 1) {
    const place = step * STEP;
    const bend = Math.PI * Math.sinh(place);
    const [fromLow, fromHigh] = [width / (1 + Math.exp(-bend)), width / (1 + Math.exp(bend))];
    // Distances, not places: next to an end the density lives on digits that a place has lost.
    const [below, beyond] = [from - low + fromLow, high - to + fromHigh];
    if (below <= 0 || beyond <= 0) continue;
    const logDensity = (a - 1) * Math.log(below) + (b - 1) * Math.log(beyond) - (a + b - 1) * scale - constant;
    sum += Math.exp(logDensity) * of(from + fromLow) * ((Math.PI * Math.cosh(place) * fromLow * fromHigh) / width);
  }
  return sum * STEP;
}
