import { learnedFrom, type MarkedText } from './machine-check.ts';
import { fitMarkingModel, isMarkedTwice, markedTexts, TooFewMarks, type MarkedItem, type MarkedScript } from './marking-fit.ts';
import { estimateTurn, isOpen, predictionsOf, type FirstMarked, type MarkingModel } from './marking-model.ts';
import { meanOf, sumOf } from './points.ts';
import { needsAdjudication, reconcile, type ItemScore } from './reconciliation.ts';
import { passes, type BasisPoints, type Score } from './score.ts';

/**
 * What policies of second marking would have cost and got wrong, on scripts that were marked twice. Each script is judged
 * twice, once from either mark as if that one had come first. "Wrong" is a decision by one mark that both marks together
 * would have turned.
 */

/** One script with one of its marks taken as the first. */
export type Judged = {
  readonly scriptId: string;
  /** Of the points, how far the first mark lies from the pass mark. */
  readonly distance: number;
  /** That the second mark turns the decision, as the model says; without and with the machine's prediction. */
  readonly probability: { readonly plain: number; readonly checked: number };
  /** Whether it does. */
  readonly turns: boolean;
  /** Whether what both disagree on decides, so that a designated grader would have to settle it. */
  readonly isAdjudicated: boolean;
};

export type Interval = { readonly low: number; readonly high: number };

const NOTHING_SETTLED: Score = { millipoints: 0, millipointsMax: 0 };

/** As the form has both where an exam says nothing else. */
const RECONCILED_BY = { tolerance: 2000, adjudication: 'when-decisive' } as const;

/** The two marks that a script may have come with first. */
const DIRECTIONS = [0, 1] as const;

/** Judges each script by a model that was fitted on other tests: `train` where given, else all scripts of the other tests. */
export function judge(
  scripts: readonly MarkedScript[],
  { train, passMark }: { train?: readonly MarkedScript[] | undefined; passMark: BasisPoints },
): readonly Judged[] {
  if (train) return judgeBy(fitMarkingModel(train), scripts, passMark);
  const tests = Map.groupBy(scripts, ({ test }) => test);
  if (tests.size < 2) throw new TooFewMarks('all scripts are of one test, and a model must be judged on a test that it was not fitted on');
  return [...tests].flatMap(([test, members]) => judgeBy(fitMarkingModel(scripts.filter((script) => script.test !== test)), members, passMark));
}

function judgeBy(model: MarkingModel, scripts: readonly MarkedScript[], passMark: BasisPoints): readonly Judged[] {
  const twice = scripts.filter(isMarkedTwice);
  return DIRECTIONS.flatMap((direction) => {
    const predictions = firstMarkPredictions(model, twice, direction);
    return twice.map((script) => judgeOne(model, firstMarked(script, direction, passMark), { script, predictions }));
  });
}

/** Judges scripts that the model has not seen, of tests that it may know: as an assessment would, by the model's own machine check. */
export function judgeUnseen(model: MarkingModel, scripts: readonly MarkedScript[], passMark: BasisPoints): readonly Judged[] {
  const twice = scripts.filter(isMarkedTwice);
  const predictions = new Map<MarkedItem, number>();
  for (const { items } of twice)
    predictionsOf(model, items)?.forEach((prediction, place) => items[place] && predictions.set(items[place], prediction));
  return DIRECTIONS.flatMap((direction) => twice.map((script) => judgeOne(model, firstMarked(script, direction, passMark), { script, predictions })));
}

/** As in real life, items are known by the first marks of other scripts; second marks that nobody has yet given teach nothing. */
function firstMarkPredictions(model: MarkingModel, scripts: readonly MarkedScript[], direction: 0 | 1): ReadonlyMap<MarkedItem, number> {
  if (!model.machineCheck) return new Map();
  const texts: readonly { readonly item: MarkedItem; readonly text: MarkedText }[] = scripts.flatMap(({ id, test, items }) =>
    items.flatMap((item) =>
      markedTexts([{ id, test, items: [{ ...item, marks: item.marks.slice(direction, direction + 1) }] }], model.graders).map(({ text }) => ({
        item,
        text,
      })),
    ),
  );
  const { leftOut } = learnedFrom(
    model.machineCheck,
    texts.map(({ text }) => text),
  );
  return new Map(texts.map(({ item }, place) => [item, leftOut[place] ?? 0]));
}

/** `passMark` where the script's own exam is not known. */
function firstMarked({ items, settled = NOTHING_SETTLED, passMark: own }: MarkedScript, direction: 0 | 1, passMark: BasisPoints): FirstMarked {
  return {
    grader: items[0]?.marks[direction]?.grader ?? '',
    marks: items.map(({ marks, ...item }) => ({ ...item, millipoints: marks[direction]?.millipoints ?? 0 })),
    settled,
    passMark: own ?? passMark,
  };
}

function judgeOne(
  model: MarkingModel,
  script: FirstMarked,
  { script: { id, items }, predictions }: { script: MarkedScript; predictions: ReadonlyMap<MarkedItem, number> },
): Judged {
  const known = items.flatMap((item) => predictions.get(item) ?? []);
  const given = known.length === items.length ? { predictions: known } : {};
  const estimate = (machineCheck: boolean) =>
    estimateTurn(model, script, { machineCheck: machineCheck && known.length === items.length, ...given }).probability;
  const { settled, passMark } = script;
  const millipointsMax = settled.millipointsMax + sumOf(items.map((item) => item.millipointsMax));
  const first = { millipoints: settled.millipoints + sumOf(script.marks.map(({ millipoints }) => millipoints)), millipointsMax };
  const means = items.map(({ marks }) => meanOf(marks[0]?.millipoints ?? 0, marks[1]?.millipoints ?? 0));
  const both = { millipoints: settled.millipoints + sumOf(means), millipointsMax };
  return {
    scriptId: id,
    distance: Math.abs(first.millipoints / millipointsMax - passMark / 10_000),
    probability: { plain: estimate(false), checked: estimate(true) },
    turns: isOpen(script) && passes(first, passMark) !== passes(both, passMark),
    isAdjudicated: isOpen(script) && isAdjudicated(items, script),
  };
}

function isAdjudicated(items: readonly MarkedItem[], { settled, passMark }: Pick<FirstMarked, 'settled' | 'passMark'>): boolean {
  const marks = items.flatMap(({ itemId, marks: ofItem }) => ofItem.map(({ millipoints }) => ({ itemId, millipoints })));
  const reconciled = reconcile(items, marks, RECONCILED_BY);
  const others: ItemScore = { itemId: 'settled', basis: 'machine', ...settled };
  return needsAdjudication({ ...reconciled, settled: [...reconciled.settled, others] }, { ...RECONCILED_BY, passMark });
}

/** Which decisions a policy would have marked twice first; the higher, the earlier. */
export type Ranking = (judged: Judged) => number;

export const RANKINGS = {
  band: ({ distance }) => -distance,
  risk: ({ probability }) => probability.plain,
  'risk+machine': ({ probability }) => probability.checked,
} satisfies Readonly<Record<string, Ranking>>;

/** Those that are marked twice where that share of them is, those ranked first, and the others; equal ones in the order of their ids. */
export function dividedAtShare(
  judged: readonly Judged[],
  share: number,
  rank: Ranking,
): { readonly twice: readonly Judged[]; readonly once: readonly Judged[] } {
  const ranked = judged.toSorted((first, second) => rank(second) - rank(first) || (first.scriptId < second.scriptId ? -1 : 1));
  const count = Math.round(share * judged.length);
  return { twice: ranked.slice(0, count), once: ranked.slice(count) };
}

/** How many decisions stay wrong then. */
export function wrongAtShare(judged: readonly Judged[], share: number, rank: Ranking): number {
  return dividedAtShare(judged, share, rank).once.filter(({ turns }) => turns).length;
}

/** 95 % by Wilson. A script that is judged twice counts once: its two decisions are no two witnesses. */
export function wilson(share: number, scripts: number): Interval {
  const z = 1.959964;
  const middle = (share + z ** 2 / (2 * scripts)) / (1 + z ** 2 / scripts);
  const half = (z * Math.sqrt((share * (1 - share)) / scripts + z ** 2 / (4 * scripts ** 2))) / (1 + z ** 2 / scripts);
  return { low: Math.max(0, Math.min(share, middle - half)), high: Math.min(1, Math.max(share, middle + half)) };
}

/** How surprised the probabilities were by what came, in the mean (log loss): the lower, the better. */
export function surpriseOf(judged: readonly Judged[], probability: (one: Judged) => number): number {
  return judged.reduce((total, one) => total + surpriseBy(one, probability), 0) / judged.length;
}

/** A probability of 0 that was wrong is not endlessly so. */
export function surpriseBy(one: Judged, probability: (one: Judged) => number): number {
  const least = 0.001;
  return -Math.log(Math.max(least, one.turns ? probability(one) : 1 - probability(one)));
}
