import { describe, expect, test } from 'vitest';
import { drainRate, recoveryOf } from './recovery.ts';

const ages = (...seconds: readonly number[]) => seconds.map((age, at) => ({ at, seconds: age }));

describe('recoveryOf', () => {
  test('is the time from the kill until ages are again what they were, and stay so', () => {
    const samples = ages(1, 2, 1.5, 8, 12, 2, 9, 3, 2, 2, 2);
    expect(recoveryOf(samples, { killedAt: 2, holdSeconds: 3 })).toEqual({ normalSeconds: 3, worstSeconds: 12, recoveredAfterSeconds: 5 });
  });

  test('is nothing where ages never rose above what was normal', () => {
    expect(recoveryOf(ages(3, 3, 2, 3, 1, 0), { killedAt: 1, holdSeconds: 2 }).recoveredAfterSeconds).toBe(0);
  });

  test('is unknown as long as it has not held', () => {
    expect(recoveryOf(ages(3, 3, 9, 9), { killedAt: 1, holdSeconds: 1 }).recoveredAfterSeconds).toBeUndefined();
    expect(recoveryOf(ages(3, 3, 9, 1), { killedAt: 1, holdSeconds: 1 }).recoveredAfterSeconds).toBeUndefined();
    expect(recoveryOf([], { killedAt: 0, holdSeconds: 1 }).recoveredAfterSeconds).toBeUndefined();
  });

  test('takes ages that nobody notices for normal', () => {
    expect(recoveryOf(ages(0.1, 0.1, 1.9, 1.9), { killedAt: 1, holdSeconds: 1 })).toMatchObject({ normalSeconds: 2, recoveredAfterSeconds: 0 });
  });
});

describe('drainRate', () => {
  const counts = (...values: readonly number[]) => values.map((count, at) => ({ at, count }));

  test('leaves out how it begins and how it ends', () => {
    expect(drainRate(counts(100, 100, 98, 90, 70, 50, 30, 10, 9, 9, 0))).toBe(20);
  });

  test('is unknown where the backlog stays', () => {
    expect(drainRate(counts(100, 90, 50))).toBeUndefined();
    expect(drainRate([])).toBeUndefined();
    expect(drainRate(counts(0, 0))).toBeUndefined();
  });
});
