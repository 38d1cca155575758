/**
 * How long a grader worked at a script: the time between acts under one lease (the claim, a saved draft, a heartbeat, the completion) that lie
 * no further apart than a pause. A longer pause does not count at all, and what is worked between two acts counts whole.
 */

/** The desk beats every minute while somebody touches it, so a longer silence is a pause. Whoever calls the API beats as often. */
export const PAUSE_SECONDS = 300;

/** Worked without a pause: from one act to another. */
export type Stretch = { readonly startedAt: Date; readonly endedAt: Date };

/** Whole seconds of all stretches together, rounded to the nearest once. */
export function activeSecondsOf(stretches: readonly Stretch[]): number {
  return Math.round(stretches.reduce((sum, { startedAt, endedAt }) => sum + (endedAt.getTime() - startedAt.getTime()), 0) / 1000);
}
