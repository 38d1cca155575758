import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHandledOffsets } from './handled-offsets.ts';

const message = (offset: number) => ({ offset: BigInt(offset) });

describe('the offsets of a partition', () => {
  it('are committable only behind a gapless row of handled messages', () => {
    const offsets = createHandledOffsets<{ offset: bigint }>();
    for (const offset of [3, 4, 7]) offsets.begin(message(offset));
    offsets.finish(message(4));
    expect(offsets.takeCommittable()).toBeUndefined();
    offsets.finish(message(3));
    expect(offsets.takeCommittable()).toEqual(message(4));
    expect(offsets.takeCommittable()).toBeUndefined();
    expect(offsets.pending()).toBe(1);
  });

  it('never pass over a message that is not handled, in whatever order they finish', () => {
    const order = fc.integer({ min: 1, max: 40 }).chain((count) => {
      const all = Array.from({ length: count }, (_, index) => index);
      return fc.shuffledSubarray(all, { minLength: 0, maxLength: count }).map((finished) => ({ all, finished }));
    });
    fc.assert(
      fc.property(order, ({ all, finished }) => {
        const offsets = createHandledOffsets<{ offset: bigint }>();
        for (const offset of all) offsets.begin(message(offset));
        let committed = -1;
        finished.forEach((offset, index) => {
          offsets.finish(message(offset));
          committed = Number(offsets.takeCommittable()?.offset ?? committed);
          const firstOpen = all.find((one) => !finished.slice(0, index + 1).includes(one)) ?? all.length;
          expect(committed).toBe(firstOpen - 1);
        });
      }),
    );
  });

  it('that come again after a rebalance are known', () => {
    const offsets = createHandledOffsets<{ offset: bigint }>();
    expect([1, 2, 1, 2, 3].map((offset) => offsets.begin(message(offset)))).toEqual([true, true, false, false, true]);
  });

  it('can be taken again after a commit that failed, and no earlier one than has been finished since', () => {
    const offsets = createHandledOffsets<{ offset: bigint }>();
    for (const offset of [1, 2]) offsets.begin(message(offset));
    offsets.finish(message(1));
    const taken = offsets.takeCommittable();
    offsets.finish(message(2));
    offsets.putBack(taken ?? message(0));
    expect(offsets.takeCommittable()).toEqual(message(2));
    offsets.putBack(message(2));
    expect(offsets.takeCommittable()).toEqual(message(2));
  });
});
