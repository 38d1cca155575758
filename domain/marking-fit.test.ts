import { describe, expect, it } from 'vitest';
import { drawScripts, type DrawnGrader } from '../test/support/marked-scripts.ts';
import { fitMarkingModel, SCRIPTS_MIN, TooFewMarks } from './marking-fit.ts';
import { estimateTurn, type FirstMarked } from './marking-model.ts';

const GRADERS: readonly DrawnGrader[] = [
  { id: 'lenient', severity: 0.08, noise: 0.05 },
  { id: 'usual', severity: 0, noise: 0.05 },
  { id: 'strict', severity: -0.08, noise: 0.05 },
  { id: 'erratic', severity: 0, noise: 0.25 },
];

const script = (grader: string, share: number, items = 6): FirstMarked => ({
  grader,
  marks: Array.from({ length: items }, (_item, place) => ({
    itemId: `new/${place}`,
    millipointsMax: 10_000,
    millipoints: Math.round(share * 100) * 100,
  })),
  settled: { millipoints: 0, millipointsMax: 0 },
  passMark: 8000,
});

const turn = (model: ReturnType<typeof fitMarkingModel>, first: FirstMarked) => estimateTurn(model, first, { machineCheck: false }).probability;

describe('a fitted marking model', () => {
  const model = fitMarkingModel(drawScripts({ seed: 'fit', scripts: 600, graders: GRADERS }));

  it('is fitted on more answers than a call takes arguments', () => {
    const many = drawScripts({ seed: 'many', scripts: 1000, graders: GRADERS, itemsPerScript: 150 });
    expect(fitMarkingModel(many)).toMatchObject({ scripts: 1000, step: 0.05 });
  });

  it('tells lenient, usual and strict graders apart', () => {
    const severity = (grader: string) => model.graders[grader]?.severity ?? Number.NaN;
    expect(severity('lenient') - severity('strict')).toBeGreaterThan(0.1);
    expect(severity('lenient')).toBeGreaterThan(severity('usual'));
    expect(severity('usual')).toBeGreaterThan(severity('strict'));
  });

  it('finds the spread of an erratic grader wider', () => {
    for (const { id } of GRADERS) if (id !== 'erratic') expect(model.graders.erratic?.spread).toBeGreaterThan((model.graders[id]?.spread ?? 0) * 1.3);
  });

  it('sees a pass by a lenient grader, and a fail by a strict one, turned more easily than the other way round', () => {
    expect(turn(model, script('lenient', 0.81))).toBeGreaterThan(turn(model, script('strict', 0.81)));
    expect(turn(model, script('strict', 0.79))).toBeGreaterThan(turn(model, script('lenient', 0.79)));
  });

  it('is less sure about somebody who is new', () => {
    expect(turn(model, script('nobody knows them', 0.9))).toBeGreaterThan(turn(model, script('usual', 0.9)));
  });

  it('turns less, the farther a first mark lies from the pass mark', () => {
    const [near, far, farther] = [0.82, 0.88, 0.95].map((share) => turn(model, script('usual', share)));
    expect(near).toBeGreaterThan(far ?? 1);
    expect(far).toBeGreaterThan(farther ?? 1);
  });

  it('is the same whatever order scripts come in', () => {
    const scripts = drawScripts({ seed: 'order', scripts: 200, graders: GRADERS });
    const [one, other] = [fitMarkingModel(scripts), fitMarkingModel(scripts.toReversed())];
    expect(turn(other, script('strict', 0.79))).toBeCloseTo(turn(one, script('strict', 0.79)), 9);
  });
});

describe('too little, or too good', () => {
  it('refuses to fit below the floor, and says how many are needed', () => {
    const scripts = drawScripts({ seed: 'few', scripts: SCRIPTS_MIN - 1, graders: GRADERS });
    expect(() => fitMarkingModel(scripts)).toThrow(new TooFewMarks('29 scripts were marked by two graders, and 30 are needed'));
    expect(() => fitMarkingModel([])).toThrow(TooFewMarks);
  });

  it('does not count marks of one grader alone', () => {
    const scripts = drawScripts({ seed: 'alone', scripts: 100, graders: GRADERS });
    const alone = scripts.map((one) => ({ ...one, items: one.items.map((item) => ({ ...item, marks: item.marks.slice(0, 1) })) }));
    expect(() => fitMarkingModel(alone)).toThrow(TooFewMarks);
  });

  it('stays unsure of two graders who always agree: near the pass mark they are still checked', () => {
    const copying = drawScripts({ seed: 'copies', scripts: 300, graders: GRADERS.slice(0, 2) }).map((one) => ({
      ...one,
      items: one.items.map((item) => ({ ...item, marks: item.marks.map((mark) => ({ ...mark, millipoints: item.marks[0]?.millipoints ?? 0 })) })),
    }));
    const model = fitMarkingModel(copying);
    expect(turn(model, script('usual', 0.8))).toBeGreaterThan(0.2);
    expect(model.plain.varianceAlways).toBeGreaterThan(0);
  });

  it('falls back to what is usual for an item that nobody marked and a grader with one script', () => {
    const scripts = drawScripts({ seed: 'one', scripts: 200, graders: GRADERS });
    const [rare] = drawScripts({ seed: 'rare', scripts: 1, graders: [{ id: 'rare', severity: -0.5, noise: 0 }, ...GRADERS.slice(1, 2)] });
    const model = fitMarkingModel(rare ? [...scripts, rare] : scripts);
    expect(Math.abs(model.graders.rare?.severity ?? 1)).toBeLessThan(0.2);
    expect(model.graders.rare?.severityVariance).toBeGreaterThan(model.graders.usual?.severityVariance ?? 1);
    expect(model.itemSpreads['new/0']).toBeUndefined();
    expect(turn(model, script('usual', 0.81))).toBeGreaterThan(0);
  });
});

describe('outcomes that no mark can change', () => {
  const model = fitMarkingModel(drawScripts({ seed: 'open', scripts: 100, graders: GRADERS }));
  const settled = (millipoints: number) => ({ millipoints, millipointsMax: 60_000 });

  it.each([
    ['fails even with all open points: 0 of 60, and 60 open, 96 needed', 0, 0],
    ['passes even with none of them', 96_000, 0],
  ])('have probability 0 exactly: %s', (_case, millipoints, expected) => {
    const first = { ...script('usual', 0.8), settled: { millipoints, millipointsMax: millipoints === 0 ? 60_000 : 60_000 } };
    expect(turn(model, first)).toBe(expected);
  });

  it('are decided on exact fractions: with exactly the needed points still to win, a mark can change it', () => {
    // 96 of 120 points are needed; 36 settled and 60 open make exactly 96.
    expect(turn(model, { ...script('usual', 1), settled: settled(36_000) })).toBeGreaterThan(0);
    expect(turn(model, { ...script('usual', 1), settled: settled(35_999) })).toBe(0);
  });
});

describe('the machine check', () => {
  const graders = GRADERS.slice(0, 3).map((grader) => ({ ...grader, noise: 0.2 }));
  const scripts = drawScripts({ seed: 'texts', scripts: 200, graders, withText: true });
  const model = fitMarkingModel(scripts);
  const [sample] = scripts;
  const text = { answer: 'replica consistency throughput answer', modelAnswer: sample?.items[0]?.text?.modelAnswer ?? '' };
  const written = (share: number, answer: string): FirstMarked => ({
    ...script('usual', share),
    marks: script('usual', share).marks.map((mark, place) => ({ ...mark, itemId: `test 0/${place}`, text: { ...text, answer } })),
  });

  it('makes a fail of a good answer more doubtful than that of a poor one', () => {
    const doubt = (answer: string) => estimateTurn(model, written(0.76, answer), { machineCheck: true });
    expect(doubt(text.answer).machineCheck).toBe(true);
    expect(doubt(text.answer).probability).toBeGreaterThan(doubt('nothing answer').probability);
  });

  it('is left out where the policy says so, or where a criterion has no text', () => {
    expect(estimateTurn(model, written(0.76, text.answer), { machineCheck: false }).machineCheck).toBe(false);
    expect(estimateTurn(model, script('usual', 0.76), { machineCheck: true }).machineCheck).toBe(false);
  });
});
