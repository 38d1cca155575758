import { describe, expect, test } from 'vitest';
import { openings, standingCounts } from './load-plan.ts';
import { seededRandom } from './random.ts';

describe('standingCounts', () => {
  test('has the phases in the shares of the days that an attempt may spend in them', () => {
    expect(standingCounts(58)).toEqual({ aptitude_grading: 7, case_study_offered: 30, case_study: 14, case_study_grading: 7 });
    expect(standingCounts(20_000)).toEqual({ aptitude_grading: 2414, case_study_offered: 10_345, case_study: 4827, case_study_grading: 2414 });
  });

  test('always adds up', () => {
    for (let total = 0; total < 200; total += 1) expect(Object.values(standingCounts(total)).reduce((sum, count) => sum + count)).toBe(total);
  });
});

describe('openings', () => {
  test('mixes those who wait for the exam day with those who stand', () => {
    const drawn = openings({ registered: 40, standing: 58, random: seededRandom('a', 'order') });
    expect(drawn).toHaveLength(98);
    expect(drawn.filter((phase) => phase === undefined)).toHaveLength(40);
    expect(drawn.filter((phase) => phase === 'case_study')).toHaveLength(14);
    expect(drawn.slice(0, 58)).toContain(undefined);
  });

  test('is the same for the same seed', () => {
    const draw = (seed: string) => openings({ registered: 20, standing: 20, random: seededRandom(seed, 'order') });
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });
});
