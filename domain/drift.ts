import { mean, sampleStandardDeviation } from 'simple-statistics';

/**
 * Whether a grader's marks move away from the panel's, by a two-sided tabular CUSUM (Page 1954; Montgomery, *Introduction to Statistical
 * Quality Control*, section 9.1) over the standardised differences of whole scripts, each script one observation, since marks within
 * one deviate together. Estimates in floating point: they open second marks and call staff, and decide nothing about a candidate.
 */

/** Half of the shift that is to be found soon, in standard deviations: a shift of one. */
const REFERENCE = 0.5;
/**
 * Where the sum signals. By Siegmund's approximation (1985) a grader who stays with the panel sets it off once in 1,286 scripts that two
 * marked, and one who shifts by a standard deviation after 12. The usual limit of 5 finds it after 10, and errs once in 469: with hundreds of
 * graders that is a false alarm a day.
 */
const LIMIT = 6;
/** No single script counts for more, so that one odd script is no drift (winsorised, Hawkins 1993). */
const OBSERVATION_MAX = 3;

export const DRIFT = { reference: REFERENCE, limit: LIMIT, observationMax: OBSERVATION_MAX } as const;

/** Below so many scripts that two marked, of one exam and test, nobody knows what is usual, and nothing is judged. */
export const USUAL_SCRIPTS_MIN = 30;
/** Graders who always agree are not believed to be without error: a twentieth of the points, as in the marking model. */
const DEVIATION_MIN = 0.05;

/** Of the difference between two seats' marks of one script, as a share of the points: its mean and deviation among everybody else. */
export type Usual = { readonly mean: number; readonly deviation: number };

/** Undefined below the floor. Seats differ in the mean where second ones open by risk: what was marked low is looked at again. */
export function usualOf(differences: readonly number[]): Usual | undefined {
  if (differences.length < USUAL_SCRIPTS_MIN) return undefined;
  return { mean: mean([...differences]), deviation: Math.max(sampleStandardDeviation([...differences]), DEVIATION_MIN) };
}

export type Direction = 'severe' | 'lenient';

/** Staff have so long to speak with a grader before the desk and a mail tell them that their marks drift. */
export const DRIFT_TOLD_AFTER_HOURS = 24;

/** What the sum says after the last script, or at the one where it signalled. */
export type Drift = {
  readonly direction: Direction;
  /** Of the sum, in standard deviations. */
  readonly sum: number;
  /** The scripts since it last was 0: those that made it. */
  readonly scripts: number;
  /** At which place of the observations. */
  readonly at: number;
};

/** The first signal in standardised differences (own less than the panel's: negative), oldest first; undefined where there is none. */
export function driftIn(observations: readonly number[]): Drift | undefined {
  const sums = { severe: { sum: 0, scripts: 0 }, lenient: { sum: 0, scripts: 0 } };
  for (const [at, observation] of observations.entries()) {
    const capped = Math.min(OBSERVATION_MAX, Math.max(-OBSERVATION_MAX, observation));
    for (const [direction, signed] of [
      ['severe', -capped],
      ['lenient', capped],
    ] as const) {
      const before = sums[direction];
      const sum = Math.max(0, before.sum + signed - REFERENCE);
      sums[direction] = { sum, scripts: sum === 0 ? 0 : before.scripts + 1 };
      if (sum > LIMIT) return { direction, ...sums[direction], at };
    }
  }
  return undefined;
}
