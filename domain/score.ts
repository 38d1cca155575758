import type { Test } from './exam.ts';
import type { Millipoints } from './points.ts';

/** A result as an exact fraction: points reached out of the points there were. */
export type Score = { readonly millipoints: Millipoints; readonly millipointsMax: Millipoints };

/** Hundredths of a percent: 80 % is 8000. The pass mark of a policy, and every percentage that is shown, has at most two decimals. */
export type BasisPoints = number;

/** Exactly the pass mark passes (design, section 3). Cross-multiplied integers, so no rounding can move the line. */
export function passes(score: Score, passMark: BasisPoints): boolean {
  return BigInt(score.millipoints) * 10_000n >= BigInt(passMark) * BigInt(score.millipointsMax);
}

/** The percentage to show, rounded down so that a fail never reads as the pass mark. */
export function shownBasisPoints(score: Score): BasisPoints {
  return Number((BigInt(score.millipoints) * 10_000n) / BigInt(score.millipointsMax));
}

/** The certificate's score: the mean of the exact percentages of all tests, rounded down once at the end. */
export function certificateBasisPoints(scoreByTest: Readonly<Record<Test, Score>>): BasisPoints {
  const scores = Object.values(scoreByTest);
  let numerator = 0n;
  let denominator = 1n;
  for (const { millipoints, millipointsMax } of scores) {
    numerator = numerator * BigInt(millipointsMax) + BigInt(millipoints) * denominator;
    denominator *= BigInt(millipointsMax);
  }
  return Number((numerator * 10_000n) / (BigInt(scores.length) * denominator));
}

/** "80.05" for 8005: two decimals, a point, no sign. */
export function formatBasisPoints(basisPoints: BasisPoints): string {
  const digits = String(basisPoints).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
