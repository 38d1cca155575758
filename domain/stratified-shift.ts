/**
 * Whether some of the candidates got more of the points than others who are as good: within each band of like candidates the mean of the ones is
 * compared with that of all (Mantel 1963, with the variance of drawing without replacement; for points between, Dorans and Kulick's standardised
 * difference with it). An estimate in floating point.
 */

/** Of one band: all candidates and their shares of the points, and how many of them are meant and what they got. */
export type Stratum = {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
  readonly chosen: number;
  readonly chosenSum: number;
};

/** How much more those that are meant got than like candidates who are not, as a share of the points, and as a standard normal deviate. */
export type Shift = { readonly difference: number; readonly z: number };

/** Undefined where there is nobody to compare with, or all like candidates got the same. */
export function shiftOver(strata: readonly Stratum[]): Shift | undefined {
  let [surplus, variance, weight] = [0, 0, 0];
  for (const { count, sum, squares, chosen, chosenSum } of strata) {
    const others = count - chosen;
    if (count < 2 || chosen === 0 || others === 0) continue;
    const mean = sum / count;
    surplus += chosenSum - chosen * mean;
    variance += ((chosen * others) / count) * (Math.max(0, squares - count * mean * mean) / (count - 1));
    weight += (chosen * others) / count;
  }
  // Sums of shares leave a rest of rounding where all got the same.
  return variance > 1e-9 && weight > 0 ? { difference: surplus / weight, z: surplus / Math.sqrt(variance) } : undefined;
}
