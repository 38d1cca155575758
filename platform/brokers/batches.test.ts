import { describe, expect, it } from 'vitest';
import { intoBatches } from './batches.ts';

const cut = (sizes: number[], limits: { maxCount: number; maxBytes: number }) =>
  intoBatches(
    sizes.map((sizeBytes) => ({ sizeBytes })),
    limits,
  ).map((batch) => batch.map(({ sizeBytes }) => sizeBytes));

describe('batches', () => {
  it('stay within both limits and keep the order', () => {
    expect(cut([1, 1, 1, 1], { maxCount: 3, maxBytes: 100 })).toEqual([[1, 1, 1], [1]]);
    expect(cut([60, 40, 1], { maxCount: 10, maxBytes: 100 })).toEqual([[60, 40], [1]]);
    expect(cut([], { maxCount: 10, maxBytes: 100 })).toEqual([]);
  });

  it('hold what is too large alone', () => {
    expect(cut([1, 500, 1, Infinity, 1], { maxCount: 10, maxBytes: 100 })).toEqual([[1], [500], [1], [Infinity], [1]]);
  });
});
