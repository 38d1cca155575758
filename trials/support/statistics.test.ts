import { describe, expect, test } from 'vitest';
import { alternate, inTurns, median, percentile, rounded } from './statistics.ts';

describe('median', () => {
  test('is the middle of an odd number of values, in whatever order they came', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 9, 100])).toBe(10);
  });

  test('is the mean of the two in the middle of an even number', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test('of nothing is an error and not a figure', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test('is the value at the nearest rank', () => {
    expect(percentile(hundred, 50)).toBe(50);
    expect(percentile(hundred, 99)).toBe(99);
    expect(percentile(hundred, 100)).toBe(100);
    expect(percentile([7], 1)).toBe(7);
  });

  test('of nothing is an error and not a figure', () => {
    expect(() => percentile([], 99)).toThrow(RangeError);
  });
});

test('figures are rounded to the decimals asked for', () => {
  expect(rounded(0.7349, 3)).toBe(0.735);
  expect(rounded(12, 1)).toBe(12);
});

test('rounds alternate who goes first, and the warm-up is dropped', async () => {
  const order: string[] = [];
  const seen: number[] = [];
  const side = (name: string) => async () => order.push(name);
  const measured = await alternate(2, { ours: side('ours'), baseline: side('baseline') }, (round) => seen.push(round));
  expect(order).toEqual(['ours', 'baseline', 'baseline', 'ours', 'ours', 'baseline']);
  expect(seen).toEqual([0, 1, 2]);
  expect(measured).toEqual([
    { ours: 4, baseline: 3 },
    { ours: 5, baseline: 6 },
  ]);
});

test('of three sides each is first in turn, whichever way they are named', async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const measured = await inTurns(3, { a: side('a'), b: side('b'), c: side('c') }, () => {});
  expect(measured).toHaveLength(3);
  expect(order.join('')).toBe('abcbcacababc');
});
