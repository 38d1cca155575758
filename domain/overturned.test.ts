import { describe, expect, it } from 'vitest';
import { isOverturned } from './overturned.ts';
import type { ItemScore } from './reconciliation.ts';

const item = (itemId: string, millipoints: number, basis: ItemScore['basis']): ItemScore => ({ itemId, millipoints, millipointsMax: 5000, basis });

/** Eight of ten points, exactly the pass mark. */
const decided = { passed: true, passMark: 8000, items: [item('c1', 5000, 'machine'), item('t1', 3000, 'averaged')] };

describe('a decision', () => {
  it('is overturned where the marks of one grader alone miss the pass mark by the least there is', () => {
    expect(isOverturned({ ...decided, own: [{ itemId: 't1', millipoints: 2990 }] })).toBe(true);
    expect(isOverturned({ ...decided, own: [{ itemId: 't1', millipoints: 3000 }] })).toBe(false);
  });

  it('is overturned both ways: a fail that would have passed counts as well', () => {
    const failed = { ...decided, passed: false, items: [item('c1', 5000, 'machine'), item('t1', 2990, 'adjudicated')] };
    expect(isOverturned({ ...failed, own: [{ itemId: 't1', millipoints: 3000 }] })).toBe(true);
    expect(isOverturned({ ...failed, own: [{ itemId: 't1', millipoints: 0 }] })).toBe(false);
  });

  it('is not overturned by what the grader did not mark', () => {
    expect(isOverturned({ ...decided, own: [] })).toBe(false);
  });
});
