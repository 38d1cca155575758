import { describe, expect, test } from 'vitest';
import { seededRandom } from '../people/random.ts';
import { around, arrivals, awake, AWAKE_SHARE, byDay, DAY, exponential, HOUR, nextExamDay, WEEK, workingDaysLater } from './draws.ts';

const random = () => seededRandom('draws', 'test');
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('draws', () => {
  test('have the mean that is asked for', () => {
    const draw = random();
    expect(mean(Array.from({ length: 20_000 }, () => exponential(6, draw)))).toBeCloseTo(6, 0);
    const times = Array.from({ length: 20_000 }, () => around(0.25, draw));
    expect(mean(times)).toBeCloseTo(1, 2);
    expect(Math.min(...times)).toBeGreaterThan(0.5);
  });

  test('let so many arrive, and by day alone', () => {
    const perWeek = 2000;
    const drawn = [...arrivals({ perSecondMax: perWeek / WEEK / AWAKE_SHARE, weight: awake, until: 10 * WEEK, random: random() })];
    expect(drawn.length / 10 / perWeek).toBeCloseTo(1, 1);
    expect(drawn.every((at) => awake(at) === 1)).toBe(true);
    expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
  });

  test('move the night into the next day', () => {
    const draw = random();
    expect(byDay(9 * HOUR, draw)).toBe(9 * HOUR);
    for (const night of [22.5 * HOUR, 23.9 * HOUR, DAY + 3 * HOUR]) {
      const moved = byDay(night, draw);
      expect(moved).toBeGreaterThanOrEqual(DAY + 8 * HOUR);
      expect(moved).toBeLessThan(DAY + 22 * HOUR);
    }
  });
});

describe('the calendar', () => {
  test('has an exam day a week', () => {
    expect(nextExamDay(0)).toBe(5 * DAY + 10 * HOUR);
    expect(nextExamDay(5 * DAY + 11 * HOUR)).toBe(WEEK + 5 * DAY + 10 * HOUR);
  });

  test.each([
    ['Monday at noon', 12 * HOUR, 'the next Monday at noon', WEEK + 12 * HOUR],
    ['Friday evening', 4 * DAY + 20 * HOUR, 'the next Friday evening', WEEK + 4 * DAY + 20 * HOUR],
    ['Saturday', 5 * DAY + 10 * HOUR, 'the beginning of the Monday after the next week', 2 * WEEK],
    ['Sunday', 6 * DAY, 'the same', 2 * WEEK],
  ])('takes five working days from %s to %s', (_from, at, _to, later) => {
    expect(workingDaysLater(at, 5)).toBe(later);
  });

  test('counts single days over a weekend', () => {
    expect(workingDaysLater(4 * DAY, 1)).toBe(WEEK);
    expect(workingDaysLater(2 * DAY, 2)).toBe(4 * DAY);
  });
});
