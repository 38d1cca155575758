import type { Estimate } from './agreement.ts';
import { fQuantile } from './beta-distribution.ts';
import type { ItemTally } from './item-tally.ts';
import { leastSquares } from './least-squares.ts';

/** How sure a total is: alpha, and the error of measurement. Estimates in floating point; they decide nothing about a candidate. */

const TAIL = 0.025;
/** The curve of the error over the totals has three coefficients. */
const TOTALS_MIN = 4;

/** Sums over all candidates, from those of each total. In thousandths of points. */
type TotalMoments = { readonly mean: number; readonly variance: number };

/** The variance is the sample's; of fewer than two candidates there is none, and it is 0. */
export function totalMoments({ byTotal, candidates }: ItemTally): TotalMoments {
  if (candidates === 0) return { mean: 0, variance: 0 };
  let sum = 0;
  for (const [total, { count }] of byTotal) sum += count * total;
  const mean = sum / candidates;
  let squares = 0;
  for (const [total, { count }] of byTotal) squares += count * (total - mean) ** 2;
  return { mean, variance: candidates < 2 ? 0 : squares / (candidates - 1) };
}

/** The sample variance of each item's points, in thousandths squared; 0 for fewer than two candidates. */
export function itemVariances({ byItem, byTotal, candidates, items }: ItemTally): readonly number[] {
  if (candidates < 2) return items.map(() => 0);
  const sums = items.map(() => 0);
  for (const group of byTotal.values()) group.sums.forEach((sum, place) => void (sums[place] = (sums[place] ?? 0) + sum));
  return byItem.map(({ sumSquares }, place) => Math.max(0, sumSquares - (sums[place] ?? 0) ** 2 / candidates) / (candidates - 1));
}

/** Cronbach's alpha (1951). Undefined for fewer than two items, or where all totals are the same. */
export function alphaOf(variances: readonly number[], totalVariance: number): number | undefined {
  const items = variances.length;
  if (items < 2 || totalVariance <= 0) return undefined;
  return (items / (items - 1)) * (1 - variances.reduce((sum, variance) => sum + variance, 0) / totalVariance);
}

/** Its 95 % interval (Feldt 1965; Feldt, Woodruff and Salih 1987). */
export function alphaInterval(alpha: number, { candidates, items }: { candidates: number; items: number }): Estimate {
  const [own, others] = [candidates - 1, (candidates - 1) * (items - 1)];
  return { value: alpha, low: 1 - (1 - alpha) * fQuantile(1 - TAIL, own, others), high: 1 - (1 - alpha) * fQuantile(TAIL, own, others) };
}

/**
 * The standard error of measurement at a total, in thousandths of points: of each candidate the error variance from the spread of their items
 * around what the items have in the mean (Feldt, Steffen and Gupta 1985; Feldt and Qualls 1996, with each item a part), smoothed by a
 * quadratic curve over the totals. The mean of those variances is the square of the ordinary standard error. Undefined where there are fewer than four
 * different totals.
 */
export function conditionalError(tally: ItemTally, at: number): number | undefined {
  const { byTotal, candidates, items, millipointsMax } = tally;
  if (byTotal.size < TOTALS_MIN || items.length < 2) return undefined;
  const means = items.map(() => 0);
  for (const { sums } of byTotal.values()) sums.forEach((sum, place) => void (means[place] = (means[place] ?? 0) + sum / candidates));
  const meanTotal = means.reduce((sum, mean) => sum + mean, 0);
  const squaresOfMeans = means.reduce((sum, mean) => sum + mean * mean, 0);
  const place = (total: number) => (total - at) / millipointsMax;
  const rows = [...byTotal].map(([total, { count, sumSquares, sums }]) => {
    const products = sums.reduce((sum, value, item) => sum + value * (means[item] ?? 0), 0);
    const spread = sumSquares - 2 * products + count * squaresOfMeans - (count * (total - meanTotal) ** 2) / items.length;
    const variance = ((items.length / (items.length - 1)) * spread) / count;
    return { row: [1, place(total), place(total) ** 2], target: variance, weight: count };
  });
  const [variance = Number.NaN] = leastSquares(rows) ?? [];
  // A parabola may dip below 0 beyond the totals that there are.
  return variance > 0 ? Math.sqrt(variance) : undefined;
}
