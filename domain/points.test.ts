import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanOf, millipointsFromPoints, pointsFromMillipoints, sumOf, shownPoints } from './points.ts';

describe('points', () => {
  it('reads every amount with at most two decimals exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999 }), (hundredths) => {
        expect(millipointsFromPoints(hundredths / 100)).toBe(hundredths * 10);
      }),
    );
  });

  it.each([4.255, -1, -0.01, Number.NaN, Number.POSITIVE_INFINITY, 1e21, 1e-7])('refuses %s rather than rounding it', (points) => {
    expect(millipointsFromPoints(points)).toBeUndefined();
  });

  it('keeps the mean of any two marks exact, also half a hundredth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 100_000 }), (a, b) => {
        const mean = meanOf(a * 10, b * 10);
        expect(Number.isInteger(mean)).toBe(true);
        expect(mean * 2).toBe((a + b) * 10);
      }),
    );
    expect(pointsFromMillipoints(meanOf(1250, 1260))).toBe(1.255);
  });

  it('sums without the drift of floats', () => {
    expect(sumOf(Array.from({ length: 10 }, () => millipointsFromPoints(0.1) ?? 0))).toBe(1000);
  });
});

describe('points for people', () => {
  it('have two decimals at most and are rounded down, so that what is missed never reads as reached', () => {
    expect([4625, 5000, 79_999, 1250, 10, 9, 0].map(shownPoints)).toEqual(['4.62', '5', '79.99', '1.25', '0.01', '0', '0']);
  });
});
