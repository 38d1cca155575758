import { describe, expect, it } from 'vitest';
import { withComment } from './comments.ts';

describe('a comment taken into a mark', () => {
  it('comes after what was typed, and never in its place', () => {
    expect(withComment({ points: '', reason: ' \n' }, { text: 'So', points: null })).toEqual({ points: '', reason: 'So' });
    expect(withComment({ points: '', reason: 'First. ' }, { text: 'So', points: null }).reason).toBe('First.\nSo');
  });

  it('brings its points where none are typed, and changes none that are', () => {
    expect(withComment({ points: ' ', reason: '' }, { text: 'So', points: 0 }).points).toBe('0');
    expect(withComment({ points: '3,', reason: '' }, { text: 'So', points: 2.5 }).points).toBe('3,');
  });
});
