import { describe, expect, it } from 'vitest';
import { explain } from '../../domain/explanation.ts';
import { adjudicated } from '../../test/support/explained.ts';
import { viewOfExplanation } from './explanation.ts';

const view = (audience: 'candidate' | 'staff') =>
  viewOfExplanation({ explanation: explain(adjudicated()), candidateName: 'Ada Example', examTitle: 'A small exam', audience });

describe('why this score, on paper', () => {
  it('shows staff each grader, each key and each step', () => {
    const { entries, notes } = view('staff');
    expect(entries[2]?.remarks.map(({ by, text }) => `${by}\n${text}`.trim())).toEqual([
      'Where the points come from: by the adjudicator, in place of two marks.',
      'Model answer: So and so',
      'grader-1, 2026-11-29T00:00:00.000Z\n1 of 5\nbecause',
      'grader-2, 2026-11-29T00:00:00.000Z\n4.5 of 5\nbecause',
      'grader-3, who settled it, 2026-11-29T00:00:00.000Z\n5 of 5\nbecause',
      'The marks are 3500 thousandths apart, allowed 10000000/10000: disputed.',
    ]);
    expect(notes.slice(-3)).toEqual([
      'Disputed: t1; at their lowest 14000/20000 fails, at their highest 17500/20000 passes: adjudicated.',
      'In thousandths of a point: 5000 + 5000 + 5000 + 3000 = 18000 of 20000.',
      '18000/20000 against 8000/10000: 180000000 ≥ 160000000, so passed.',
    ]);
  });

  it('shows candidates the same steps, without graders and without keys', () => {
    const { entries, notes } = view('candidate');
    expect(entries[2]?.remarks.map(({ by }) => by)).toEqual(['', 'Grader A', 'Grader B', 'Grader C, who settled it', '']);
    expect(JSON.stringify({ entries, notes })).not.toMatch(/grader-\d|So and so|Key:/);
    expect(notes.slice(-3)).toEqual(view('staff').notes.slice(-3));
  });
});
