import { describe, expect, test } from 'vitest';
import { openings, standingCounts } from './plan.ts';
import { seededRandom } from '../people/random.ts';

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
  const counts = (opened: readonly string[]) =>
    Object.fromEntries([...Map.groupBy(opened, (opening) => opening)].map(([opening, all]) => [opening, all.length]));

  test('mix those who wait for the exam day with those who stand, the share asked for past their registration', () => {
    const drawn = openings({ examDay: 40, standing: 580, advancedShare: 0.1, random: seededRandom('a', 'order') });
    expect(counts(drawn)).toEqual({
      'exam day': 40,
      registered: 522,
      aptitude_grading: 7,
      case_study_offered: 30,
      case_study: 14,
      case_study_grading: 7,
    });
    expect(drawn.slice(0, 300)).toContain('exam day');
  });

  test('are the same for the same seed', () => {
    const draw = (seed: string) => openings({ examDay: 20, standing: 20, advancedShare: 1, random: seededRandom(seed, 'order') });
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });
});
