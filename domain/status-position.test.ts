import { describe, expect, it } from 'vitest';
import { statusListOf } from './status-position.ts';

describe('a status position', () => {
  it.each([
    [0, { number: 1, index: 0 }],
    [131_071, { number: 1, index: 131_071 }],
    [131_072, { number: 2, index: 0 }],
    [262_145, { number: 3, index: 1 }],
  ])('%i is at %j', (position, entry) => {
    expect(statusListOf(position)).toEqual(entry);
  });

  it.each([-1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])('%d is none', (position) => {
    expect(() => statusListOf(position)).toThrow(RangeError);
  });
});
