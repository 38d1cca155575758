/**
 * Exact points. A mark has at most two decimals, so the mean of two marks has at most three: every amount of points in
 * the system is an integer number of thousandths, and no float is ever added or compared.
 */

/** Points as an integer number of thousandths: 4.25 points are 4250. */
export type Millipoints = number;

const MARK_PATTERN = /^(\d{1,6})(?:\.(\d{1,2}))?$/;

/**
 * Reads points that a person wrote (a mark, an item's points), for example `4`, `4.5` or `4.25`.
 * Returns undefined unless it is a non-negative number with at most two decimals (design, section 3).
 */
export function millipointsFromPoints(points: number): Millipoints | undefined {
  const match = MARK_PATTERN.exec(String(points));
  if (!match) return undefined;
  const [, whole, fraction = ''] = match;
  return Number(whole) * 1000 + Number(fraction.padEnd(3, '0'));
}

/** The number that people read: 1255 thousandths are 1.255 points. The division rounds once, to the nearest double, for showing only. */
export function pointsFromMillipoints(millipoints: Millipoints): number {
  return millipoints / 1000;
}

/** The exact mean of two marks. Marks are whole hundredths of a point, so their sum in thousandths is always even. */
export function meanOf(first: Millipoints, second: Millipoints): Millipoints {
  return (first + second) / 2;
}

export function sumOf(amounts: Iterable<Millipoints>): Millipoints {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return sum;
}

/** For people: at most two decimals, rounded down, so that what is missed by a thousandth never reads as reached. The exact points decide. */
export function shownPoints(millipoints: Millipoints): string {
  return String(Math.floor(millipoints / 10) / 100);
}
