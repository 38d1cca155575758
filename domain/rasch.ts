import { Matrix, inverse } from 'ml-matrix';
import type { ScoreGroup } from './item-tally.ts';

/**
 * The Rasch model by conditional maximum likelihood (Andersen 1972; Fischer 1974): difficulties that do not depend on who sat the test.
 * Persons with nothing or everything right say nothing about items and are left out. Abilities, for fit, by maximum likelihood.
 * Difficulties are in logits and sum to 0. All of it is for dichotomous items.
 */

/** Below so many candidates whose scores say something a difficulty is uncertain by half a logit and more (Linacre 1994). */
const RASCH_CANDIDATES_MIN = 100;
/** From so many items on it takes too long: the work grows by the fourth power. */
const RASCH_ITEMS_MAX = 200;
const ITEMS_MIN = 3;
const STEPS_MAX = 60;
const STEP_LENGTH_MAX = 1.5;
const CONVERGED = 1e-9;

export type RaschItem = {
  readonly difficulty: number;
  readonly standardError: number;
  /** Mean squares of residuals, weighted by information and not: 1 is as the model expects, more is noisier, less is more regular. */
  readonly infit: number;
  readonly outfit: number;
  /** Infit as a standard normal deviate (Wright and Masters 1982). */
  readonly infitZ: number;
};

export type RaschFit = { readonly candidates: number; readonly items: ReadonlyMap<number, RaschItem> };
export type NoRaschFit = 'too-few-candidates' | 'too-few-items' | 'too-many-items' | 'no-estimate';

type Groups = { readonly places: readonly number[]; readonly counts: readonly number[]; readonly right: readonly (readonly number[])[] };

/** `places` are the dichotomous items; groups are by how many of them are right. */
export function fitRasch(byRight: ReadonlyMap<number, ScoreGroup>, places: readonly number[]): RaschFit | NoRaschFit {
  const groups = informative(byRight, places);
  if (groups.places.length < ITEMS_MIN) return 'too-few-items';
  if (groups.places.length > RASCH_ITEMS_MAX) return 'too-many-items';
  const candidates = total(groups.counts);
  if (candidates < RASCH_CANDIDATES_MIN) return 'too-few-candidates';
  const estimate = conditionalEstimate(groups);
  if (!estimate) return 'no-estimate';
  const abilities = groups.counts.map((count, score) => (count === 0 ? 0 : abilityOf(score, estimate.difficulties)));
  return { candidates, items: new Map(groups.places.map((place, index) => [place, itemOf({ groups, estimate, abilities }, index)])) };
}

/** Leaves out persons with nothing or everything right, and items that all or none of the rest have right, until neither is left. */
function informative(byRight: ReadonlyMap<number, ScoreGroup>, allPlaces: readonly number[]): Groups {
  let places = allPlaces;
  let rows = [...byRight].map(([score, { count, sums }]) => ({ score, count, right: allPlaces.map((place) => sums[place] ?? 0) }));
  for (;;) {
    const most = places.length;
    rows = rows.filter(({ score }) => score > 0 && score < most);
    const all = total(rows.map(({ count }) => count));
    const sums = places.map((_place, index) => total(rows.map(({ right }) => right[index] ?? 0)));
    const kept = sums.map((sum) => sum > 0 && sum < all);
    if (rows.length === 0 || kept.every(Boolean)) return groupsOf(rows, places);
    const given = sums.filter((sum) => sum === all).length;
    places = places.filter((_place, index) => kept[index]);
    rows = rows.map(({ score, count, right }) => ({ score: score - given, count, right: right.filter((_sum, index) => kept[index]) }));
  }
}

function groupsOf(rows: readonly { score: number; count: number; right: readonly number[] }[], places: readonly number[]): Groups {
  const counts = Array.from({ length: places.length + 1 }, () => 0);
  const right: (readonly number[])[] = Array.from({ length: places.length + 1 }, () => []);
  for (const row of rows) {
    counts[row.score] = row.count;
    right[row.score] = row.right;
  }
  return { places: rows.length === 0 ? [] : places, counts, right };
}

type Conditional = { readonly difficulties: readonly number[]; readonly standardErrors: readonly number[] };

/** Newton's method on the conditional likelihood, which has one maximum. Undefined where it runs away: then there is none. */
function conditionalEstimate(groups: Groups): Conditional | undefined {
  const size = groups.places.length;
  const sums = groups.places.map((_place, index) => total(groups.right.map((right) => right[index] ?? 0)));
  const all = total(groups.counts);
  let difficulties = centred(sums.map((sum) => Math.log((all - sum) / sum)));
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const { expected, information } = conditionalMoments(groups.counts, difficulties);
    const inverted = invert(information);
    if (!inverted) return undefined;
    const change = inverted.mmul(Matrix.columnVector(expected.map((value, index) => value - (sums[index] ?? 0)))).to1DArray();
    const longest = Math.max(...change.map(Math.abs));
    if (!Number.isFinite(longest)) return undefined;
    const shortened = Math.min(1, STEP_LENGTH_MAX / longest);
    difficulties = centred(difficulties.map((value, index) => value + shortened * (change[index] ?? 0)));
    if (longest < CONVERGED)
      return { difficulties, standardErrors: difficulties.map((_value, index) => Math.sqrt(inverted.get(index, index) - 1 / size ** 2)) };
  }
  return undefined;
}

/** The information has no rank in the direction of all items together; with 1 added everywhere it has, and nothing else changes. */
function invert(information: Matrix): Matrix | undefined {
  try {
    return inverse(Matrix.add(information, 1));
  } catch {
    return undefined;
  }
}

/** How many are expected to have each item right, given their scores, and the variances and covariances of it. */
function conditionalMoments(counts: readonly number[], difficulties: readonly number[]): { expected: readonly number[]; information: Matrix } {
  const size = difficulties.length;
  const easiness = Float64Array.from(difficulties, (value) => Math.exp(-value));
  const gamma = symmetricFunctions(easiness, -1, -1);
  const weightOf = counts.map((count, score) => (count === 0 ? 0 : count / (gamma[score] ?? 1)));
  const probabilities = difficulties.map((_value, item) => {
    const without = symmetricFunctions(easiness, item, -1);
    return counts.map((_count, score) => (score === 0 ? 0 : ((easiness[item] ?? 0) * (without[score - 1] ?? 0)) / (gamma[score] ?? 1)));
  });
  const information = Matrix.zeros(size, size);
  const expected = probabilities.map((own) => total(own.map((probability, score) => (counts[score] ?? 0) * probability)));
  for (let first = 0; first < size; first += 1) {
    const own = probabilities[first] ?? [];
    information.set(first, first, total(own.map((probability, score) => (counts[score] ?? 0) * probability * (1 - probability))));
    for (let second = first + 1; second < size; second += 1) {
      const without = symmetricFunctions(easiness, first, second);
      const both = (easiness[first] ?? 0) * (easiness[second] ?? 0);
      const other = probabilities[second] ?? [];
      let covariance = 0;
      for (let score = 1; score < size; score += 1) {
        const together = score < 2 ? 0 : both * (without[score - 2] ?? 0) * (weightOf[score] ?? 0);
        covariance += together - (counts[score] ?? 0) * (own[score] ?? 0) * (other[score] ?? 0);
      }
      information.set(first, second, covariance);
      information.set(second, first, covariance);
    }
  }
  return { expected, information };
}

/** Elementary symmetric functions by summation, which loses no digits, of all items but up to two. */
function symmetricFunctions(easiness: Float64Array, first: number, second: number): Float64Array {
  const gamma = new Float64Array(easiness.length + 1);
  gamma[0] = 1;
  let taken = 0;
  for (let item = 0; item < easiness.length; item += 1) {
    if (item === first || item === second) continue;
    taken += 1;
    const value = easiness[item] ?? 0;
    for (let order = taken; order > 0; order -= 1) gamma[order] = (gamma[order] ?? 0) + value * (gamma[order - 1] ?? 0);
  }
  return gamma;
}

type Estimated = { readonly groups: Groups; readonly estimate: Conditional; readonly abilities: readonly number[] };

function itemOf({ groups: { counts, right }, estimate: { difficulties, standardErrors }, abilities }: Estimated, index: number): RaschItem {
  const difficulty = difficulties[index] ?? 0;
  const sums = { candidates: 0, outfit: 0, residual: 0, variance: 0, excess: 0 };
  for (const [score, count] of counts.entries()) {
    if (count === 0) continue;
    const probability = 1 / (1 + Math.exp(difficulty - (abilities[score] ?? 0)));
    const variance = probability * (1 - probability);
    const rightOnes = right[score]?.[index] ?? 0;
    const squares = rightOnes * (1 - probability) ** 2 + (count - rightOnes) * probability ** 2;
    const fourth = variance * ((1 - probability) ** 3 + probability ** 3);
    sums.candidates += count;
    sums.outfit += squares / variance;
    sums.residual += squares;
    sums.variance += count * variance;
    sums.excess += count * (fourth - variance ** 2);
  }
  const infit = sums.residual / sums.variance;
  const deviation = Math.sqrt(sums.excess) / sums.variance;
  return {
    difficulty,
    standardError: standardErrors[index] ?? 0,
    infit,
    outfit: sums.outfit / sums.candidates,
    infitZ: (Math.cbrt(infit) - 1) * (3 / deviation) + deviation / 3,
  };
}

/** Where so many right answers are expected. */
function abilityOf(score: number, difficulties: readonly number[]): number {
  let [low, high] = [-50, 50];
  for (let step = 0; step < 100; step += 1) {
    const ability = (low + high) / 2;
    const expected = total(difficulties.map((difficulty) => 1 / (1 + Math.exp(difficulty - ability))));
    if (expected < score) low = ability;
    else high = ability;
  }
  return (low + high) / 2;
}

function centred(values: readonly number[]): readonly number[] {
  const middle = total(values) / values.length;
  return values.map((value) => value - middle);
}

function total(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
