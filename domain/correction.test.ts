import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctItems, type PointCorrection } from './correction.ts';
import type { ItemBasis, ItemScore } from './reconciliation.ts';
import { Refusal } from './refusal.ts';

const test = 'case_study';
const items: readonly ItemScore[] = [
  { itemId: 'k1', millipoints: 10_000, millipointsMax: 10_000, basis: 'agreed' },
  { itemId: 'k2', millipoints: 8000, millipointsMax: 10_000, basis: 'averaged' },
  { itemId: 'k3', millipoints: 0, millipointsMax: 2500, basis: 'blank' },
];

/** The places and messages of what is wrong. */
function problemsOf(points: readonly PointCorrection[]) {
  try {
    correctItems(items, { test, points });
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, fields: error.details.fields };
    throw error;
  }
  return undefined;
}

describe('corrected points', () => {
  it('replace those of their items and say so; the others stay as they were decided, in their order', () => {
    expect(correctItems(items, { test, points: [{ test, itemId: 'k2', millipoints: 6000 }] })).toEqual([
      { itemId: 'k1', millipoints: 10_000, millipointsMax: 10_000, basis: 'agreed' },
      { itemId: 'k2', millipoints: 6000, millipointsMax: 10_000, basis: 'corrected' },
      { itemId: 'k3', millipoints: 0, millipointsMax: 2500, basis: 'blank' },
    ]);
  });

  it.each([0, 1, 2499, 2500])('may be %i thousandths of an item of 2.5 points', (millipoints) => {
    expect(correctItems(items, { test, points: [{ test, itemId: 'k3', millipoints }] })[2]).toMatchObject({ millipoints, basis: 'corrected' });
  });

  it('are refused all at once, each by its place in the request', () => {
    expect(
      problemsOf([
        { test, itemId: 'k1', millipoints: 10_001 },
        { test: 'aptitude', itemId: 'k2', millipoints: 99_000 },
        { test, itemId: 'k2', millipoints: 1000 },
        { test, itemId: 'zz', millipoints: 0 },
        { test, itemId: 'k3', millipoints: -1 },
        { test, itemId: 'k2', millipoints: 1000 },
      ]),
    ).toEqual({
      code: 'marks_invalid',
      fields: [
        { path: 'points[0].points', message: 'k1 has 0 to 10 points' },
        { path: 'points[3].itemId', message: 'zz is not an item of this test' },
        { path: 'points[4].points', message: 'k3 has 0 to 2.5 points' },
        { path: 'points[5].itemId', message: 'k2 is corrected twice' },
      ],
    });
  });

  const bases: readonly ItemBasis[] = ['machine', 'blank', 'single', 'agreed', 'averaged', 'adjudicated', 'corrected'];
  const itemScore = fc.record({
    millipointsMax: fc.integer({ min: 1, max: 20_000 }),
    share: fc.integer({ min: 0, max: 100 }),
    basis: fc.constantFrom(...bases),
  });
  /** A decision's items, and right corrections of some of them, in any order. */
  const decided = fc.array(itemScore, { minLength: 1, maxLength: 8 }).chain((scores) => {
    const all = scores.map(({ millipointsMax, share, basis }, index): ItemScore => {
      return { itemId: `i${index}`, millipoints: Math.floor((millipointsMax * share) / 100), millipointsMax, basis };
    });
    const corrections = fc
      .shuffledSubarray(all)
      .chain((some) =>
        fc.tuple(
          ...some.map(({ itemId, millipointsMax }) =>
            fc.record({ test: fc.constant(test), itemId: fc.constant(itemId), millipoints: fc.integer({ min: 0, max: millipointsMax }) }),
          ),
        ),
      );
    return fc.record({ all: fc.constant(all), corrections });
  });

  it('change just what is named, whatever the decision was; done once more, nothing', () => {
    fc.assert(
      fc.property(decided, ({ all, corrections }) => {
        const corrected = correctItems(all, { test, points: corrections });
        const wanted = new Map(corrections.map(({ itemId, millipoints }) => [itemId, millipoints]));
        const expected = all.map((item) => {
          const millipoints = wanted.get(item.itemId);
          return millipoints === undefined ? item : { ...item, millipoints, basis: 'corrected' };
        });
        expect(corrected).toEqual(expected);
        expect(correctItems(corrected, { test, points: corrections })).toEqual(corrected);
      }),
    );
  });

  it('of the other test leave this one as it is', () => {
    expect(correctItems(items, { test, points: [{ test: 'aptitude', itemId: 'k1', millipoints: 0 }] })).toEqual(items);
  });

  it('that include a single wrong one change nothing at all', () => {
    fc.assert(
      fc.property(decided, fc.nat(), fc.constantFrom('above', 'below', 'elsewhere'), ({ all, corrections }, seed, wrongBy) => {
        const target = all[seed % all.length];
        if (!target) return;
        const wrong = {
          above: { itemId: target.itemId, millipoints: target.millipointsMax + 1 },
          below: { itemId: target.itemId, millipoints: -1 },
          elsewhere: { itemId: 'of another test', millipoints: 0 },
        }[wrongBy];
        const others = corrections.filter(({ itemId }) => itemId !== wrong.itemId);
        const before = structuredClone(all);
        expect(() => correctItems(all, { test, points: [...others, { test, ...wrong }] })).toThrow(Refusal);
        expect(all).toEqual(before);
      }),
    );
  });
});
