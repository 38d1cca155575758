/**
 * A text as numbers, by what a reader could count in it: words, pairs of words, and runs of letters, which also work for
 * languages that put no blanks between words. Features are folded into a fixed number of places, from which nobody can
 * read the text back. The same text gives the same numbers on every machine.
 */

/** How many places features are folded into. */
export const FEATURE_PLACES = 4096;

/** How often what falls into each place stands in a text. */
export type FeatureCounts = ReadonlyMap<number, number>;

/** A text among others: common features weigh less, and its length is 1 (0 for a text without any word). */
export type TextVector = ReadonlyMap<number, number>;

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
/** Written without blanks: a run of these is no word, and one or two characters are. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const RUN_LENGTHS = [3, 4];
const UNSPACED_RUN_LENGTHS = [1, 2];

export function countFeatures(text: string): FeatureCounts {
  const counts = new Map<number, number>();
  const add = (feature: string) => {
    const place = placeOf(feature);
    counts.set(place, (counts.get(place) ?? 0) + 1);
  };
  const words = text.normalize('NFKC').toLowerCase().match(WORD) ?? [];
  words.forEach((word, index) => {
    add(word);
    const next = words[index + 1];
    if (next !== undefined) add(`${word} ${next}`);
    if (UNSPACED.test(word)) addRuns(word, UNSPACED_RUN_LENGTHS, add);
  });
  addRuns(words.join(' '), RUN_LENGTHS, add);
  return counts;
}

function addRuns(text: string, lengths: readonly number[], add: (feature: string) => void): void {
  const characters = Array.from(text);
  for (const length of lengths)
    for (let start = 0; start + length <= characters.length; start += 1) add(`#${characters.slice(start, start + length).join('')}`);
}

/** FNV-1a over the code units: fast, and the same everywhere. */
function placeOf(feature: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < feature.length; index += 1) hash = Math.imul(hash ^ feature.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % FEATURE_PLACES;
}

/** How rare what falls into each place is among texts: its inverse document frequency. One more text has each, so that none is endless. */
export function rarityOf(texts: readonly string[]): readonly number[] {
  const documents = Array.from({ length: FEATURE_PLACES }, () => 0);
  // One after the other: the counts of all texts at once take gigabytes.
  for (const text of texts) for (const place of countFeatures(text).keys()) documents[place] = (documents[place] ?? 0) + 1;
  return documents.map((count) => Math.round(Math.log((texts.length + 1) / Math.max(1, count)) * 1e6) / 1e6);
}

export function vectorOf(counts: FeatureCounts, rarity: readonly number[]): TextVector {
  const weights = new Map<number, number>();
  for (const [place, count] of counts) weights.set(place, (1 + Math.log(count)) * (rarity[place] ?? 0));
  const length = Math.sqrt([...weights.values()].reduce((sum, weight) => sum + weight * weight, 0));
  if (length === 0) return new Map();
  for (const [place, weight] of weights) weights.set(place, weight / length);
  return weights;
}

/** How alike two texts are, from 0 to 1. */
export function likeness(first: TextVector, second: TextVector): number {
  const [short, long] = first.size < second.size ? [first, second] : [second, first];
  let sum = 0;
  for (const [place, weight] of short) sum += weight * (long.get(place) ?? 0);
  return sum;
}

/** How alike each text is to each: the same as `likeness`, for many texts many times faster. */
export function likenesses(vectors: readonly TextVector[]): readonly (readonly number[])[] {
  const packed = vectors.map((vector) => ({ places: Uint16Array.from(vector.keys()), weights: Float64Array.from(vector.values()) }));
  const rows = vectors.map(() => vectors.map(() => 0));
  const dense = new Float64Array(FEATURE_PLACES);
  packed.forEach((first, row) => {
    dense.fill(0);
    first.places.forEach((place, index) => (dense[place] = first.weights[index] ?? 0));
    for (let other = 0; other <= row; other += 1) {
      const second = packed[other];
      if (!second) continue;
      let sum = 0;
      for (let index = 0; index < second.places.length; index += 1) sum += (second.weights[index] ?? 0) * (dense[second.places[index] ?? 0] ?? 0);
      const [own, others] = [rows[row], rows[other]];
      if (own) own[other] = sum;
      if (others) others[row] = sum;
    }
  });
  return rows;
}
