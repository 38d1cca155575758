import { fitMarkingModel, isMarkedTwice, TooFewMarks, SCRIPTS_MIN, type MarkedScript } from './marking-fit.ts';
import { judgeUnseen, RANKINGS, surpriseBy, surpriseOf, wilson, wrongAtShare, type Judged } from './marking-plan.ts';
import type { MarkingModel } from './marking-model.ts';
import type { BasisPoints } from './score.ts';

/**
 * Marks that no model is ever fitted on, and by which models are compared. Which they are is decided by the attempt alone, so
 * that they are the same for every model: what one model has not seen, no later one has.
 */

/** One attempt in so many is kept aside. */
const KEPT_ASIDE_ONE_IN = 5;
/** Below, nothing can be told of which of two models is better. */
export const ATTEMPTS_MIN = 30;
/** 95 % on one side: so sure it must be that the new one is better. */
const DEVIATIONS = 1.645;
/** Where the script's own exam does not say. */
const PASS_MARK: BasisPoints = 8000;

export type Split = { readonly fitted: readonly MarkedScript[]; readonly keptAside: readonly MarkedScript[] };

/** All scripts of one attempt are on the same side, of whatever other scripts there are. */
export function splitOf(scripts: readonly MarkedScript[]): Split {
  const sides = Map.groupBy(scripts, (script) => foldOf(script, KEPT_ASIDE_ONE_IN) === 0);
  return { fitted: sides.get(false) ?? [], keptAside: sides.get(true) ?? [] };
}

function attemptOf({ attempt, id }: MarkedScript): string {
  return attempt ?? id;
}

/** FNV-1a over its code units, mixed: the same everywhere. */
function foldOf(script: MarkedScript, folds: number): number {
  let hash = 0x811c9dc5;
  for (const character of attemptOf(script)) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash ^= hash >>> 15;
  return (Math.imul(hash, 0x2c1b3c6d) >>> 8) % folds;
}

/** What a model was fitted on, and how it did on what was kept aside. */
export type KeptAside = {
  /** Scripts that two graders marked, and of so many attempts. */
  readonly scripts: number;
  readonly attempts: number;
  /** Absent where no script was kept aside. */
  readonly figures?: {
    readonly decisions: number;
    /** How surprised the probabilities were by what came, in the mean; lower is better. */
    readonly surprise: { readonly plain: number; readonly checked: number };
    /** Of the decisions with 30 % marked twice, those that both marks would have turned. */
    readonly wrongShare: { readonly plain: number; readonly checked: number; readonly low: number; readonly high: number };
  };
};

const SHARE = 0.3;

/** Fits on what is not kept aside. Throws a TooFewMarks, which says of how many. */
export function fitOnSplit(scripts: readonly MarkedScript[]): { readonly model: MarkingModel; readonly keptAside: KeptAside; readonly split: Split } {
  const split = splitOf(scripts);
  const fitted = split.fitted.filter(isMarkedTwice).length;
  if (fitted < SCRIPTS_MIN) {
    const aside = split.keptAside.filter(isMarkedTwice).length;
    throw new TooFewMarks(
      `${fitted + aside} scripts were marked by two graders, ${aside} of them are kept aside, and ${SCRIPTS_MIN} others are needed`,
    );
  }
  const model = fitMarkingModel(split.fitted);
  return { model, keptAside: judgedOnKeptAside(model, split.keptAside), split };
}

function judgedOnKeptAside(model: MarkingModel, keptAside: readonly MarkedScript[]): KeptAside {
  const twice = keptAside.filter(isMarkedTwice);
  const attempts = new Set(twice.map(attemptOf)).size;
  const judged = judgeUnseen(model, twice, PASS_MARK);
  if (judged.length === 0) return { scripts: 0, attempts: 0 };
  const wrong = (rank: keyof typeof RANKINGS) => wrongAtShare(judged, SHARE, RANKINGS[rank]) / judged.length;
  const checked = wrong('risk+machine');
  return {
    scripts: twice.length,
    attempts,
    figures: {
      decisions: judged.length,
      surprise: { plain: surpriseOf(judged, PLAIN), checked: surpriseOf(judged, CHECKED) },
      wrongShare: { plain: wrong('risk'), checked, ...wilson(checked, attempts) },
    },
  };
}

const PLAIN = ({ probability }: Judged) => probability.plain;
const CHECKED = ({ probability }: Judged) => probability.checked;

/** By how much more the new model was surprised than the other, in the mean over attempts; below 0 it is better. */
type Difference = { readonly mean: number; readonly standardError: number };

export type ModelComparison = {
  /** Kept aside, with a script that two graders marked. */
  readonly attempts: number;
  /** Of the probabilities without and with machine check: exams ask for either. */
  readonly plain: Difference;
  readonly checked: Difference;
  /** Whether the new one is better beyond chance, by both. */
  readonly isBetter: boolean;
};

/**
 * Whether a new model is better than another on what is kept aside from both. The rule: for each attempt, the surprise of the new model
 * less that of the other, in the mean over its decisions (each script from either mark); the mean of these differences over attempts plus
 * 1.645 of its standard errors is below 0, without machine check and with it, of at least 30 attempts.
 */
export function compareModels(next: MarkingModel, other: MarkingModel, keptAside: readonly MarkedScript[]): ModelComparison {
  const twice = keptAside.filter(isMarkedTwice);
  const [ofNext, ofOther] = [judgeUnseen(next, twice, PASS_MARK), judgeUnseen(other, twice, PASS_MARK)];
  const attempts = new Map(twice.map((script) => [script.id, attemptOf(script)]));
  const differenceOf = (probability: (one: Judged) => number): Difference => {
    const byAttempt = Map.groupBy(ofNext.keys(), (place) => attempts.get(ofNext[place]?.scriptId ?? '') ?? '');
    const differences = [...byAttempt.values()].map((places) =>
      meanOf(places.map((place) => surpriseAt(ofNext, place, probability) - surpriseAt(ofOther, place, probability))),
    );
    return { mean: meanOf(differences), standardError: standardErrorOf(differences) };
  };
  const [plain, checked] = [differenceOf(PLAIN), differenceOf(CHECKED)];
  const count = new Set(attempts.values()).size;
  const isBetter = count >= ATTEMPTS_MIN && [plain, checked].every(({ mean, standardError }) => mean + DEVIATIONS * standardError < 0);
  return { attempts: count, plain, checked, isBetter };
}

function surpriseAt(judged: readonly Judged[], place: number, probability: (one: Judged) => number): number {
  const one = judged[place];
  if (!one) throw new RangeError('both models judge the same scripts');
  return surpriseBy(one, probability);
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
}

function standardErrorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1) / values.length);
}

/** Judges every script by a model of other attempts: each fifth by one that was fitted on the other four. Throws a TooFewMarks. */
export function judgeByFolds(scripts: readonly MarkedScript[]): readonly Judged[] {
  return Array.from({ length: KEPT_ASIDE_ONE_IN }, (_fold, fold) => fold).flatMap((fold) => {
    const sides = Map.groupBy(scripts, (script) => foldOf(script, KEPT_ASIDE_ONE_IN) === fold);
    const unseen = (sides.get(true) ?? []).filter(isMarkedTwice);
    return unseen.length === 0 ? [] : judgeUnseen(fitMarkingModel(sides.get(false) ?? []), unseen, PASS_MARK);
  });
}

/** Two graders whose marks agree as no two others' do. */
export type AlikePair = { readonly graders: readonly [string, string]; readonly answers: number };

/** So unlikely their agreement must be. */
const CHANCE_MAX = 1e-6;

/**
 * Pairs of graders who gave the very same mark for each answer that both marked, where that is less likely than one in a million at the
 * share of same marks that all other pairs have. Where there is no other pair nobody can tell.
 */
export function alikePairs(scripts: readonly MarkedScript[]): readonly AlikePair[] {
  const pairs = new Map<string, { graders: readonly [string, string]; answers: number; same: number }>();
  for (const { items } of scripts.filter(isMarkedTwice)) {
    for (const { marks } of items) {
      const [first, second] = marks.toSorted((one, other) => (one.grader < other.grader ? -1 : 1));
      if (!first || !second) continue;
      const key = JSON.stringify([first.grader, second.grader]);
      const pair = pairs.get(key) ?? { graders: [first.grader, second.grader], answers: 0, same: 0 };
      pair.answers += 1;
      if (first.millipoints === second.millipoints) pair.same += 1;
      pairs.set(key, pair);
    }
  }
  const all = [...pairs.values()];
  const [answers, same] = [all.reduce((sum, pair) => sum + pair.answers, 0), all.reduce((sum, pair) => sum + pair.same, 0)];
  return all.flatMap((pair) => {
    if (pair.same < pair.answers || pair.answers === answers) return [];
    const usual = (same - pair.same) / (answers - pair.answers);
    return usual ** pair.answers < CHANCE_MAX ? [{ graders: pair.graders, answers: pair.answers }] : [];
  });
}
