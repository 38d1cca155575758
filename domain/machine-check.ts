import { fitKernelRidge, fitRidge } from './ridge.ts';
import { FEATURE_PLACES, countFeatures, likeness, likenesses, rarityOf, vectorOf, type TextVector } from './text-features.ts';

/**
 * The machine check (design, section 3): what a mark of a text answer would be, by answers to the same item that people
 * marked and by the model answer. One input of an assessment, and never a mark. Marks are shares of the item's points.
 */

/** An answer with what people gave it, as a share of its points with their severity taken out. */
export type MarkedText = { readonly itemId: string; readonly answer: string; readonly modelAnswer: string; readonly share: number };

/** What was learned about one item: its answers' mean, and what each place of a text adds to it. */
type ItemCheck = { readonly mean: number; readonly base: number; readonly places: readonly number[] };

export type MachineCheck = {
  readonly rarity: readonly number[];
  /** Of a prediction: constant, what the item's own answers say beyond their mean, likeness to the model answer, length. */
  readonly coefficients: readonly number[];
  readonly items: Readonly<Record<string, ItemCheck>>;
};

/** Answers to one item count so much less than a likeness of 1 counts. Found on double marks split by assignment, as the other two. */
const KERNEL_PULL = 1;
/** So likely are two answers to one item to have something in common that no word shows: their level. */
const COMMON = 10;
const RIDGE_PULL = 1;
/** With fewer, what answers to an item say is chance. */
const ANSWERS_MIN = 5;
/** Of the latest answers to one item so many are compared with each other. */
const ANSWERS_MAX = 300;

/** A check, and for each answer that it learned from the share that it would predict if it had not. */
export type Learned = { readonly check: MachineCheck; readonly leftOut: readonly number[] };

/** Learns from marked answers. Undefined where there is none. */
export function fitMachineCheck(texts: readonly MarkedText[]): Learned | undefined {
  if (texts.length === 0) return undefined;
  const rarity = rarityOf(unique(texts.flatMap(({ answer, modelAnswer }) => [answer, modelAnswer])));
  const { items, rows } = learnItems(texts, rarity);
  const coefficients = fitRidge(
    rows,
    texts.map(({ share }) => share),
    [0, RIDGE_PULL, RIDGE_PULL, RIDGE_PULL],
  );
  return learned({ rarity, coefficients, items }, rows);
}

/** The same check with what these answers say about their items: from first marks alone, without fitting anew what is common to all. */
export function learnedFrom(check: MachineCheck, texts: readonly MarkedText[]): Learned {
  const { items, rows } = learnItems(texts, check.rarity);
  return learned({ ...check, items: { ...check.items, ...items } }, rows);
}

function learned(check: MachineCheck, rows: readonly (readonly number[])[]): Learned {
  return { check, leftOut: rows.map((row) => predictionOf(check, row)) };
}

/** The predicted share of the points, 0 to 1. An item without marked answers is judged by its model answer alone. */
export function predictShare(check: MachineCheck, text: Omit<MarkedText, 'share'>): number {
  const item = check.items[text.itemId];
  const vector = vectorOf(countFeatures(text.answer), check.rarity);
  let beyond = 0;
  if (item) {
    beyond = item.base - item.mean;
    for (const [place, weight] of vector) beyond += weight * (item.places[place] ?? 0);
  }
  return predictionOf(check, featuresOf(text, beyond, { vector, modelVector: vectorOf(countFeatures(text.modelAnswer), check.rarity) }));
}

function predictionOf({ coefficients }: MachineCheck, features: readonly number[]): number {
  const sum = features.reduce((total, feature, column) => total + feature * (coefficients[column] ?? 0), 0);
  return Math.min(1, Math.max(0, sum));
}

function featuresOf(
  { answer }: Pick<MarkedText, 'answer'>,
  beyond: number,
  { vector, modelVector }: { readonly vector: TextVector; readonly modelVector: TextVector },
): readonly number[] {
  return [1, beyond, likeness(vector, modelVector), Math.log(1 + Array.from(answer).length)];
}

/** For each item what its answers say; for each answer its features, by what those to its item other than it say. */
function learnItems(texts: readonly MarkedText[], rarity: readonly number[]) {
  const beyond = texts.map(() => 0);
  const items: Record<string, ItemCheck> = {};
  for (const [itemId, places] of grouped(texts)) {
    const used = places.slice(-ANSWERS_MAX);
    if (used.length < ANSWERS_MIN) continue;
    const { item, leftOut } = learnItem(
      used.map((place) => texts[place]).filter((text) => text !== undefined),
      rarity,
    );
    items[itemId] = item;
    used.forEach((place, index) => (beyond[place] = leftOut[index] ?? 0));
  }
  const modelVectors = new Map(
    [...new Set(texts.map(({ modelAnswer }) => modelAnswer))].map((text) => [text, vectorOf(countFeatures(text), rarity)]),
  );
  const rows = texts.map((text, place) =>
    featuresOf(text, beyond[place] ?? 0, {
      vector: vectorOf(countFeatures(text.answer), rarity),
      modelVector: modelVectors.get(text.modelAnswer) ?? new Map(),
    }),
  );
  return { items, rows };
}

function learnItem(texts: readonly MarkedText[], rarity: readonly number[]): { readonly item: ItemCheck; readonly leftOut: readonly number[] } {
  const shares = texts.map(({ share }) => share);
  const sum = shares.reduce((total, share) => total + share, 0);
  const vectors = [...texts.map(({ answer }) => answer), texts[0]?.modelAnswer ?? ''].map((text) => vectorOf(countFeatures(text), rarity));
  // The model answer is one more answer, with all points.
  const fit = fitKernelRidge(
    likenesses(vectors).map((row) => row.map((alike) => COMMON + alike)),
    [...shares, 1],
    KERNEL_PULL,
  );
  const places = Array.from({ length: FEATURE_PLACES }, () => 0);
  vectors.forEach((vector, row) => {
    for (const [place, weight] of vector) places[place] = (places[place] ?? 0) + weight * (fit.weights[row] ?? 0);
  });
  const base = COMMON * fit.weights.reduce((total, weight) => total + weight, 0);
  const leftOut = shares.map((share, row) => (fit.leftOut[row] ?? 0) - (sum - share) / (shares.length - 1));
  return { item: { mean: sum / shares.length, base, places: places.map(rounded) }, leftOut };
}

/** Six places are more than is known, and keep a model small. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function grouped(texts: readonly MarkedText[]): ReadonlyMap<string, readonly number[]> {
  return Map.groupBy(texts.keys(), (place) => texts[place]?.itemId ?? '');
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
