import { dividedAtShare, RANKINGS, surpriseOf, wilson, type Interval, type Judged } from './marking-plan.ts';

/** What each policy of second marking costs and gets wrong, of judged decisions. */

/** What an attempt takes, in the mean. Hours are of graders; shares from 0 to 1. */
export type Costs = {
  readonly hours: { readonly aptitude: number; readonly caseStudy: number };
  readonly adjudicationHours: { readonly aptitude: number; readonly caseStudy: number };
  /** Of aptitude tests: those alone come to a case study. */
  readonly aptitudePassShare: number;
  readonly hourly: number;
};

/** As `npm run simulate` has them. */
export const COSTS: Costs = {
  hours: { aptitude: 3, caseStudy: 8 },
  adjudicationHours: { aptitude: 1, caseStudy: 3 },
  aptitudePassShare: 0.65,
  hourly: 50,
};

export type PolicyOutcome = {
  readonly policy: 'single' | 'double' | 'random' | 'band' | 'risk';
  readonly machineCheck: boolean;
  /** Of `risk` where it is not a share that was given: above it a second seat opens. */
  readonly limit?: number;
  readonly shareMarkedTwice: number;
  /** Of all decisions: a designated grader settles what both disagree on. */
  readonly adjudicatedShare: number;
  /** Decisions by one mark that both would have turned, of all decisions. */
  readonly wrongShare: number;
  readonly wrongShareLow: number;
  readonly wrongShareHigh: number;
  readonly hoursPerAttempt: number;
  readonly costPerAttempt: number;
};

/** Of the policy `risk`, where nobody names others. */
export const LIMITS = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3];

/** What was compared, for a program as well. */
export type MarkingPlan = {
  /** Marked by two graders. */
  readonly scripts: number;
  /** Each script twice: from either mark. */
  readonly decisions: number;
  readonly machineCheckHelps: boolean;
  readonly policies: readonly PolicyOutcome[];
  readonly calibration: Readonly<Record<'plain' | 'machineCheck', readonly CalibrationStep[]>>;
};

export function planOf(
  judged: readonly Judged[],
  { limits = LIMITS, costs = COSTS }: { limits?: readonly number[]; costs?: Costs } = {},
): MarkingPlan {
  return {
    scripts: new Set(judged.map(({ scriptId }) => scriptId)).size,
    decisions: judged.length,
    machineCheckHelps: machineCheckHelps(judged),
    policies: comparePolicies(judged, limits, costs),
    calibration: { plain: calibrate(judged, (one) => one.probability.plain), machineCheck: calibrate(judged, (one) => one.probability.checked) },
  };
}

const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5];

type Chosen = Pick<PolicyOutcome, 'policy' | 'machineCheck' | 'adjudicatedShare'> & {
  readonly limit?: number;
  readonly share: number;
  readonly wrong: number;
};

export function comparePolicies(judged: readonly Judged[], limits: readonly number[], costs: Costs): readonly PolicyOutcome[] {
  const scripts = new Set(judged.map(({ scriptId }) => scriptId)).size;
  const turning = judged.filter(({ turns }) => turns).length;
  const allAdjudicated = adjudicatedOf(judged) / judged.length;
  const ranked = (share: number, ranking: keyof typeof RANKINGS) => {
    const { twice, once } = dividedAtShare(judged, share, RANKINGS[ranking]);
    return { share, wrong: once.filter(({ turns }) => turns).length, adjudicatedShare: adjudicatedOf(twice) / judged.length };
  };
  const byShare = SHARES.flatMap((share): Chosen[] => [
    { policy: 'random', machineCheck: false, share, wrong: (1 - share) * turning, adjudicatedShare: share * allAdjudicated },
    { policy: 'band', machineCheck: false, ...ranked(share, 'band') },
    { policy: 'risk', machineCheck: false, ...ranked(share, 'risk') },
    { policy: 'risk', machineCheck: true, ...ranked(share, 'risk+machine') },
  ]);
  const byLimit = limits.flatMap((limit) => [atLimit(judged, limit, false), atLimit(judged, limit, true)]);
  const chosen: readonly Chosen[] = [
    { policy: 'single', machineCheck: false, share: 0, wrong: turning, adjudicatedShare: 0 },
    { policy: 'double', machineCheck: false, share: 1, wrong: 0, adjudicatedShare: allAdjudicated },
    ...byShare,
    ...byLimit,
  ];
  return chosen.map(({ policy, machineCheck, limit, share, wrong, adjudicatedShare }) => {
    const wrongShare = wrong / judged.length;
    const { low, high } = wilson(wrongShare, scripts);
    const hoursPerAttempt = hoursOf({ share, adjudicatedShare }, costs);
    return {
      policy,
      machineCheck,
      ...(limit === undefined ? {} : { limit }),
      shareMarkedTwice: share,
      adjudicatedShare,
      wrongShare,
      wrongShareLow: low,
      wrongShareHigh: high,
      hoursPerAttempt,
      costPerAttempt: hoursPerAttempt * costs.hourly,
    };
  });
}

function atLimit(judged: readonly Judged[], limit: number, machineCheck: boolean): Chosen {
  const isTwice = ({ probability }: Judged) => (machineCheck ? probability.checked : probability.plain) > limit;
  const twice = judged.filter(isTwice);
  return {
    policy: 'risk',
    machineCheck,
    limit,
    share: twice.length / judged.length,
    wrong: judged.filter((one) => one.turns && !isTwice(one)).length,
    adjudicatedShare: adjudicatedOf(twice) / judged.length,
  };
}

function adjudicatedOf(judged: readonly Judged[]): number {
  return judged.filter(({ isAdjudicated }) => isAdjudicated).length;
}

function hoursOf(
  { share, adjudicatedShare }: Pick<Chosen, 'share' | 'adjudicatedShare'>,
  { hours, adjudicationHours, aptitudePassShare }: Costs,
): number {
  const of = (test: 'aptitude' | 'caseStudy') => hours[test] * (1 + share) + adjudicatedShare * adjudicationHours[test];
  return of('aptitude') + aptitudePassShare * of('caseStudy');
}

/** Whether probabilities are what they say: those from `from` to `to` beside how often the second mark did turn the decision. */
export type CalibrationStep = { readonly from: number; readonly to: number; readonly decisions: number; readonly predicted: number } & {
  readonly found: number;
} & Interval;

const STEPS = [0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 1];

export function calibrate(judged: readonly Judged[], probability: (one: Judged) => number): readonly CalibrationStep[] {
  return STEPS.slice(1).flatMap((to, index) => {
    const from = STEPS[index] ?? 0;
    const within = judged.filter((one) => probability(one) >= from && (probability(one) < to || to === 1));
    if (within.length === 0) return [];
    const found = within.filter(({ turns }) => turns).length / within.length;
    const predicted = within.reduce((sum, one) => sum + probability(one), 0) / within.length;
    return [{ from, to, decisions: within.length, predicted, found, ...wilson(found, within.length) }];
  });
}

/** Whether the machine check earns its place: with it, what came was less of a surprise. */
export function machineCheckHelps(judged: readonly Judged[]): boolean {
  return surpriseOf(judged, ({ probability }) => probability.checked) < surpriseOf(judged, ({ probability }) => probability.plain);
}
