import { describe, expect, test } from 'vitest';
import { parseExamForm } from '../../exams/form.ts';
import { answerWorth, loadExam, pointsIn } from './exams.ts';

describe('loadExam', () => {
  test.each(['exam-day', 'standing-aptitude', 'standing-case-study'] as const)('%s is an exam that can be published', (exam) => {
    expect(parseExamForm(loadExam(exam))).toMatchObject({ ok: true });
  });

  test('has what is due on the exam day before all that stands open', () => {
    const promise = (exam: 'exam-day' | 'standing-aptitude') => {
      const parsed = parseExamForm(loadExam(exam));
      return parsed.ok ? parsed.content.policy.resultPromiseSeconds.aptitude : Number.NaN;
    };
    expect(promise('exam-day')).toBe(7 * 86_400);
    expect(promise('standing-aptitude')).toBeGreaterThan(365 * 86_400);
  });
});

describe('an answer', () => {
  test('tells a blind grader what it is worth', () => {
    for (const points of [0, 1, 5]) expect(pointsIn(String(answerWorth('t1', points)))).toBe(points);
  });
});
