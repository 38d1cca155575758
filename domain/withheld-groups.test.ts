import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withheldGroups } from './withheld-groups.ts';

const MIN = 10;
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
const withheldOf = (...sizes: number[]) => [...withheldGroups(sizes, MIN)].toSorted((one, other) => one - other);

describe('what is withheld', () => {
  it('is nothing where every group is large enough', () => {
    expect(withheldOf(10, 200, 31)).toEqual([]);
  });

  it('is a small group and the next larger one that hides it from the total', () => {
    expect(withheldOf(200, 3, 40)).toEqual([1, 2]);
  });

  it('is small groups alone where together they are enough', () => {
    expect(withheldOf(200, 6, 40, 5)).toEqual([1, 3]);
  });

  it('is everything where there are fewer people than one group needs', () => {
    expect(withheldOf(4, 5)).toEqual([0, 1]);
  });

  /** Whoever reads the shown rows and the total solves for what is left: every sum of rows that they can know. */
  it('tells of no group of fewer than ten, nor of all withheld ones together, on any drawn table', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat({ max: 14 }), fc.nat({ max: 500 })), { minLength: 1, maxLength: 12 }), (sizes) => {
        const withheld = withheldGroups(sizes, MIN);
        const [hidden, shown] = [sizes.filter((_size, group) => withheld.has(group)), sizes.filter((_size, group) => !withheld.has(group))];
        expect(shown.every((size) => size >= MIN)).toBe(true);
        // Known by difference: the total less every shown row.
        const rest = sum(sizes) - sum(shown);
        expect(rest === sum(hidden)).toBe(true);
        if (hidden.length > 0 && shown.length > 0) expect(rest === 0 || rest >= MIN).toBe(true);
        // One withheld alone would be the rest itself.
        if (hidden.length === 1 && shown.length > 0) expect(hidden[0] === 0 || (hidden[0] ?? 0) >= MIN).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('is no more than that asks for: with the largest of the withheld shown, somebody would be told', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 }), { minLength: 2, maxLength: 10 }), (sizes) => {
        const hidden = [...withheldGroups(sizes, MIN)].map((group) => sizes[group] ?? 0);
        const largest = Math.max(0, ...hidden);
        if (largest < MIN) return;
        const rest = sum(hidden) - largest;
        expect(rest > 0 && rest < MIN).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
