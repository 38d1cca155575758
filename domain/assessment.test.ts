import { describe, expect, it } from 'vitest';
import { drawScripts } from '../test/support/marked-scripts.ts';
import { assess, assessmentWords } from './assessment.ts';
import type { RiskPolicy } from './exam.ts';
import { fitMarkingModel } from './marking-fit.ts';
import type { FirstMarked } from './marking-model.ts';

const POLICY: RiskPolicy = { limit: 1000, sampleShare: 500, newGraderScripts: 5, machineCheck: true };
const graders = [
  { id: 'known', severity: 0.02, noise: 0.08 },
  { id: 'other', severity: -0.02, noise: 0.08 },
];
const scripts = drawScripts({ seed: 'assessment', scripts: 60, graders });
/** Marked one script beside the sixty of the two others. */
const model = fitMarkingModel([
  ...scripts,
  {
    id: 'one',
    test: 'test 0',
    items: (scripts[0]?.items ?? []).map((item) => ({
      ...item,
      marks: item.marks.map((mark, seat) => (seat === 0 ? { ...mark, grader: 'one' } : mark)),
    })),
  },
]);

const marked = ({ grader = 'known', points = 10, test = 'test 0', settled = 0 } = {}): FirstMarked => ({
  grader,
  marks: [0, 1, 2].map((place) => ({ itemId: `${test}/${place}`, millipointsMax: 10_000, millipoints: points * 1000 })),
  settled: { millipoints: settled, millipointsMax: settled },
  passMark: 8000,
});
const found = (script: FirstMarked, { policy = POLICY, draw = 0.99 } = {}) => assess({ model, script, policy, isDrifting: false, draw });

describe('an assessment', () => {
  it('without a model has no estimate: the second seat opens', () => {
    const assessed = assess({ model: undefined, script: marked(), policy: POLICY, isDrifting: false, draw: 0.99 });
    expect(assessed).toEqual({ probability: null, machineCheck: false, pooled: { items: 0, grader: false }, reasons: ['no_model'] });
    expect(assessmentWords(assessed, POLICY)).toBe('no estimate: second seat, there is no marking model');
  });

  it('of marks far from the pass mark by a known grader leaves it closed, and near it opens it', () => {
    expect(found(marked({ points: 2 })).reasons).toEqual([]);
    expect(found(marked({ points: 8 })).reasons).toEqual(['probability']);
  });

  it('of an item that nobody marked goes by the figures of all, and says for how many', () => {
    const assessed = found(marked({ points: 2, test: 'another test' }));
    expect(assessed).toMatchObject({ pooled: { items: 3, grader: false }, reasons: [] });
    expect(assessmentWords(assessed, POLICY)).toMatch(
      /^a second mark turns the decision with [\d.]+ % \(limit 10\.00 %; 3 items have no marks in the model: the figures of all\): marked once$/,
    );
    const usual = found(marked({ points: 2 }));
    expect(usual.pooled).toEqual({ items: 0, grader: false });
    expect(assessmentWords(usual, POLICY)).not.toContain('figures of all');
  });

  it('of a grader without marks goes by the figures of all, and is one of a new grader', () => {
    const assessed = found(marked({ points: 2, grader: 'nobody' }));
    expect(assessed).toMatchObject({ pooled: { items: 0, grader: true }, reasons: ['new_grader'] });
    expect(assessmentWords(assessed, POLICY)).toContain('; the grader has no marks in the model: the figures of all)');
  });

  it('of a grader with one script is one of a new grader, who is hardly told from all others', () => {
    expect(found(marked({ points: 2, grader: 'one' }))).toMatchObject({ pooled: { grader: false }, reasons: ['new_grader'] });
    const { one } = model.graders;
    expect(one?.scripts).toBe(1);
    // As unsure as of somebody new, but for the sixth that one script beside a pull of five takes off.
    expect(one?.severityVariance).toBeCloseTo((model.severityVariance * 5) / 6, 10);
  });

  it('falls into the sample by its draw alone', () => {
    expect(found(marked({ points: 2 }), { draw: 0.0499 }).reasons).toEqual(['sample']);
    expect(found(marked({ points: 2 }), { draw: 0.05 }).reasons).toEqual([]);
  });

  it('where no mark can change the outcome opens nothing, whoever marked and whatever was drawn', () => {
    const closed = found(marked({ points: 2, grader: 'nobody', settled: 200_000 }), { draw: 0 });
    expect(closed).toEqual({ probability: 0, machineCheck: false, pooled: { items: 0, grader: false }, reasons: [] });
  });
});
