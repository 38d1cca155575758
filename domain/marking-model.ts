import { erf } from 'simple-statistics';
import { predictShare, type MachineCheck, type MarkedText } from './machine-check.ts';
import { sumOf, type Millipoints } from './points.ts';
import { passes, type BasisPoints, type Score } from './score.ts';

/**
 * What past double marks say about graders and items, and the estimate made of it: how probable it is that a second,
 * independent mark turns a decision (design, section 3, *Marking*). Probabilities are estimates, hence floats; no points
 * are ever made of them.
 */

/** A grader as past marks show them; marks are shares of an item's points. */
export type GraderRecord = {
  /** By how much they give more than others (less, where negative). */
  readonly severity: number;
  /** How sure that is: the variance of what it may really be. */
  readonly severityVariance: number;
  /** How far others' marks of the same answers lie from what theirs let one expect: a variance, as a multiple of the usual one. */
  readonly spread: number;
  /** Scripts that somebody else marked as well. */
  readonly scripts: number;
};

/** The second mark of an answer, expected from the first: a constant, times the first, times the predicted one. */
export type SecondMark = {
  readonly coefficients: readonly number[];
  /** Of the second mark about what is expected: this much always, … */
  readonly varianceAlways: number;
  /** … and so many times m(1 − m) of an expected share m: none at either end. */
  readonly varianceMiddle: number;
  /** How far two answers in one script deviate together, from 0 to 1. */
  readonly correlation: number;
};

export type MarkingModel = {
  readonly scripts: number;
  readonly graders: Readonly<Record<string, GraderRecord>>;
  /** Of graders' severities: what is known of somebody new. */
  readonly severityVariance: number;
  readonly plain: SecondMark;
  /** With the machine's prediction as one more input; absent where no texts were marked. */
  readonly checked?: SecondMark;
  /** The variance of marks of an item, as a multiple of the usual one. */
  readonly itemSpreads: Readonly<Record<string, number>>;
  /** The smallest difference between marks that graders made use of, as a share of an item's points. */
  readonly step: number;
  readonly machineCheck?: MachineCheck;
};

/** What one grader gave for one answer or criterion; a criterion has no text. */
export type FirstMark = {
  readonly itemId: string;
  readonly millipointsMax: Millipoints;
  readonly millipoints: Millipoints;
  readonly text?: Pick<MarkedText, 'answer' | 'modelAnswer'>;
};

/** A test whose first marks are in. */
export type FirstMarked = {
  readonly grader: string;
  readonly marks: readonly FirstMark[];
  /** The points that are settled without a person: machine's and blank ones. */
  readonly settled: Score;
  readonly passMark: BasisPoints;
};

/** Whether a mark can still change the outcome at all: with all open points won the test passes, with all lost it fails. */
export function isOpen({ marks, settled, passMark }: Omit<FirstMarked, 'grader'>): boolean {
  const open = sumOf(marks.map((mark) => mark.millipointsMax));
  const millipointsMax = settled.millipointsMax + open;
  return (
    !passes({ millipoints: settled.millipoints, millipointsMax }, passMark) &&
    passes({ millipoints: settled.millipoints + open, millipointsMax }, passMark)
  );
}

export type Estimate = {
  /** That the mean of both marks decides otherwise than the first alone, 0 to 1. */
  readonly probability: number;
  /** Whether the machine's prediction was an input. */
  readonly machineCheck: boolean;
  /** Whether no mark can change the outcome any more. */
  readonly closed: boolean;
};

/** `predictions` (shares, by place) replace those of the model's own machine check: for marks that it was fitted on. */
export type EstimateOptions = { readonly machineCheck: boolean; readonly predictions?: readonly number[] };

/** How probable it is that a second mark turns the decision. Exactly 0 where no mark can. */
export function estimateTurn(model: MarkingModel, script: FirstMarked, { machineCheck, predictions }: EstimateOptions): Estimate {
  const predicted = machineCheck ? (predictions ?? predictionsOf(model, script.marks)) : undefined;
  const usual = predicted && model.checked ? model.checked : model.plain;
  const isChecked = usual !== model.plain;
  if (!isOpen(script)) return { probability: 0, machineCheck: isChecked, closed: true };
  const expected = expectedSecond(model, usual, script, isChecked ? predicted : undefined);
  const first = sumOf(script.marks.map(({ millipoints }) => millipoints));
  const millipointsMax = script.settled.millipointsMax + sumOf(script.marks.map((mark) => mark.millipointsMax));
  const needed = (2 * script.passMark * millipointsMax) / 10_000 - 2 * script.settled.millipoints - first;
  const step = model.step * Math.min(...script.marks.map(({ millipointsMax }) => millipointsMax));
  const passProbability = 1 - normal((needed - step / 2 - expected.mean) / Math.sqrt(expected.variance));
  const passed = passes({ millipoints: script.settled.millipoints + first, millipointsMax }, script.passMark);
  return { probability: passed ? 1 - passProbability : passProbability, machineCheck: isChecked, closed: false };
}

/** The second grader's points for all open answers together: whom it will be is not known, but not the first. */
function expectedSecond(model: MarkingModel, usual: SecondMark, { grader, marks }: FirstMarked, predicted: readonly number[] | undefined) {
  const first = model.graders[grader] ?? { severity: 0, severityVariance: model.severityVariance, spread: 1, scripts: 0 };
  const second = severityOfOthers(model, grader);
  let [mean, variance, deviations] = [0, 0, 0];
  marks.forEach(({ itemId, millipoints, millipointsMax }, place) => {
    const inputs = secondMarkInputs(millipoints / millipointsMax - first.severity, predicted?.[place]);
    const expected = expectedShare(usual, inputs);
    const deviation = Math.sqrt(varianceAt(usual, expected) * first.spread * (model.itemSpreads[itemId] ?? 1)) * millipointsMax;
    mean += (expected + second.mean) * millipointsMax;
    variance += deviation ** 2;
    deviations += deviation;
  });
  const together = usual.correlation * (deviations ** 2 - variance);
  const unsure = (first.severityVariance + second.variance) * sumOf(marks.map(({ millipointsMax }) => millipointsMax)) ** 2;
  return { mean, variance: variance + together + unsure };
}

/** What graders other than this one give more than usual, in the mean over the scripts they marked, and how far they differ in that. */
function severityOfOthers({ graders }: Pick<MarkingModel, 'graders'>, grader: string): { readonly mean: number; readonly variance: number } {
  let [weighted, squares, scripts] = [0, 0, 0];
  for (const [id, record] of Object.entries(graders)) {
    if (id === grader) continue;
    weighted += record.severity * record.scripts;
    squares += record.severity ** 2 * record.scripts;
    scripts += record.scripts;
  }
  if (scripts === 0) return { mean: 0, variance: 0 };
  const mean = weighted / scripts;
  return { mean, variance: Math.max(0, squares / scripts - mean ** 2) };
}

export function secondMarkInputs(firstShare: number, predicted: number | undefined): readonly number[] {
  return predicted === undefined ? [1, firstShare] : [1, firstShare, predicted];
}

export function expectedShare({ coefficients }: Pick<SecondMark, 'coefficients'>, inputs: readonly number[]): number {
  return inputs.reduce((total, input, place) => total + input * (coefficients[place] ?? 0), 0);
}

export function varianceAt({ varianceAlways, varianceMiddle }: Pick<SecondMark, 'varianceAlways' | 'varianceMiddle'>, expected: number): number {
  const share = Math.min(1, Math.max(0, expected));
  return varianceAlways + varianceMiddle * share * (1 - share);
}

/** Undefined where a mark has no text or nothing was learned: then the whole estimate goes without. */
export function predictionsOf({ machineCheck }: MarkingModel, marks: readonly Pick<FirstMark, 'itemId' | 'text'>[]): readonly number[] | undefined {
  if (!machineCheck) return undefined;
  const predictions = marks.flatMap(({ itemId, text }) => (text ? [predictShare(machineCheck, { itemId, ...text })] : []));
  return predictions.length === marks.length ? predictions : undefined;
}

function normal(deviations: number): number {
  return (1 + erf(deviations / Math.SQRT2)) / 2;
}
