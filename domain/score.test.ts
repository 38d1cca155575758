import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certificateBasisPoints, formatBasisPoints, passes, shownBasisPoints } from './score.ts';

const score = fc
  .integer({ min: 1, max: 10_000_000 })
  .chain((millipointsMax) => fc.integer({ min: 0, max: millipointsMax }).map((millipoints) => ({ millipoints, millipointsMax })));

describe('the pass mark', () => {
  it('is passed by exactly 80 % and missed by a thousandth of a point less', () => {
    expect(passes({ millipoints: 100_000, millipointsMax: 125_000 }, 8000)).toBe(true);
    expect(passes({ millipoints: 99_999, millipointsMax: 125_000 }, 8000)).toBe(false);
  });

  it('is decided on the exact fraction, where floats would err', () => {
    // 0.1 + 0.7 is 0.7999999999999999 as floats.
    expect(passes({ millipoints: 100 + 700, millipointsMax: 1000 }, 8000)).toBe(true);
  });

  it('never lets a fail read as the pass mark, nor a pass as less', () => {
    fc.assert(
      fc.property(score, fc.integer({ min: 1, max: 10_000 }), (result, passMark) => {
        expect(shownBasisPoints(result) >= passMark).toBe(passes(result, passMark));
      }),
    );
  });
});

describe('the certificate’s score', () => {
  it('is the mean of both percentages, rounded down once', () => {
    expect(certificateBasisPoints({ aptitude: { millipoints: 1, millipointsMax: 3 }, case_study: { millipoints: 2, millipointsMax: 3 } })).toBe(5000);
    expect(
      certificateBasisPoints({
        aptitude: { millipoints: 19_500, millipointsMax: 20_000 },
        case_study: { millipoints: 18_500, millipointsMax: 20_000 },
      }),
    ).toBe(9500);
  });

  it('lies between both percentages whatever they are', () => {
    fc.assert(
      fc.property(score, score, (aptitude, caseStudy) => {
        const shown = [shownBasisPoints(aptitude), shownBasisPoints(caseStudy)];
        const mean = certificateBasisPoints({ aptitude, case_study: caseStudy });
        expect(mean).toBeGreaterThanOrEqual(Math.min(...shown));
        expect(mean).toBeLessThanOrEqual(Math.max(...shown) + 1);
      }),
    );
  });
});

it.each([
  [8005, '80.05'],
  [0, '0.00'],
  [7, '0.07'],
  [10_000, '100.00'],
])('shows %i basis points as %s', (basisPoints, shown) => {
  expect(formatBasisPoints(basisPoints)).toBe(shown);
});
