import { ATTEMPTS_MIN, type AlikePair, type KeptAside, type ModelComparison } from './kept-aside.ts';
import type { MarkingPlan } from './marking-policies.ts';

/** The weekly fit of the marking model: what came of it, in records and in words. */

/** The marks that a model was fitted on. */
export type ModelData = {
  /** SHA-256 over its scripts, each as JSON, in their order. */
  readonly hash: string;
  readonly scripts: number;
  readonly markedTwice: number;
  readonly attempts: number;
  readonly marks: number;
};

export type RefitOutcome =
  | { readonly kind: 'too_few'; readonly why: string }
  | {
      readonly kind: 'fitted';
      readonly version: number;
      /** False: the same marks gave a version that was there. */
      readonly isNew: boolean;
      readonly data: ModelData;
      readonly keptAside: KeptAside;
      /** With the version that was asked then; null where there was none but this, or one that was fitted on what is kept aside. */
      readonly comparison: (ModelComparison & { readonly against: number }) | null;
      readonly alike: readonly AlikePair[];
    };

/** Why a version that was fitted does, or does not, become the one that is asked. */
export type FollowOutcome =
  'activated' | 'not_followed' | 'nothing_active' | 'same_version' | 'not_compared' | 'too_few' | 'not_better' | 'alike_graders';

/** What becomes of a fitted version, where the one of `active` is asked and `follows` is what a person wants. */
export function followOutcomeOf(refit: RefitOutcome, { active, follows }: { active: number | undefined; follows: boolean }): FollowOutcome {
  if (refit.kind === 'too_few') return 'too_few';
  if (!follows) return 'not_followed';
  if (active === undefined) return 'nothing_active';
  if (active === refit.version) return 'same_version';
  const { comparison, alike } = refit;
  // Another one was activated while this was fitted.
  if (comparison?.against !== active) return 'not_compared';
  if (alike.length > 0) return 'alike_graders';
  return comparison.isBetter ? 'activated' : 'not_better';
}

const FOLLOW_WORDS: Readonly<Record<FollowOutcome, string>> = {
  activated: 'it is asked from now on: it is better on what is kept aside',
  not_followed: 'it is asked once somebody activates it',
  nothing_active: 'no model is asked, and the first one is activated by a person',
  same_version: 'it is the one that is asked',
  not_compared: 'it is not asked: it could not be compared with the one that is, which has seen what is kept aside or was activated meanwhile',
  too_few: 'what is asked stays as it is',
  not_better: 'it is not asked: it is not better beyond chance on what is kept aside',
  alike_graders: 'it is not asked: graders’ marks are too alike, which a person has to look at',
};

export function followWords(outcome: FollowOutcome): string {
  return FOLLOW_WORDS[outcome];
}

/** For staff, one fact a line. */
export function refitWords(outcome: RefitOutcome): readonly string[] {
  if (outcome.kind === 'too_few') return [`no new version: ${outcome.why}`];
  const { version, isNew, data, keptAside, comparison, alike } = outcome;
  return [
    isNew
      ? `version ${version} was fitted on ${counted(data.markedTwice)} scripts that two graders marked`
      : `no new version: the same marks gave version ${version} before`,
    keptAsideWords(keptAside),
    ...(comparison ? [comparisonWords(comparison)] : []),
    ...alike.map(alikeWords),
  ];
}

export function alikeWords({ graders, answers }: AlikePair): string {
  return `${graders.join(' and ')} gave the same marks for all of ${counted(answers)} answers, which no two others do: did one copy?`;
}

export function keptAsideWords({ scripts, figures }: KeptAside): string {
  if (!figures) return 'nothing is kept aside yet that two graders marked: nobody can say how good it is';
  const { surprise, wrongShare } = figures;
  return (
    `on ${counted(scripts)} scripts that no model is fitted on, 30 % marked twice: ${percent(wrongShare.plain)} wrong, ${percent(wrongShare.checked)} with the machine check ` +
    `(95 %: ${percent(wrongShare.low)} to ${percent(wrongShare.high)}); surprise ${surprise.plain.toFixed(3)}, ${surprise.checked.toFixed(3)} with it`
  );
}

function comparisonWords({ against, attempts, plain, checked, isBetter }: ModelComparison & { against: number }): string {
  if (attempts < ATTEMPTS_MIN) return `too little is kept aside to compare it with version ${against}: ${attempts} attempts of ${ATTEMPTS_MIN}`;
  const of = ({ mean, standardError }: ModelComparison['plain']) => `${mean.toFixed(4)} ± ${standardError.toFixed(4)}`;
  return `beside version ${against}, surprise differs by ${of(plain)}, with the machine check by ${of(checked)}: ${isBetter ? 'better' : 'not better beyond chance'}`;
}

/** The plan as of a week, or why nothing could be judged. */
export type PlanOutcome = { readonly kind: 'too_few'; readonly why: string } | { readonly kind: 'planned'; readonly plan: MarkingPlan };

export function planWords(outcome: PlanOutcome): string {
  if (outcome.kind === 'too_few') return `no plan: ${outcome.why}`;
  return `policies are compared on ${counted(outcome.plan.decisions)} decisions`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function counted(count: number): string {
  return count.toLocaleString('en-US');
}
