import { fitMachineCheck, type MarkedText } from './machine-check.ts';
import {
  expectedShare,
  secondMarkInputs,
  varianceAt,
  type FirstMark,
  type GraderRecord,
  type MarkingModel,
  type SecondMark,
} from './marking-model.ts';
import type { Millipoints } from './points.ts';
import { fitRidge } from './ridge.ts';
import type { BasisPoints, Score } from './score.ts';

/** One answer or criterion, with the independent marks it got. */
export type MarkedItem = Omit<FirstMark, 'millipoints'> & {
  readonly marks: readonly { readonly grader: string; readonly millipoints: Millipoints }[];
};

/** One submission whose open answers were marked by one grader, or by two who did not see each other's marks. */
export type MarkedScript = {
  readonly id: string;
  /** What was marked with one rubric: an exam version's test. Models are judged on tests that they were not fitted on. */
  readonly test: string;
  /** Scripts of one attempt stay on one side of a split; without it, a script is alone. */
  readonly attempt?: string;
  /** The points that were settled without a person; none where it is not said. */
  readonly settled?: Score;
  /** Of its exam, where that is known. */
  readonly passMark?: BasisPoints;
  readonly items: readonly MarkedItem[];
};

/** As if each grader had as many more scripts without any difference to others. */
const SEVERITY_PULL = 5;
/** As if each had as many more marks of the usual spread. */
const SPREAD_PULL = 50;
const RIDGE_PULL = 1;
/** A twentieth of the points, squared: nobody is known better, and graders who agree in everything are not a law of nature. */
const VARIANCE_MIN = 0.0025;
/** 3 % of the points, squared: at least so far apart graders are before anything is known. */
const SEVERITY_VARIANCE_MIN = 0.0009;
const SPREAD_BOUNDS = { min: 0.25, max: 4 };

/** Below that, decisions are made by two marks: nothing about graders can be told from less. */
export const SCRIPTS_MIN = 30;

/** Why nothing can be fitted; to be read after "no model: ". */
export class TooFewMarks extends Error {}

/** One direction of a double mark: what the first grader gave, and what the second one gave then. */
type Pair = {
  readonly script: number;
  readonly itemId: string;
  readonly first: string;
  readonly second: string;
  readonly firstShare: number;
  readonly secondShare: number;
  readonly predicted: number | undefined;
};

/** Fits a marking model. Throws a TooFewMarks below the floor: until there is more, everything is marked twice. */
export function fitMarkingModel(scripts: readonly MarkedScript[]): MarkingModel {
  const twice = scripts.filter(isMarkedTwice);
  if (twice.length < SCRIPTS_MIN) throw new TooFewMarks(`${twice.length} scripts were marked by two graders, and ${SCRIPTS_MIN} are needed`);
  const severities = severitiesOf(twice);
  const severityVariance = Math.max(SEVERITY_VARIANCE_MIN, meanOf(severities.map(({ severity }) => severity ** 2)));
  const known = Object.fromEntries(
    severities.map(({ grader, severity, scripts: count }): [string, GraderRecord] => [
      grader,
      { severity, severityVariance: (severityVariance * SEVERITY_PULL) / (count + SEVERITY_PULL), spread: 1, scripts: count },
    ]),
  );
  const texts = markedTexts(scripts, known);
  const learned = fitMachineCheck(texts.map(({ text }) => text));
  const predictionByItem = new Map(texts.map(({ item }, place) => [item, learned?.leftOut[place]]));
  const pairs = pairsOf(twice, predictionByItem);
  const plain = fitSecondMark(
    pairs.map((pair) => ({ ...pair, predicted: undefined })),
    known,
  );
  const withTexts = pairs.filter(({ predicted }) => predicted !== undefined);
  const checked = new Set(withTexts.map(({ script }) => script)).size >= SCRIPTS_MIN ? fitSecondMark(withTexts, known) : undefined;
  const spreads = spreadsOf(pairs, known, plain);
  return {
    scripts: twice.length,
    graders: Object.fromEntries(Object.entries(known).map(([grader, record]) => [grader, { ...record, spread: spreads.graders.get(grader) ?? 1 }])),
    severityVariance,
    plain,
    ...(checked ? { checked } : {}),
    itemSpreads: Object.fromEntries(spreads.items),
    step: stepOf(twice),
    ...(learned ? { machineCheck: learned.check } : {}),
  };
}

export function isMarkedTwice({ items }: MarkedScript): boolean {
  return items.length > 0 && items.every(({ marks }) => marks.length === 2 && marks[0]?.grader !== marks[1]?.grader);
}

/** Who gives more than others: from differences on the same scripts alone, so that whom one happened to mark does not count. */
function severitiesOf(scripts: readonly MarkedScript[]) {
  const differences = scripts.map(({ items }) => ({
    graders: items[0]?.marks.map(({ grader }) => grader) ?? [],
    difference: meanOf(items.map(({ marks, millipointsMax }) => ((marks[0]?.millipoints ?? 0) - (marks[1]?.millipoints ?? 0)) / millipointsMax)),
  }));
  const graders = [...new Set(differences.flatMap((one) => one.graders))].toSorted();
  const severities = fitRidge(
    differences.map(({ graders: [first, second] }) => graders.map((grader) => Number(grader === first) - Number(grader === second))),
    differences.map(({ difference }) => difference),
    graders.map(() => SEVERITY_PULL),
  );
  return graders.map((grader, place) => ({
    grader,
    severity: severities[place] ?? 0,
    scripts: differences.filter((one) => one.graders.includes(grader)).length,
  }));
}

function shareOf(mark: { readonly millipoints: Millipoints } | undefined, { millipointsMax }: MarkedItem): number {
  return (mark?.millipoints ?? 0) / millipointsMax;
}

/** Each text with the mean of its marks, their graders' severity taken out. */
export function markedTexts(
  scripts: readonly MarkedScript[],
  graders: Readonly<Record<string, Pick<GraderRecord, 'severity'>>>,
): readonly { readonly item: MarkedItem; readonly text: MarkedText }[] {
  return scripts.flatMap(({ items }) =>
    items.flatMap((item) => {
      if (!item.text || item.marks.length === 0) return [];
      const share = meanOf(item.marks.map((mark) => shareOf(mark, item) - (graders[mark.grader]?.severity ?? 0)));
      return [{ item, text: { itemId: item.itemId, ...item.text, share } }];
    }),
  );
}

function pairsOf(scripts: readonly MarkedScript[], predictions: ReadonlyMap<MarkedItem, number | undefined>): readonly Pair[] {
  return scripts.flatMap(({ items }, script) =>
    items.flatMap((item) => {
      const [one, other] = item.marks;
      if (!one || !other) return [];
      const base = { script, itemId: item.itemId, predicted: predictions.get(item) };
      return [
        { ...base, first: one.grader, second: other.grader, firstShare: shareOf(one, item), secondShare: shareOf(other, item) },
        { ...base, first: other.grader, second: one.grader, firstShare: shareOf(other, item), secondShare: shareOf(one, item) },
      ];
    }),
  );
}

type Severities = Readonly<Record<string, Pick<GraderRecord, 'severity'>>>;

const severityOf = (graders: Severities, grader: string) => graders[grader]?.severity ?? 0;

function inputsOf({ first, firstShare, predicted }: Pair, graders: Severities): readonly number[] {
  return secondMarkInputs(firstShare - severityOf(graders, first), predicted);
}

function residualOf(pair: Pair, graders: Severities, fit: Pick<SecondMark, 'coefficients'>): number {
  return pair.secondShare - severityOf(graders, pair.second) - expectedShare(fit, inputsOf(pair, graders));
}

function fitSecondMark(pairs: readonly Pair[], graders: Severities): SecondMark {
  const rows = pairs.map((pair) => inputsOf(pair, graders));
  const coefficients = fitRidge(
    rows,
    pairs.map((pair) => pair.secondShare - severityOf(graders, pair.second)),
    (rows[0] ?? []).map((_input, column) => (column === 0 ? 0 : RIDGE_PULL)),
  );
  const variance = Math.max(VARIANCE_MIN, meanOf(pairs.map((pair) => residualOf(pair, graders, { coefficients }) ** 2)));
  const middle = meanOf(rows.map((inputs) => varianceAt({ varianceAlways: 0, varianceMiddle: 1 }, expectedShare({ coefficients }, inputs))));
  const shape = { varianceAlways: variance / 2, varianceMiddle: middle > 0 ? variance / 2 / middle : 0 };
  return { coefficients, ...shape, correlation: correlationOf(pairs, graders, { coefficients, ...shape }) };
}

/** How alike the deviations within one script and direction are: the mean product of two of them. */
function correlationOf(pairs: readonly Pair[], graders: Severities, fit: Omit<SecondMark, 'correlation'>): number {
  const scripts = Map.groupBy(pairs, ({ script, first }) => `${script} ${first}`);
  let [products, count] = [0, 0];
  for (const members of scripts.values()) {
    const scaled = members.map((pair) => residualOf(pair, graders, fit) / Math.sqrt(varianceAt(fit, expectedShare(fit, inputsOf(pair, graders)))));
    products += scaled.reduce((total, value) => total + value, 0) ** 2 - scaled.reduce((total, value) => total + value ** 2, 0);
    count += members.length * (members.length - 1);
  }
  return count === 0 ? 0 : Math.min(1, Math.max(0, products / count));
}

function spreadsOf(pairs: readonly Pair[], graders: Severities, fit: SecondMark) {
  const scaled = (pair: Pair) => residualOf(pair, graders, fit) ** 2 / varianceAt(fit, expectedShare(fit, inputsOf(pair, graders)));
  const spreadBy = (key: (pair: Pair) => string) =>
    new Map([...Map.groupBy(pairs, key)].map(([name, members]): [string, number] => [name, pulledSpread(members.map(scaled))]));
  return { items: spreadBy(({ itemId }) => itemId), graders: spreadBy(({ first }) => first) };
}

function pulledSpread(ratios: readonly number[]): number {
  const spread = (ratios.reduce((total, ratio) => total + ratio, 0) + SPREAD_PULL) / (ratios.length + SPREAD_PULL);
  return Math.min(SPREAD_BOUNDS.max, Math.max(SPREAD_BOUNDS.min, spread));
}

/** The greatest share that all marks are multiples of. */
function stepOf(scripts: readonly MarkedScript[]): number {
  let step = 1;
  for (const { marks, millipointsMax } of scripts.flatMap(({ items }) => items))
    step = Math.min(step, marks.reduce((divisor, { millipoints }) => commonDivisor(divisor, millipoints), millipointsMax) / millipointsMax);
  return step;
}

function commonDivisor(first: number, second: number): number {
  return second === 0 ? first : commonDivisor(second, first % second);
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((total, value) => total + value, 0) / values.length;
}
