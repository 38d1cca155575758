import { describe, expect, it } from 'vitest';
import { agreementOf, intraclassCorrelation, weightedKappa, type Estimate } from './agreement.ts';

const pairsOf = (marks: readonly (readonly [number, number])[]) => marks.map(([first, second]) => ({ first, second }));

/** Judges 1 and 2 of the six persons in Shrout and Fleiss (1979). */
const SHROUT_FLEISS = pairsOf([
  [9, 2],
  [6, 1],
  [8, 4],
  [7, 1],
  [10, 5],
  [6, 2],
]);
const CLOSER = pairsOf([
  [5, 5],
  [3, 4],
  [4, 4],
  [2, 3],
  [5, 4],
  [0, 1],
  [3, 3],
  [4, 5],
  [1, 3],
  [2, 2],
]);

function expectEstimate(found: Estimate | undefined, [value, low, high]: readonly [number, number, number]): void {
  expect(found?.value).toBeCloseTo(value, 7);
  expect(found?.low).toBeCloseTo(low, 7);
  expect(found?.high).toBeCloseTo(high, 7);
}

/** What statsmodels 0.15.0 (kappa) and pingouin 0.7.0 (ICC) say; on marks drawn at random they are asked in test/independent/agreement.test.ts. */
describe('kappa and ICC, with their intervals', () => {
  it('are those of other implementations, where two judges differ in level', () => {
    expectEstimate(weightedKappa(SHROUT_FLEISS), [0.10695187165775377, -0.0027437670259106844, 0.21664751034141821]);
    expectEstimate(intraclassCorrelation(SHROUT_FLEISS), [0.12565445026178026, -0.023653221543256917, 0.5998514840379154]);
  });

  it('are those of other implementations, where two judges agree well', () => {
    expectEstimate(weightedKappa(CLOSER), [0.7846889952153111, 0.5953827105950853, 0.9739952798355369]);
    expectEstimate(intraclassCorrelation(CLOSER), [0.8019559902200486, 0.3807525391456991, 0.9470258004338673]);
  });

  it('are whole where one copies the other', () => {
    const copied = CLOSER.map(({ first }) => ({ first, second: first }));
    expectEstimate(weightedKappa(copied), [1, 1, 1]);
    expectEstimate(intraclassCorrelation(copied), [1, 1, 1]);
  });

  it('have an interval also where the two differ by the same everywhere', () => {
    const shifted = CLOSER.map(({ first }) => ({ first, second: first + 1 }));
    const found = intraclassCorrelation(shifted);
    expect(found?.low).toBeGreaterThanOrEqual(-1);
    expect(found?.low).toBeLessThan(found?.value ?? -1);
    expect(found?.high).toBeGreaterThan(found?.value ?? 2);
  });

  it('are not told where there is nothing to agree about', () => {
    const constant = Array.from({ length: 30 }, () => ({ first: 1, second: 1 }));
    expect([weightedKappa(constant), intraclassCorrelation(constant)]).toEqual([undefined, undefined]);
    expect([weightedKappa([]), intraclassCorrelation([]), intraclassCorrelation(SHROUT_FLEISS.slice(0, 1))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the agreement of a grader', () => {
  it('is not told below twenty pairs: one of them would give the other’s mark away', () => {
    expect(agreementOf(CLOSER, 4)).toEqual({ pairs: 10, scripts: 4 });
  });

  it('tells from there on who is more severe, and by how much', () => {
    const shifted = [...CLOSER, ...CLOSER].map(({ first }) => ({ first: first / 10, second: first / 10 + 0.125 }));
    const { severity, distance, kappa, icc, ...counted } = agreementOf(shifted, 4);
    expect(counted).toEqual({ pairs: 20, scripts: 4, spread: 0 });
    expect([severity, distance]).toEqual([expect.closeTo(0.125, 9), expect.closeTo(0.125, 9)]);
    expect(kappa?.value).toBeLessThan(1);
    expect(icc?.value).toBeLessThan(1);
  });
});

it('kappa of more marks than a call takes as arguments is a figure all the same', () => {
  const pairs = Array.from({ length: 80_000 }, (_none, index) => ({ first: index % 5, second: (index + (index % 7 === 0 ? 1 : 0)) % 5 }));
  const [all, part] = [weightedKappa(pairs), weightedKappa(pairs.slice(0, 14_000))];
  expect(all?.value).toBeCloseTo(part?.value ?? NaN, 3);
});
