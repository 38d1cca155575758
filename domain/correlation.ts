import type { Estimate } from './agreement.ts';

export type Correlated = { readonly covariance: number; readonly variances: readonly [number, number]; readonly candidates: number };

/** The normal distribution's 97.5 %. */
const NORMAL_975 = 1.959_963_984_540_054;
/** Below so few Fisher's transformation has no error. */
const CANDIDATES_MIN = 4;
/** What rounding leaves of the product of deviations where one side is constant; those of a point's thousandth are far above. */
const CONSTANT = 1e-6;

/** Pearson's, with its 95 % interval by Fisher's transformation. Undefined where one side is constant, or for fewer than four candidates. */
export function correlationOf({ covariance, variances: [one, other], candidates }: Correlated): Estimate | undefined {
  const deviations = Math.sqrt(Math.max(0, one) * Math.max(0, other));
  if (candidates < CANDIDATES_MIN || deviations < CONSTANT) return undefined;
  const value = Math.max(-1, Math.min(1, covariance / deviations));
  return { value, low: bound(value, candidates, -NORMAL_975), high: bound(value, candidates, NORMAL_975) };
}

/** The value beyond which the true correlation lies with the probability of so many standard errors. */
export function bound(correlation: number, candidates: number, errors: number): number {
  return Math.tanh(Math.atanh(correlation) + errors / Math.sqrt(candidates - 3));
}
