import { describe, expect, it } from 'vitest';
import { answerAppeal, appealableItems, itemsToMark } from './appeal.ts';
import { ITEM_BASES, type ItemScore } from './reconciliation.ts';

const item = (itemId: string, millipoints: number, basis: ItemScore['basis'] = 'single'): ItemScore => ({
  itemId,
  millipoints,
  millipointsMax: 5000,
  basis,
});

describe('what may be appealed', () => {
  it('is what people marked below its full points', () => {
    const items = ITEM_BASES.flatMap((basis) => [item(`${basis}-low`, 1000, basis), item(`${basis}-full`, 5000, basis)]);
    expect(appealableItems(items).map(({ itemId }) => itemId)).toEqual(['single-low', 'agreed-low', 'averaged-low', 'adjudicated-low']);
  });

  it('is marked alone of answers, and with all the rest of a file, whose rubric would tell', () => {
    expect(itemsToMark({ test: 'aptitude', itemIds: ['t1'] })).toEqual(['t1']);
    expect(itemsToMark({ test: 'case_study', itemIds: ['t1'] })).toBeUndefined();
  });
});

describe('an answer', () => {
  const items = [item('a', 1000), item('b', 2000), item('c', 5000, 'machine')];
  const mark = (itemId: string, millipoints: number) => ({ itemId, millipoints });

  it.each([
    ['upheld', [3000, 2500]],
    ['partly', [3000, 2000]],
    ['refused', [1000, 0]],
  ] as const)('is %s by how many of the appealed items have more points', (answer, [a, b]) => {
    const answered = answerAppeal(items, { itemIds: ['a', 'b'], marks: [mark('a', a), mark('b', b)] });
    expect(answered.answer).toBe(answer);
    expect(answered.items.map(({ millipoints }) => millipoints)).toEqual([Math.max(a, 1000), Math.max(b, 2000), 5000]);
  });

  it('never lowers an item, whatever is marked (all marks of two items, to the point)', () => {
    for (let a = 0; a <= 5000; a += 1000) {
      for (let b = 0; b <= 5000; b += 1000) {
        const answered = answerAppeal(items, { itemIds: ['a', 'b'], marks: [mark('a', a), mark('b', b)] }).items;
        answered.forEach(({ millipoints }, index) => expect(millipoints).toBeGreaterThanOrEqual(items[index]?.millipoints ?? Infinity));
      }
    }
  });

  it('leaves alone what was marked and not appealed', () => {
    expect(answerAppeal(items, { itemIds: ['a'], marks: [mark('a', 1000), mark('b', 5000)] })).toEqual({ answer: 'refused', items });
  });

  it('is none while a mark is missing', () => {
    expect(() => answerAppeal(items, { itemIds: ['a', 'b'], marks: [mark('a', 1000)] })).toThrow(RangeError);
  });
});
