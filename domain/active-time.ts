/**
 * How long a grader worked at a script: the time between acts under one lease (the claim, a saved draft, a heartbeat, the completion) that lie
 * no further apart than a pause. A longer pause does not count at all, and what is worked between two acts counts whole.
 */

/** The desk beats every minute while somebody touches it, so a longer silence is a pause. Whoever calls the API beats as often. */
export const PAUSE_SECONDS = 300;
