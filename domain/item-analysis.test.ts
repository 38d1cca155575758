import { describe, expect, it } from 'vitest';
import { drawExam, type Faults } from '../test/support/simulated-exam.ts';
import { seededRandom } from '../trials/people/random.ts';
import { decisionConsistency } from './decision-consistency.ts';
import { analyseItems } from './item-analysis.ts';
import { adderTo, emptyTally, millipointsToPass, type TakenItem, type TallyItem } from './item-tally.ts';
import { passes } from './score.ts';

/** The figures themselves are compared with R's in test/independent/item-analysis.test.ts. */

const CHOICES = ['A', 'B', 'C'];
const item = (id: string): TallyItem => ({
  id,
  millipointsMax: 1000,
  isDichotomous: true,
  key: ['A'],
  choices: CHOICES.map((choice) => ({ id: choice })),
});

/** One word a candidate: the choice for each item, a dash for a blank. */
function analysed(tests: readonly string[], passMark = 5000) {
  const items = Array.from(tests[0] ?? 'xx', (_letter, place) => item(`q${place + 1}`));
  const tally = emptyTally(items, passMark);
  const add = adderTo(tally);
  for (const test of tests)
    add({
      items: Array.from(test, (letter): TakenItem => ({
        isAnswered: letter !== '-',
        choices: letter === '-' ? [] : [letter],
        millipoints: letter === 'A' ? 1000 : 0,
      })),
    });
  return analyseItems(tally);
}

const everyNumberIn = (value: unknown): readonly number[] =>
  typeof value === 'number' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(everyNumberIn) : [];

describe('item analysis where there is little to say', () => {
  it.each([
    ['nobody', []],
    ['one candidate', ['AB']],
    ['two who did the same', ['AB', 'AB']],
    ['everybody all right', Array.from({ length: 200 }, () => 'AAA')],
    ['everybody all wrong', Array.from({ length: 200 }, () => 'BBB')],
    ['everybody blank', Array.from({ length: 200 }, () => '---')],
    ['a constant total', Array.from({ length: 200 }, (_none, place) => (place % 2 === 0 ? 'AB' : 'BA'))],
    ['one item', Array.from({ length: 200 }, (_none, place) => (place % 2 === 0 ? 'A' : 'B'))],
  ])('%s: every figure that is there is a number', (_name, tests) => {
    const analysis = analysed(tests);
    expect(everyNumberIn(analysis).every(Number.isFinite)).toBe(true);
    expect(analysis.test.candidates).toBe(tests.length);
  });

  it('says no alpha, error or consistency where all totals are the same', () => {
    const { test, items } = analysed(Array.from({ length: 200 }, (_none, place) => (place % 2 === 0 ? 'AB' : 'BA')));
    expect([test.alpha, test.standardError, test.decisions]).toEqual([undefined, undefined, undefined]);
    expect(test.deviation).toBe(0);
    expect(items.map(({ facility, discrimination }) => [facility, discrimination?.value])).toEqual([
      [0.5, -1],
      [0.5, -1],
    ]);
  });

  it('flags an item that nobody answered, that all have right, or that all have wrong', () => {
    const { items } = analysed(Array.from({ length: 60 }, (_none, place) => `${place % 3 === 0 ? 'A' : 'B'}-AB${place % 2 === 0 ? 'A' : 'C'}`));
    expect(items.slice(1, 4).map(({ flags }) => flags)).toEqual([[{ kind: 'no-answers' }], [{ kind: 'all-right' }], [{ kind: 'all-wrong' }]]);
  });

  it('flags nothing of an item before thirty candidates have sat', () => {
    const { test, items } = analysed(Array.from({ length: 29 }, () => 'AB'));
    expect(items.flatMap(({ flags }) => flags)).toEqual([]);
    expect(test.flags).toEqual([{ kind: 'few-candidates' }]);
  });

  it('says why there is no Rasch model', () => {
    expect(analysed(['ABA', 'BAB']).test.rasch).toBe('too-few-candidates');
    expect(analysed(Array.from({ length: 300 }, (_none, place) => (place % 2 === 0 ? 'AB' : 'BA'))).test.rasch).toBe('too-few-items');
    // Guttman's pattern: whoever has a hard one right has all easier ones, and no difficulty is far enough.
    const stairs = ['ABBB', 'AABB', 'AAAB'];
    expect(analysed(Array.from({ length: 300 }, (_none, place) => stairs[place % 3] ?? '')).test.rasch).toBe('too-few-items');
  });
});

describe('counts', () => {
  it('tell what was left out from what was not reached', () => {
    const { items } = analysed(['A-B--', '-----', 'AAAAA', '--A--']);
    expect(items.map(({ answered, omitted, notReached }) => [answered, omitted, notReached])).toEqual([
      [2, 1, 1],
      [1, 2, 1],
      [3, 0, 1],
      [1, 0, 3],
      [1, 0, 3],
    ]);
  });

  it('tell what is right, partly right and wrong, each by exact points', () => {
    const tally = emptyTally([{ id: 't', millipointsMax: 4000, isDichotomous: false, key: [], choices: [] }, item('q')], 5000);
    const add = adderTo(tally);
    for (const millipoints of [0, 10, 3990, 4000])
      add({
        items: [
          { millipoints, isAnswered: true },
          { millipoints: 0, isAnswered: false },
        ],
      });
    const [text] = analyseItems(tally).items;
    expect(text).toMatchObject({ none: 1, partial: 2, full: 1, facility: 0.5 });
  });

  it('of decisions without an item are those of the rule, for every total and line', () => {
    const random = seededRandom('decisions', 'test');
    for (let round = 0; round < 40; round += 1) {
      const [passMark, maxima] = [Math.floor(10_001 * random()), Array.from({ length: 4 }, () => 10 * (1 + Math.floor(300 * random())))];
      const tally = emptyTally(
        maxima.map((millipointsMax, place) => ({ ...item(`${place}`), millipointsMax })),
        passMark,
      );
      const tests = Array.from({ length: 60 }, () => maxima.map((most) => (random() < 0.5 ? most : Math.floor(random() * most))));
      const add = adderTo(tally);
      for (const test of tests) add({ items: test.map((millipoints) => ({ millipoints, isAnswered: true })) });
      const decided = (left: (place: number) => boolean) => (test: readonly number[]) =>
        passes(
          {
            millipoints: test.reduce((sum, got, place) => sum + (left(place) ? got : 0), 0),
            millipointsMax: maxima.reduce((sum, most, place) => sum + (left(place) ? most : 0), 0),
          },
          passMark,
        );
      const withAll = tests.map(decided(() => true));
      expect(tally.passed).toBe(withAll.filter(Boolean).length);
      for (const [place, { decisionsWithout }] of analyseItems(tally).items.entries()) {
        const without = tests.map(decided((other) => other !== place));
        expect(decisionsWithout).toEqual({
          toPass: without.filter((pass, at) => pass && !withAll[at]).length,
          toFail: without.filter((pass, at) => !pass && withAll[at]).length,
        });
      }
    }
  });

  it('of points to pass are the least that pass', () => {
    for (const [most, mark] of [
      [100_000, 8000],
      [99_990, 8000],
      [1, 1],
      [30_010, 6667],
      [4000, 0],
      [4000, 10_000],
    ] as const) {
      const least = millipointsToPass(most, mark);
      expect(passes({ millipoints: least, millipointsMax: most }, mark)).toBe(true);
      if (least > 0) expect(passes({ millipoints: least - 1, millipointsMax: most }, mark)).toBe(false);
    }
  });

  it('do not depend on the order of candidates', () => {
    const tests = ['AAB', 'ABA', 'BBB', 'AAA', 'A-A', 'CAB'];
    expect(analysed(tests.toReversed())).toEqual(analysed(tests));
  });
});

describe('decision consistency', () => {
  it('is what two tests of the same candidates show, and the accuracy what their true scores do', () => {
    const random = seededRandom('parallel', 'tests');
    const [questions, candidates] = [40, 20_000];
    // The third of five uniform numbers has a beta distribution of 3 and 3.
    const truths = Array.from({ length: candidates }, () => Array.from({ length: 5 }, random).toSorted((one, other) => one - other)[2] ?? 0);
    const sit = (truth: number) => Array.from({ length: questions }, () => Number(random() < truth)).reduce((sum, right) => sum + right, 0);
    const [first, second] = [truths.map(sit), truths.map(sit)];
    const byTotal = new Map<number, { count: number; sumSquares: number; sums: Float64Array }>();
    for (const right of first) {
      const group = byTotal.get(1000 * right) ?? { count: 0, sumSquares: 0, sums: new Float64Array(0) };
      byTotal.set(1000 * right, { ...group, count: group.count + 1 });
    }
    // KR-21, which is the reliability where all questions are alike.
    const mean = first.reduce((sum, right) => sum + right, 0) / candidates;
    const variance = first.reduce((sum, right) => sum + (right - mean) ** 2, 0) / candidates;
    const reliability = (questions / (questions - 1)) * (1 - (mean * (questions - mean)) / (questions * variance));
    const found = decisionConsistency({ byTotal, candidates, millipointsMax: 1000 * questions, passMark: 6000 }, reliability);
    const share = (isSo: (place: number) => boolean) => truths.filter((_truth, place) => isSo(place)).length / candidates;
    const passed = (right: number | undefined) => (right ?? 0) >= 24;
    expect(found?.consistency).toBeCloseTo(
      share((place) => passed(first[place]) === passed(second[place])),
      2,
    );
    expect(found?.accuracy).toBeCloseTo(
      share((place) => passed(first[place]) === (truths[place] ?? 0) >= 0.6),
      2,
    );
    expect(found?.falsePasses).toBeCloseTo(
      share((place) => passed(first[place]) && (truths[place] ?? 0) < 0.6),
      2,
    );
    expect(found?.effectiveLength).toBe(questions);
  });
});

describe('faults that were planted are found', () => {
  const candidates = 600;
  const flagged = (faults: Faults, seed: string) => {
    const { items, graders } = analyseItems(drawExam({ seed, candidates, faults }));
    return [
      ...items.flatMap(({ id, flags }) => flags.map((flag) => ({ at: id, ...flag }))),
      ...graders.flatMap(({ grader, flags }) => flags.map((flag) => ({ at: grader, ...flag }))),
    ];
  };
  const SEEDS = Array.from({ length: 20 }, (_none, place) => `planted ${place}`);

  it.each(SEEDS.slice(0, 5))('a wrong key, by the choice that is right (%s)', (seed) => {
    const right = drawExam({ seed, candidates }).items[4]?.key ?? [];
    const found = flagged({ wrongKey: 4 }, seed);
    expect(found).toContainEqual({ at: 'q5', kind: 'key-suspect', choices: right });
    // It is a hard item as well, as long as the key is wrong.
    expect(found.filter(({ at, kind }) => at !== 'q5' || !['key-suspect', 'very-hard'].includes(kind))).toEqual([]);
  });

  it.each(SEEDS.slice(0, 5))('an item that leaked, from its day (%s)', (seed) => {
    const hardest = hardestOf(seed);
    const { items } = analyseItems(drawExam({ seed, candidates: 1500, faults: { leaked: { place: hardest, day: 20_036 } } }));
    expect(items.filter(({ flags }) => flags.some(({ kind }) => kind === 'drift')).map(({ id }) => id)).toEqual([`q${hardest + 1}`]);
    expect(Math.abs((items[hardest]?.drift?.day ?? 0) - 20_036)).toBeLessThanOrEqual(3);
    expect(items[hardest]?.drift?.difference).toBeGreaterThan(0.1);
  });

  it.each(SEEDS.slice(0, 5))('a severe grader, and nobody else (%s)', (seed) => {
    const found = flagged({ severe: { grader: 'grader-7', by: 0.15 } }, seed).filter(({ at }) => at.startsWith('grader'));
    expect(found).toEqual([{ at: 'grader-7', kind: 'severe-grader' }]);
  });

  it('a distractor that reads as the key does: of twenty exams on sixteen at least, with a thousand more candidates on eighteen', () => {
    const foundBy = (sitting: number) =>
      SEEDS.filter((seed) => {
        const [, , , item] = analyseItems(drawExam({ seed, candidates: sitting, faults: { keyTwice: 3 } })).items;
        return item?.flags.some(({ kind }) => kind === 'distractor-attracts-best' || kind === 'key-suspect');
      }).length;
    expect(foundBy(candidates)).toBeGreaterThanOrEqual(16);
    expect(foundBy(candidates + 1000)).toBeGreaterThanOrEqual(18);
  });

  it('a distractor that nobody takes', () => {
    for (const seed of SEEDS.slice(0, 5))
      expect(flagged({ neverTaken: 3 }, seed)).toContainEqual(expect.objectContaining({ at: 'q4', kind: 'distractor-unused' }));
  });

  it('two choices that differ in case and punctuation alone, before anybody has sat', () => {
    const alike: TallyItem = {
      ...item('q'),
      choices: [
        { id: 'A', text: 'A queue' },
        { id: 'B', text: 'a queue.' },
        { id: 'C', text: 'a cache' },
      ],
    };
    expect(analyseItems(emptyTally([alike], 8000)).items[0]?.flags).toEqual([{ kind: 'choices-alike', choices: ['A', 'B'] }]);
  });

  function hardestOf(seed: string): number {
    const facilities = analyseItems(drawExam({ seed, candidates }))
      .items.slice(0, 25)
      .map(({ facility }) => facility);
    return facilities.indexOf(Math.min(...facilities));
  }
});

describe('an exam without faults', () => {
  it('has a flag on at most one item or grader in five hundred: what docs/reporting.md states', () => {
    const exams = Array.from({ length: 40 }, (_none, place) => analyseItems(drawExam({ seed: `clean ${place}`, candidates: 400 })));
    const looked = exams.flatMap(({ items, graders }) => [...items, ...graders]);
    expect(looked).toHaveLength(40 * (31 + 12));
    expect(looked.filter(({ flags }) => flags.length > 0).length).toBeLessThanOrEqual(looked.length / 500);
  });
});
