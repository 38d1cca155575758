import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Failure } from '../../platform/failure.ts';
import type { PeopleParameters } from './people.ts';

/** How much a policy of second marking has marked twice and adjudicated: as `certifiable marking-plan --json` found it, not as somebody guessed. */

export const MARKINGS = ['single', 'double', 'risk'] as const;
export type Marking = (typeof MARKINGS)[number];

const share = z.number().min(0).max(1);
const plan = z.object({
  scripts: z.int(),
  policies: z.array(
    z.object({
      policy: z.string(),
      machineCheck: z.boolean(),
      limit: share.optional(),
      shareMarkedTwice: share,
      adjudicatedShare: share,
      wrongShare: share,
      wrongShareLow: share,
      wrongShareHigh: share,
    }),
  ),
});
export type MarkingPlan = z.output<typeof plan>;

/** On the marks of docs/marking.md: short answers alone, so case studies are taken to be alike. */
export const MARKING_PLAN_FILE = fileURLToPath(new URL('marking-plan.json', import.meta.url));

/** Throws a Failure that names the file. */
export async function readMarkingPlan(file: string): Promise<MarkingPlan> {
  try {
    return plan.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new Failure(`${file} is not what certifiable marking-plan --json prints`, { cause: error });
  }
}

export type RiskSettings = { readonly limit: number; readonly sampleShare: number };

/** All shares are of submissions, from 0 to 1. */
export type MarkingFigures = {
  readonly marking: Marking;
  readonly markedTwiceShare: number;
  readonly adjudicatedShare: number;
  /** Decided otherwise than both marks together would have. */
  readonly wrongShare: number;
  readonly wrongShareLow: number;
  readonly wrongShareHigh: number;
};

/**
 * `risk` is with the machine check; its sample is marked twice as well, and of the sample as much turns out wrong or disputed as of
 * all that the limit leaves alone. Graders who are new to the model are left out. Throws a Failure where the plan was not made at that limit.
 */
export function figuresOf({ policies }: MarkingPlan, marking: Marking, { limit, sampleShare }: RiskSettings): MarkingFigures {
  const double = policies.find(({ policy }) => policy === 'double');
  const found = policies.find(
    (one) => one.policy === marking && (marking !== 'risk' || (one.machineCheck && one.limit !== undefined && Math.abs(one.limit - limit) < 1e-9)),
  );
  if (!found || !double) {
    const limits = policies.flatMap((one) => (one.policy === 'risk' && one.machineCheck && one.limit !== undefined ? [one.limit * 100] : []));
    throw new Failure(`the marking plan has no "${marking}"${marking === 'risk' ? ` at ${limit * 100} %; it has ${limits.join(', ')} %` : ''}`);
  }
  const sampled = marking === 'risk' ? sampleShare : 0;
  const left = 1 - sampled;
  return {
    marking,
    markedTwiceShare: found.shareMarkedTwice + sampled * (1 - found.shareMarkedTwice),
    adjudicatedShare: found.adjudicatedShare + sampled * (double.adjudicatedShare - found.adjudicatedShare),
    wrongShare: found.wrongShare * left,
    wrongShareLow: found.wrongShareLow * left,
    wrongShareHigh: found.wrongShareHigh * left,
  };
}

/** `double` begins both marks at once; the others begin one. */
export function peopleMarking(figures: MarkingFigures): Pick<PeopleParameters, 'marks' | 'secondLookShare' | 'adjudicationShare'> {
  const { marking, markedTwiceShare, adjudicatedShare } = figures;
  const ofTwice = markedTwiceShare === 0 ? 0 : adjudicatedShare / markedTwiceShare;
  return {
    marks: marking === 'double' ? 2 : 1,
    secondLookShare: marking === 'risk' ? markedTwiceShare : 0,
    adjudicationShare: { aptitude: ofTwice, case_study: ofTwice },
  };
}
