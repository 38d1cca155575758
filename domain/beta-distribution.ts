/**
 * The beta distribution to the precision of doubles. jstat's own stops at 3e-7, which is not enough to compare an interval with another
 * implementation to 1e-9.
 */

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360] as const;
/** From here on the series above is exact to 2e-16. */
const STIRLING_FROM = 15;
const FRACTION_STEPS_MAX = 10_000;
const TINY = 1e-300;

/** Of a positive number, by Stirling's series. */
function logGamma(value: number): number {
  let shifted = value;
  let product = 0;
  for (; shifted < STIRLING_FROM; shifted += 1) product += Math.log(shifted);
  const series = STIRLING.reduce((sum, coefficient, place) => sum + coefficient / shifted ** (2 * place + 1), 0);
  return (shifted - 0.5) * Math.log(shifted) - shifted + Math.log(2 * Math.PI) / 2 + series - product;
}

export function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** The probability that a beta variable is at most `x`, by the continued fraction (Abramowitz and Stegun 26.5.8) after Lentz. */
export function betaProbability(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaProbability(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  return front * continuedFraction(x, a, b);
}

function continuedFraction(x: number, a: number, b: number): number {
  const kept = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let step = 1; step <= FRACTION_STEPS_MAX; step += 1) {
    const even = (step * (b - step) * x) / ((a + 2 * step - 1) * (a + 2 * step));
    const odd = (-(a + step) * (a + b + step) * x) / ((a + 2 * step) * (a + 2 * step + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / kept(1 + term * d);
      c = kept(1 + term / c);
      change = c * d;
      value *= change;
    }
    if (Math.abs(change - 1) < Number.EPSILON) break;
  }
  return value;
}

/** Below which a variable of the F distribution lies with this probability. */
export function fQuantile(probability: number, numeratorFreedom: number, denominatorFreedom: number): number {
  const [a, b] = [numeratorFreedom / 2, denominatorFreedom / 2];
  let [low, high] = [0, 1];
  for (let middle = 0.5; middle > low && middle < high; middle = (low + high) / 2) {
    if (betaProbability(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return (denominatorFreedom * low) / (numeratorFreedom * (1 - low));
}
