import { adderTo, emptyTally, type ItemTally, type TakenItem, type TallyItem } from '../../domain/item-tally.ts';
import { seededRandom } from '../../trials/people/random.ts';

/** Exams drawn from a known truth, with faults planted: what item analysis has to find, and what it must not. */

export type Faults = {
  /** Of the item at this place, the key names a wrong choice. */
  readonly wrongKey?: number;
  /** A wrong choice of the item at this place reads as the right one does. */
  readonly keyTwice?: number;
  /** From a day on nearly everybody knows the item at this place. */
  readonly leaked?: { readonly place: number; readonly day: number };
  /** Nobody takes the last choice of the item at this place. */
  readonly neverTaken?: number;
  /** This grader gives so much less, as a share of the points. */
  readonly severe?: { readonly grader: string; readonly by: number };
};

export type Drawn = {
  readonly seed: string;
  readonly candidates: number;
  readonly choiceItems?: number;
  readonly textItems?: number;
  readonly faults?: Faults;
};

const CHOICES = ['A', 'B', 'C', 'D'];
const DAYS = 60;
const GRADERS = Array.from({ length: 12 }, (_none, place) => `grader-${place + 1}`);
const CHOICE_POINTS = 1000;
const TEXT_POINTS = 4000;
const PASS_MARK = 7000;

type Truth = { readonly difficulty: number; readonly slope: number; readonly right: number; readonly pull: readonly number[] };

/** Choice items differ in difficulty and in how well they tell candidates apart, and can be guessed now and then; their wrong choices in how they tempt. */
export function drawExam({ seed, candidates, choiceItems = 25, textItems = 6, faults = {} }: Drawn): ItemTally {
  const random = seededRandom(seed, 'exam');
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const truths = Array.from({ length: choiceItems }, (): Truth => {
    const right = Math.floor(random() * CHOICES.length);
    return { difficulty: -0.9 + 0.7 * normal(), slope: 0.85 + 0.4 * random(), right, pull: CHOICES.map(() => 0.6 + random()) };
  });
  const items = [
    ...truths.map((truth, place) => choiceItem(truth, place, faults)),
    ...Array.from({ length: textItems }, (_none, place) => textItem(place)),
  ];
  const tally = emptyTally(items, PASS_MARK);
  const add = adderTo(tally);
  for (let candidate = 0; candidate < candidates; candidate += 1) {
    const ability = 0.3 + normal();
    const day = 20_000 + Math.floor(random() * DAYS);
    const choices = truths.map((truth, place) => answered({ truth, place, ability, day, faults, random }));
    const grader = GRADERS[Math.floor(random() * GRADERS.length)] ?? '';
    const severity = grader === faults.severe?.grader ? faults.severe.by : 0;
    const texts = Array.from({ length: textItems }, (): TakenItem => {
      const quality = 0.65 + 0.13 * ability + 0.15 * normal() - severity;
      return { isAnswered: true, millipoints: (Math.round(8 * Math.min(1, Math.max(0, quality))) * TEXT_POINTS) / 8 };
    });
    const millipoints = texts.reduce((sum, text) => sum + text.millipoints, 0);
    add({
      day,
      items: [
        ...choices.map((choice, place): TakenItem => ({
          isAnswered: true,
          choices: [choice],
          millipoints: items[place]?.key[0] === choice ? CHOICE_POINTS : 0,
        })),
        ...texts,
      ],
      ...(textItems === 0 ? {} : { marked: [{ grader, millipoints, millipointsMax: textItems * TEXT_POINTS }] }),
    });
  }
  return tally;
}

const nextTo = (right: number) => (right + 1) % CHOICES.length;

function choiceItem({ right }: Truth, place: number, { wrongKey }: Faults): TallyItem {
  const key = CHOICES[wrongKey === place ? nextTo(right) : right] ?? '';
  return { id: `q${place + 1}`, millipointsMax: CHOICE_POINTS, isDichotomous: true, key: [key], choices: CHOICES.map((id) => ({ id })) };
}

function textItem(place: number): TallyItem {
  return { id: `t${place + 1}`, millipointsMax: TEXT_POINTS, isDichotomous: false, key: [], choices: [] };
}

type Answering = {
  readonly truth: Truth;
  readonly place: number;
  readonly ability: number;
  readonly day: number;
  readonly faults: Faults;
  readonly random: () => number;
};

function answered({ truth, place, ability, day, faults, random }: Answering): string {
  const { difficulty, slope, right, pull } = truth;
  const knows = 0.05 + 0.95 / (1 + Math.exp(-slope * (ability - difficulty)));
  const isLeaked = faults.leaked?.place === place && day >= faults.leaked.day;
  if (random() < (isLeaked ? Math.max(0.95, knows) : knows))
    return CHOICES[faults.keyTwice === place && random() < 0.5 ? nextTo(right) : right] ?? '';
  const wrong = CHOICES.map((_choice, at) => (at === right || (faults.neverTaken === place && at === nextTo(right)) ? 0 : (pull[at] ?? 0)));
  let left = random() * wrong.reduce((sum, weight) => sum + weight, 0);
  const taken = wrong.findIndex((weight) => (left -= weight) < 0);
  return CHOICES[taken] ?? '';
}
