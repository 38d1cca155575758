import type { Attempt } from '../generated/client.ts';

export type Standing = Attempt['phase'] | 'passedSince';

/** The phase as candidates read it: of a test that a regrade made a pass of, the attempt is over all the same, and is not called failed. */
export function standingOf({ phase, waitingFor }: Attempt): Standing {
  return waitingFor?.code === 'register_again' ? 'passedSince' : phase;
}
