import { describe, expect, it } from 'vitest';
import { pickCaseStudy } from './download.ts';

describe('picking a case study', () => {
  it('picks each unseen one now and then, and never one seen before', () => {
    const picked = new Set(Array.from({ length: 200 }, () => pickCaseStudy(['a', 'b', 'c', 'd'], ['b'])));
    expect([...picked].toSorted()).toEqual(['a', 'c', 'd']);
  });

  it('picks the one seen longest ago once all are seen', () => {
    expect(pickCaseStudy(['a', 'b', 'c'], ['b', 'c', 'a'])).toBe('b');
    expect(pickCaseStudy(['a', 'b', 'c'], ['b', 'c', 'a', 'b'])).toBe('c');
  });
});
