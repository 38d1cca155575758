import type { Instant } from './attempt.ts';
import type { Policy, RiskPolicy, Test } from './exam.ts';
import { waitOf, WEEK_SECONDS, type NoDate } from './expectation.ts';
import type { MarkingPlan } from './marking-policies.ts';
import { markingOf, type Offer, type Outlook } from './outlook.ts';
import type { BasisPoints } from './score.ts';

/** Whether the promised week holds for what comes, for which group, from when on it does not, and what would help. */
export type PromiseForecast = {
  /** From submission to result, of a script that is handed in now and needs no adjudication; null where it can't be said. */
  readonly resultSeconds: number | null;
  readonly promisedSeconds: number;
  /** Null: as far ahead as is looked, it holds. */
  readonly risk: PromiseRisk | null;
};

export type PromiseRisk = {
  /** The first submission that would be late; now, where those that are handed in now would be. */
  readonly from: Instant;
  readonly why: RiskReason;
  /** Each helps by itself; null where it would not. */
  readonly help: {
    /** Offered in all by those who mark for this group, whole hours. */
    readonly hoursMoreAWeek: number | null;
    /** Of designated graders. */
    readonly designatedHoursMoreAWeek: number | null;
    /** The lowest limit of the policy `risk` by which the hours that are offered would do. */
    readonly riskLimit: RiskLimit | null;
  };
};

/** More waits than they can do; more comes than they can do; likewise of adjudications; each works too few hours a week for a script to be done in time. */
export const RISK_REASONS = ['not_counted', 'nobody', 'no_hours', 'backlog', 'demand', 'adjudications', 'pace'] as const;
type RiskReason = (typeof RISK_REASONS)[number];

/** One limit of the policy `risk` with what it would have done to what is marked twice of late; shares from 0 to 1. */
export type RiskLimit = {
  readonly limit: BasisPoints;
  readonly shareMarkedTwice: number;
  readonly wrongShare: number;
};

/** Of an exam by another policy a limit is told with what the form would have it do. */
const FORM_RISK: Pick<RiskPolicy, 'machineCheck' | 'sampleShare'> = { machineCheck: true, sampleShare: 500 };

/**
 * What limits do as the weekly plan of second marking found it, by the policy's own machine check and with its random sample, of which as much is
 * turned as of all that the limit leaves alone. None before there is a plan.
 */
export function riskLimitsOf(plan: Pick<MarkingPlan, 'policies'> | undefined, { risk }: Pick<Policy, 'risk'>): readonly RiskLimit[] {
  const { machineCheck, sampleShare } = risk ?? FORM_RISK;
  const sampled = sampleShare / 10_000;
  return (plan?.policies ?? []).flatMap(({ policy, limit, shareMarkedTwice, wrongShare, ...found }) =>
    policy === 'risk' && limit !== undefined && found.machineCheck === machineCheck
      ? [
          {
            limit: Math.round(limit * 10_000),
            shareMarkedTwice: shareMarkedTwice + sampled * (1 - shareMarkedTwice),
            wrongShare: wrongShare * (1 - sampled),
          },
        ]
      : [],
  );
}

/** So far ahead is looked: what grows so slowly that it is late after that can wait for the next look. */
const LOOKED_AHEAD_WEEKS = 8;

const HOUR_SECONDS = 3600;

export type ToForecast = {
  readonly outlook: Outlook | undefined;
  readonly policy: Policy;
  readonly test: Test;
  readonly now: Instant;
  /** What was measured of limits; none where nothing was. */
  readonly limits: readonly RiskLimit[];
};

export function forecastOf(asked: ToForecast): PromiseForecast {
  const { outlook, policy, test, now } = asked;
  const promisedSeconds = policy.resultPromiseSeconds[test];
  const wait = waitOf(outlook, { now, policy });
  if (typeof wait === 'string' || !outlook) return { resultSeconds: null, promisedSeconds, risk: riskWithout(asked, wait as NoDate) };
  const { marksSeconds, waitSeconds } = wait;
  const spareSeconds = promisedSeconds - marksSeconds;
  return { resultSeconds: waitSeconds + marksSeconds, promisedSeconds, risk: riskOf(asked, outlook, spareSeconds) };
}

/** What nobody hands in, nobody waits for. */
function riskWithout({ outlook, now }: ToForecast, why: NoDate): PromiseRisk | null {
  if (!outlook || (why !== 'not_counted' && outlook.underGrading === 0 && outlook.submissionsAWeek === 0)) return null;
  const needed = Math.max(outlook.marksAheadSeconds, outlook.marksAWeekSeconds);
  return {
    from: now,
    why,
    help: { hoursMoreAWeek: why === 'not_counted' ? null : hoursOf(needed), designatedHoursMoreAWeek: null, riskLimit: null },
  };
}

function riskOf(asked: ToForecast, outlook: Outlook, spareSeconds: number): PromiseRisk | null {
  const { now } = asked;
  const { graders, marksAheadSeconds: ahead, marksAWeekSeconds: coming } = outlook;
  if (spareSeconds <= 0) return { from: now, why: 'pace', help: { hoursMoreAWeek: null, designatedHoursMoreAWeek: null, riskLimit: null } };
  const marks = lateAfterWeeks({ offer: graders, ahead, coming, spareSeconds });
  const adjudications = adjudicationsLate(asked, outlook, spareSeconds);
  if (marks === undefined && adjudications === undefined) return null;
  const first = Math.min(marks ?? Infinity, adjudications ?? Infinity);
  return {
    from: now + Math.round(first * WEEK_SECONDS * 1000),
    why: (marks ?? Infinity) <= (adjudications ?? Infinity) ? (first === 0 ? 'backlog' : 'demand') : 'adjudications',
    help: {
      hoursMoreAWeek: marks === undefined ? null : hoursMissing({ offer: graders, ahead, coming, spareSeconds }),
      designatedHoursMoreAWeek: adjudications === undefined ? null : designatedMissing(outlook, spareSeconds),
      riskLimit: marks === undefined ? null : limitThatDoes(asked, outlook, spareSeconds),
    },
  };
}

type Load = { readonly offer: Offer; readonly ahead: number; readonly coming: number; readonly spareSeconds: number };

/** What waits grows by what comes beyond what is done; late is what waits longer than the promise leaves. Weeks, within those that are looked at. */
function lateAfterWeeks({ offer: { aWeekSeconds }, ahead, coming, spareSeconds }: Load): number | undefined {
  const room = (spareSeconds / WEEK_SECONDS) * aWeekSeconds - ahead;
  if (room < 0) return 0;
  const growth = coming - aWeekSeconds;
  const weeks = growth <= 0 ? Infinity : room / growth;
  return weeks <= LOOKED_AHEAD_WEEKS ? weeks : undefined;
}

/** Without a designated grader every dispute is late. */
function adjudicationsLate({ policy }: ToForecast, { designated, ...outlook }: Outlook, spareSeconds: number): number | undefined {
  const { adjudicationsAheadSeconds: ahead, adjudicationsAWeekSeconds: coming } = outlook;
  if (markingOf(policy) === 'single' || ahead + coming === 0) return undefined;
  return lateAfterWeeks({ offer: designated, ahead, coming, spareSeconds });
}

function designatedMissing(outlook: Outlook, spareSeconds: number): number {
  const { designated: offer, adjudicationsAheadSeconds: ahead, adjudicationsAWeekSeconds: coming } = outlook;
  return hoursMissing({ offer, ahead, coming, spareSeconds });
}

/** So many that what waits is done in time and what comes no longer adds to it. */
function hoursMissing({ offer: { aWeekSeconds }, ahead, coming, spareSeconds }: Load): number {
  return hoursOf(Math.max((ahead * WEEK_SECONDS) / spareSeconds, coming) - aWeekSeconds);
}

function hoursOf(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / HOUR_SECONDS));
}

/** Under `single` there is no second mark to leave out. A limit that is as low as the policy's leaves none out that is made now. */
function limitThatDoes({ policy, limits }: ToForecast, outlook: Outlook, spareSeconds: number): RiskLimit | null {
  const { graders: offer, marksAheadSeconds, marksAWeekSeconds, perSubmission } = outlook;
  if (markingOf(policy) === 'single') return null;
  const does = ({ shareMarkedTwice }: RiskLimit) => {
    const part = (1 + shareMarkedTwice) / perSubmission.marks;
    return part < 1 && lateAfterWeeks({ offer, ahead: marksAheadSeconds * part, coming: marksAWeekSeconds * part, spareSeconds }) === undefined;
  };
  const higher = limits.filter(({ limit }) => limit > (policy.risk?.limit ?? -1)).toSorted((one, other) => one.limit - other.limit);
  return higher.find(does) ?? null;
}
