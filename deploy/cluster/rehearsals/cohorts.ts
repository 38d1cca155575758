import { sendCohort, type CohortOutcome } from '../../engine/compose-people.ts';
import type { Stage } from '../stage.ts';

export type Cohorts = {
  /** The one that is under way goes on to its end, and no other begins. */
  readonly end: () => void;
  readonly ended: Promise<Sum>;
};

type Sum = { readonly told: string; readonly requests: number; readonly repeated: number };

/** The cohort again and again while something happens to the cluster, so that attempts begin before it and end after it. */
export function cohortsMeanwhile({ doors, cohort, ...work }: Stage): Cohorts {
  let isOver = false;
  const ended = (async () => {
    const outcomes: CohortOutcome[] = [];
    while (cohort !== undefined && !isOver) outcomes.push(await sendCohort(doors, { directory: cohort, ...work }));
    return summed(outcomes);
  })();
  // Whatever goes wrong there is told where it is waited for.
  ended.catch(() => undefined);
  return { end: () => (isOver = true), ended };
}

function summed(outcomes: readonly CohortOutcome[]): Sum {
  const sumOf = (key: keyof CohortOutcome) => outcomes.reduce((sum, outcome) => sum + outcome[key], 0);
  const told = outcomes.length === 0 ? 'SKIPPED' : `${sumOf('matching')} of ${sumOf('expected')}`;
  return { told, requests: sumOf('requests'), repeated: sumOf('repeated') };
}
