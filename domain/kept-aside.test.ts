import { describe, expect, it } from 'vitest';
import { drawScripts } from '../test/support/marked-scripts.ts';
import { alikePairs, compareModels, fitOnSplit, judgeByFolds, splitOf } from './kept-aside.ts';
import { fitMarkingModel, TooFewMarks, type MarkedScript } from './marking-fit.ts';
import { estimateTurn } from './marking-model.ts';
import { judgeUnseen } from './marking-plan.ts';

const GRADERS = [
  { id: 'a', severity: 0.12, noise: 0.08 },
  { id: 'b', severity: -0.12, noise: 0.08 },
  { id: 'c', severity: 0, noise: 0.2 },
];
const scripts = drawScripts({ seed: 'aside', scripts: 600, graders: GRADERS });

/** Both tests of one attempt. */
const paired = scripts.map((script, index) => ({ ...script, attempt: `attempt ${Math.floor(index / 2)}` }));

const idsOf = (some: readonly MarkedScript[]) => some.map(({ id }) => id);

/** The marks of one script, whoever marked first, each by somebody else. */
const copied = (some: readonly MarkedScript[], from: string, by: string): readonly MarkedScript[] =>
  some.map((script) => ({
    ...script,
    items: script.items.map((item) => ({
      ...item,
      marks: [from, by].map((grader) => ({ grader, millipoints: item.marks[0]?.millipoints ?? 0 })),
    })),
  }));

describe('what is kept aside', () => {
  it('is a fifth of the attempts, with all that an attempt has', () => {
    const { fitted, keptAside } = splitOf(paired);
    expect(fitted.length + keptAside.length).toBe(600);
    const attempts = new Set(keptAside.map(({ attempt }) => attempt));
    expect(attempts.size).toBeGreaterThan(45);
    expect(attempts.size).toBeLessThan(75);
    expect(fitted.filter(({ attempt }) => attempts.has(attempt ?? ''))).toEqual([]);
  });

  it('is the same whatever other scripts there are, in whatever order: no later model is fitted on it', () => {
    const all = new Set(idsOf(splitOf(paired).keptAside));
    const fewer = splitOf(paired.slice(100).toReversed()).keptAside;
    expect(fewer.length).toBeGreaterThan(50);
    expect(idsOf(fewer).filter((id) => !all.has(id))).toEqual([]);
    expect(fewer.length).toBe(idsOf(splitOf(paired).keptAside).filter((id) => idsOf(paired.slice(100)).includes(id)).length);
  });

  it('teaches a model nothing: whatever is marked there, the model is the same', () => {
    const aside = new Set(idsOf(splitOf(scripts).keptAside));
    const otherwise = scripts.map((script) => (aside.has(script.id) ? (copied([script], 'x', 'y')[0] ?? script) : script));
    const [one, other] = [fitOnSplit(scripts), fitOnSplit(otherwise)];
    expect(other.model).toEqual(one.model);
    expect(other.keptAside).not.toEqual(one.keptAside);
    expect(one.keptAside).toMatchObject({ scripts: aside.size, attempts: aside.size, figures: { decisions: 2 * aside.size } });
  });

  it('is no reason to fit on less than the floor, and the refusal says of how many', () => {
    expect(() => fitOnSplit(scripts.slice(0, 32))).toThrow(TooFewMarks);
    expect(() => fitOnSplit(scripts.slice(0, 32))).toThrow(
      /^32 scripts were marked by two graders, \d+ of them are kept aside, and 30 others are needed$/,
    );
  });
});

describe('whether a new model is better', () => {
  const { keptAside, fitted } = splitOf(scripts);
  const good = fitMarkingModel(fitted);
  /** It holds the severe ones for mild. */
  const wrong = fitMarkingModel(
    fitted.map((script) => ({
      ...script,
      items: script.items.map((item) => ({
        ...item,
        marks: item.marks.map((mark) => ({ ...mark, grader: { a: 'b', b: 'a' }[mark.grader] ?? mark.grader })),
      })),
    })),
  );

  it('is told by paired surprise on what both have not seen', () => {
    const better = compareModels(good, wrong, keptAside);
    expect(better.isBetter).toBe(true);
    expect(better.plain.mean + 1.645 * better.plain.standardError).toBeLessThan(0);
    const worse = compareModels(wrong, good, keptAside);
    expect(worse.isBetter).toBe(false);
    expect(worse.plain.mean).toBeCloseTo(-better.plain.mean, 12);
    expect(worse.plain.standardError).toBeCloseTo(better.plain.standardError, 12);
  });

  it('is never so of the same, or of fewer than 30 attempts', () => {
    expect(compareModels(good, good, keptAside)).toMatchObject({ plain: { mean: 0, standardError: 0 }, isBetter: false });
    const few = compareModels(good, wrong, keptAside.slice(0, 29));
    expect(few).toMatchObject({ attempts: 29, isBetter: false });
  });

  it('counts an attempt once, however many scripts it has', () => {
    const twice = compareModels(good, wrong, [
      ...keptAside,
      ...keptAside.map((script) => ({ ...script, id: `${script.id} again`, attempt: script.id })),
    ]);
    const once = compareModels(good, wrong, keptAside);
    expect(twice.attempts).toBe(once.attempts);
    expect(twice.plain.standardError).toBeCloseTo(once.plain.standardError, 12);
  });
});

describe('two graders who copy each other', () => {
  const honest = drawScripts({ seed: 'honest', scripts: 200, graders: GRADERS });
  const copies = copied(drawScripts({ seed: 'copies', scripts: 60, graders: GRADERS }), 'copier', 'source');

  it('are told, and nobody else is', () => {
    expect(alikePairs([...honest, ...copies])).toEqual([{ graders: ['copier', 'source'], answers: 360 }]);
    expect(alikePairs(honest)).toEqual([]);
  });

  it('cannot be told where there is no other pair, or of few answers', () => {
    expect(alikePairs(copies)).toEqual([]);
    expect(alikePairs([...honest, ...copies.slice(0, 1)])).toEqual([]);
  });

  it('are still marked twice near the pass mark by a model that knows no others', () => {
    const model = fitMarkingModel(copies);
    const marks = Array.from({ length: 6 }, (_item, place) => ({ itemId: `test 0/${place}`, millipointsMax: 10_000, millipoints: 8000 }));
    const near = { grader: 'copier', marks, settled: { millipoints: 0, millipointsMax: 0 }, passMark: 8000 };
    expect(estimateTurn(model, near, { machineCheck: false }).probability).toBeGreaterThan(0.2);
  });
});

it('knows nearly nothing of a grader with one script, and judges an item that nobody marked by the figures of all', () => {
  const rare = copied(drawScripts({ seed: 'rare', scripts: 1, graders: GRADERS }), 'rare', 'a').map((script) => ({
    ...script,
    items: script.items.map((item) => ({
      ...item,
      marks: [{ grader: 'rare', millipoints: 10_000 }, ...item.marks.slice(1).map((mark) => ({ ...mark, millipoints: 0 }))],
    })),
  }));
  const model = fitMarkingModel([...scripts, ...rare]);
  // A whole script apart, and still pulled nearly to what is usual.
  expect(model.graders['rare']?.scripts).toBe(1);
  expect(model.graders['rare']?.severity).toBeLessThan(0.25);
  expect(model.graders['rare']?.severityVariance).toBeGreaterThan(0.8 * model.severityVariance);
  const marks = [{ itemId: 'nobody/marked', millipointsMax: 10_000, millipoints: 7900 }];
  const script = { grader: 'a', marks, settled: { millipoints: 0, millipointsMax: 0 }, passMark: 8000 };
  const { probability } = estimateTurn(model, script, { machineCheck: false });
  expect(probability).toBeGreaterThan(0);
  expect(probability).toBeLessThan(1);
});

it('reckons with second graders who differ: what is predicted is what is found, where many of them are far apart', () => {
  const many = Array.from({ length: 20 }, (_grader, place) => ({ id: `m${place}`, severity: place % 2 === 0 ? 0.15 : -0.15, noise: 0.05 }));
  const { fitted, keptAside } = splitOf(drawScripts({ seed: 'differ', scripts: 6000, graders: many }));
  const judged = judgeUnseen(fitMarkingModel(fitted), keptAside, 8000);
  const found = judged.filter(({ turns }) => turns).length;
  const predicted = judged.reduce((sum, { probability }) => sum + probability.plain, 0);
  expect(judged.length).toBeGreaterThan(2000);
  expect(Math.abs(predicted - found) / judged.length).toBeLessThan(0.02);
});

it('judges every script once from either mark by a model of other attempts', () => {
  const judged = judgeByFolds(paired.slice(0, 200));
  expect(judged).toHaveLength(400);
  expect(new Set(judged.map(({ scriptId }) => scriptId)).size).toBe(200);
});
