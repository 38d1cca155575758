import { describe, expect, it } from 'vitest';
import { drawScripts } from '../test/support/marked-scripts.ts';
import { judge, RANKINGS, surpriseOf, wilson, wrongAtShare } from './marking-plan.ts';
import { calibrate, comparePolicies, COSTS } from './marking-policies.ts';
import { TooFewMarks } from './marking-fit.ts';

const graders = [
  { id: 'a', severity: 0.06, noise: 0.12 },
  { id: 'b', severity: -0.06, noise: 0.12 },
  { id: 'c', severity: 0, noise: 0.2 },
];
const scripts = drawScripts({ seed: 'plan', scripts: 600, graders });
const judged = judge(scripts, { passMark: 8000 });

describe('a plan of second marking', () => {
  it('judges each script from either mark', () => {
    expect(judged).toHaveLength(1200);
    expect(new Set(judged.map(({ scriptId }) => scriptId)).size).toBe(600);
  });

  it('finds fewer wrong by risk than by distance, and fewer by distance than at random', () => {
    const turning = judged.filter(({ turns }) => turns).length;
    const [risk, band] = [wrongAtShare(judged, 0.3, RANKINGS.risk), wrongAtShare(judged, 0.3, RANKINGS.band)];
    expect(risk).toBeLessThan(band);
    expect(band).toBeLessThan(0.7 * turning);
  });

  it('gives probabilities that are what they say: none of those with enough decisions far from what was found', () => {
    for (const step of calibrate(judged, ({ probability }) => probability.plain)) {
      if (step.decisions < 60) continue;
      expect(Math.abs(step.predicted - step.found)).toBeLessThan(0.12);
    }
    const always = judged.filter(({ turns }) => turns).length / judged.length;
    expect(surpriseOf(judged, ({ probability }) => probability.plain)).toBeLessThan(surpriseOf(judged, () => always));
  });

  it('never judges a test by a model that has seen it', () => {
    expect(() => judge(drawScripts({ seed: 'one', scripts: 100, graders, tests: 1 }), { passMark: 8000 })).toThrow(TooFewMarks);
  });

  it('has single marking at no second mark, and double marking without a wrong decision, as the bounds of all others', () => {
    const policies = comparePolicies(judged, [0, 0.1, 1], COSTS);
    const single = policies.find(({ policy }) => policy === 'single');
    const double = policies.find(({ policy }) => policy === 'double');
    expect(double?.wrongShare).toBe(0);
    // 3 h and 65 % of 8 h, twice; and what of it is adjudicated, in 1 h and 3 h; at $50.
    expect(double?.adjudicatedShare).toBe(judged.filter(({ isAdjudicated }) => isAdjudicated).length / judged.length);
    expect(double?.adjudicatedShare).toBeGreaterThan(0);
    expect(double?.costPerAttempt).toBeCloseTo(820 + (double?.adjudicatedShare ?? 0) * 2.95 * 50, 10);
    expect(single?.costPerAttempt).toBeCloseTo(410, 10);
    for (const { wrongShare, costPerAttempt, wrongShareLow, wrongShareHigh } of policies) {
      expect(wrongShare).toBeLessThanOrEqual(single?.wrongShare ?? 0);
      expect(costPerAttempt).toBeLessThanOrEqual(double?.costPerAttempt ?? 0);
      expect(wrongShareLow).toBeLessThanOrEqual(wrongShare);
      expect(wrongShareHigh).toBeGreaterThanOrEqual(wrongShare);
    }
    expect(policies.find(({ limit, machineCheck }) => limit === 0 && !machineCheck)?.adjudicatedShare).toBeGreaterThan(
      0.9 * (double?.adjudicatedShare ?? 1),
    );
    const atNever = policies.find(({ limit, machineCheck }) => limit === 1 && !machineCheck);
    expect(atNever).toMatchObject({ shareMarkedTwice: 0, wrongShare: single?.wrongShare });
  });
});

describe('points that machines gave, and the pass mark of the exam', () => {
  const graded = (settled: number, passMark: number) =>
    judge(
      scripts.map((script) => ({ ...script, settled: { millipoints: settled, millipointsMax: 60_000 }, passMark })),
      { passMark: 8000 },
    );

  it('count: where nobody can fail any more, no second mark turns anything', () => {
    // 60 of 120 points are there, and the pass mark is half.
    for (const { turns, isAdjudicated, probability } of graded(60_000, 5000))
      expect({ turns, isAdjudicated, probability }).toEqual({ turns: false, isAdjudicated: false, probability: { plain: 0, checked: 0 } });
  });

  it('count: where all of theirs are there, what is needed of the people’s is less', () => {
    // 90 % of 120 points are 60 and 80 % of the other 60.
    const outcomes = (some: typeof judged) => some.map(({ turns, isAdjudicated }) => ({ turns, isAdjudicated }));
    expect(outcomes(graded(60_000, 9000))).toEqual(outcomes(judged));
    expect(outcomes(graded(60_000, 8000))).not.toEqual(outcomes(judged));
  });
});

it('gives the intervals of Wilson', () => {
  // 10 of 100: 0.0552 to 0.1744 (Newcombe 1998, method 3, without correction).
  expect(wilson(0.1, 100).low).toBeCloseTo(0.0552, 4);
  expect(wilson(0.1, 100).high).toBeCloseTo(0.1744, 4);
  expect(wilson(0, 50).low).toBe(0);
});
