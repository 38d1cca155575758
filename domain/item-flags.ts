import { bound } from './correlation.ts';
import type { ChoiceFigures, GraderFigures, ItemFigures, TestFigures } from './item-analysis.ts';
import type { TallyItem } from './item-tally.ts';
import { foldedForLookUp } from './text.ts';

/** What in the figures somebody should look at. A flag says that chance is no explanation; what it is, only a person who reads the item can say. */

/** A fault may have cost somebody points; a remark says that the item tells little. */
export const FLAG_GRADES = {
  'no-answers': 'fault',
  'all-wrong': 'fault',
  'key-suspect': 'fault',
  'distractor-attracts-best': 'fault',
  'negative-discrimination': 'fault',
  'choices-alike': 'fault',
  drift: 'fault',
  misfit: 'fault',
  'severe-grader': 'fault',
  'lenient-grader': 'fault',
  'all-right': 'remark',
  'very-easy': 'remark',
  'very-hard': 'remark',
  'low-discrimination': 'remark',
  'distractor-unused': 'remark',
  'often-omitted': 'remark',
  'often-not-reached': 'remark',
  'low-reliability': 'remark',
  'few-candidates': 'remark',
} as const;
export type FlagKind = keyof typeof FLAG_GRADES;
export const FLAG_KINDS = Object.keys(FLAG_GRADES) as [FlagKind, ...FlagKind[]];
export type Flag = { readonly kind: FlagKind; readonly choices?: readonly string[] };

/** Where a flag is raised. Shares and correlations from 0 to 1; errors are standard errors, beyond which the true value must lie. */
export const FLAG_RULES = {
  /** Fewer say next to nothing about an item: none is flagged. */
  candidatesMin: 30,
  /** Fewer say it loosely. */
  candidatesEnough: 100,
  errors: 3,
  veryEasyAbove: 0.95,
  veryHardBelow: 0.25,
  lowDiscriminationBelow: 0.1,
  distractorUnusedBelow: 0.02,
  omittedAbove: 0.1,
  notReachedAbove: 0.1,
  reliabilityBelow: 0.7,
  /** Who takes a wrong choice is so many standard deviations better than who takes the other wrong ones, and so sure. */
  betterTakersFrom: 0.4,
  betterTakersErrors: 4,
  infitAbove: 1.3,
  infitErrors: 4,
  /**
   * The largest of many days is judged, hence more than 3: with Siegmund's approximation an item without drift exceeds 4.5 on one of 3,000
   * exams, where between a tenth and nine tenths of the candidates stand on either side.
   */
  driftErrors: 4.5,
  driftFrom: 0.05,
  graderErrors: 4,
  graderFrom: 0.05,
} as const;

type Unflagged<Figures> = Omit<Figures, 'flags'>;

export function flagsOfItem(figures: Unflagged<ItemFigures>, { item, candidates }: { item: TallyItem; candidates: number }): readonly Flag[] {
  const alike = alikeChoices(item);
  const byTexts: readonly Flag[] = alike.length > 0 ? [{ kind: 'choices-alike', choices: alike }] : [];
  if (candidates < FLAG_RULES.candidatesMin) return byTexts;
  const bare = bareFlags(figures, candidates);
  if (bare.length > 0) return [...byTexts, ...bare];
  return [
    ...byTexts,
    ...facilityFlags(figures, candidates),
    ...discriminationFlags(figures, candidates),
    ...blankFlags(figures, candidates),
    ...fitFlags(figures),
  ];
}

export function flagsOfTest({ candidates, alpha }: Unflagged<TestFigures>): readonly Flag[] {
  if (candidates < FLAG_RULES.candidatesEnough) return [{ kind: 'few-candidates' }];
  return alpha && alpha.high < FLAG_RULES.reliabilityBelow ? [{ kind: 'low-reliability' }] : [];
}

export function flagsOfGrader({ tests, shift }: Unflagged<GraderFigures>): readonly Flag[] {
  const { candidatesMin, graderErrors, graderFrom } = FLAG_RULES;
  if (!shift || tests < candidatesMin || Math.abs(shift.z) < graderErrors || Math.abs(shift.difference) < graderFrom) return [];
  return [{ kind: shift.difference < 0 ? 'severe-grader' : 'lenient-grader' }];
}

/** All candidates alike: there is nothing else to say. */
function bareFlags({ answered, full, none }: Unflagged<ItemFigures>, candidates: number): readonly Flag[] {
  if (answered === 0) return [{ kind: 'no-answers' }];
  if (none === candidates) return [{ kind: 'all-wrong' }];
  return full === candidates ? [{ kind: 'all-right' }] : [];
}

function facilityFlags({ facility, choices }: Unflagged<ItemFigures>, candidates: number): readonly Flag[] {
  const unused = choices.filter(({ isKey, share }) => !isKey && isBelow(share, FLAG_RULES.distractorUnusedBelow, candidates)).map(({ id }) => id);
  return [
    ...(isAbove(facility, FLAG_RULES.veryEasyAbove, candidates) ? [{ kind: 'very-easy' } as const] : []),
    ...(isBelow(facility, FLAG_RULES.veryHardBelow, candidates) ? [{ kind: 'very-hard' } as const] : []),
    ...(unused.length > 0 ? [{ kind: 'distractor-unused', choices: unused } as const] : []),
  ];
}

/** The gravest alone: a wrong key makes the rest. */
function discriminationFlags({ choices, discrimination }: Unflagged<ItemFigures>, candidates: number): readonly Flag[] {
  const { errors, lowDiscriminationBelow } = FLAG_RULES;
  const least = (value: number) => bound(value, candidates, -errors);
  const most = discrimination ? bound(discrimination.value, candidates, errors) : undefined;
  const attractive = choices.filter((choice) => !choice.isKey && choice.discrimination && least(choice.discrimination.value) > 0);
  const suspects = attractive.filter((choice) => most === undefined || most < (choice.discrimination?.value ?? 0));
  if (suspects.length > 0) return [{ kind: 'key-suspect', choices: suspects.map(({ id }) => id) }];
  const better = choices.filter((choice) => attractive.includes(choice) || hasBetterTakers(choice, choices, candidates));
  if (better.length > 0) return [{ kind: 'distractor-attracts-best', choices: better.map(({ id }) => id) }];
  if (most === undefined) return [];
  if (most < 0) return [{ kind: 'negative-discrimination' }];
  return most < lowDiscriminationBelow ? [{ kind: 'low-discrimination' }] : [];
}

/** Wrong choices tempt the ones or the others, but who takes one of them is not much better than who takes the rest: unless it is right as well. */
function hasBetterTakers(choice: ChoiceFigures, choices: readonly ChoiceFigures[], candidates: number): boolean {
  const others = choices.filter((other) => !other.isKey && other.id !== choice.id);
  const taken = others.reduce((sum, other) => sum + other.taken, 0);
  const areExclusive = choices.reduce((sum, other) => sum + other.taken, 0) <= candidates;
  if (choice.isKey || !areExclusive || choice.taken === 0 || taken === 0) return false;
  const difference = (choice.standing ?? 0) - others.reduce((sum, other) => sum + (other.standing ?? 0) * other.taken, 0) / taken;
  return difference >= FLAG_RULES.betterTakersFrom && difference > FLAG_RULES.betterTakersErrors * Math.sqrt(1 / choice.taken + 1 / taken);
}

function blankFlags({ omitted, notReached }: Unflagged<ItemFigures>, candidates: number): readonly Flag[] {
  return [
    ...(isAbove(omitted / candidates, FLAG_RULES.omittedAbove, candidates) ? [{ kind: 'often-omitted' } as const] : []),
    ...(isAbove(notReached / candidates, FLAG_RULES.notReachedAbove, candidates) ? [{ kind: 'often-not-reached' } as const] : []),
  ];
}

function fitFlags({ rasch, drift }: Unflagged<ItemFigures>): readonly Flag[] {
  const { infitAbove, infitErrors, driftErrors, driftFrom } = FLAG_RULES;
  return [
    ...(rasch && rasch.infit > infitAbove && rasch.infitZ > infitErrors ? [{ kind: 'misfit' } as const] : []),
    ...(drift && Math.abs(drift.z) >= driftErrors && Math.abs(drift.difference) >= driftFrom ? [{ kind: 'drift' } as const] : []),
  ];
}

/** Beyond the limit by so many standard errors, as Wilson's interval has them: of the limit, not of the share. */
function isAbove(share: number, limit: number, candidates: number): boolean {
  return share - limit > FLAG_RULES.errors * Math.sqrt((limit * (1 - limit)) / candidates);
}

function isBelow(share: number, limit: number, candidates: number): boolean {
  return isAbove(1 - share, 1 - limit, candidates);
}

/** Choices that differ in case, accents, blanks and punctuation at the ends alone. */
function alikeChoices({ choices }: TallyItem): readonly string[] {
  const readings = choices.map(({ text }) => (text === undefined ? undefined : foldedForLookUp(text).replaceAll(/^[\s.,;:]+|[\s.,;:]+$/g, '')));
  const isTwice = (reading: string | undefined) => reading !== undefined && readings.filter((other) => other === reading).length > 1;
  return choices.filter((_choice, place) => isTwice(readings[place])).map(({ id }) => id);
}
