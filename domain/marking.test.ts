import { describe, expect, it } from 'vitest';
import { blindDueAt, checkMarks } from './marking.ts';

const markables = [
  { itemId: 't1', millipointsMax: 5000 },
  { itemId: 't2', millipointsMax: 2500 },
];
const first = { itemId: 't1', points: 5, reason: '' };
const second = { itemId: 't2', points: 2.5, reason: '' };
const full = [first, second];

describe('checking marks', () => {
  it('takes full points without a reason', () => {
    expect(checkMarks(markables, full)).toEqual({
      problems: [],
      marks: [
        { itemId: 't1', millipoints: 5000, reason: '' },
        { itemId: 't2', millipoints: 2500, reason: '' },
      ],
    });
  });

  it.each([
    ['points outside the range', { points: 5.01 }, 'marks[0].points'],
    ['negative points', { points: -1, reason: 'x' }, 'marks[0].points'],
    ['too many decimals', { points: 1.005, reason: 'x' }, 'marks[0].points'],
    ['lost points without a reason', { points: 4, reason: ' ' }, 'marks[0].reason'],
    ['lost points with a reason that nobody sees', { points: 4, reason: '\u200b' }, 'marks[0].reason'],
    ['a reason with a control character', { points: 4, reason: 'x\u0007' }, 'marks[0].reason'],
    ['a reason that is too long', { points: 4, reason: '😀'.repeat(5001) }, 'marks[0].reason'],
    ['an item of another assignment', { itemId: 'zz' }, 'marks[0].itemId'],
    ['an item marked twice', { itemId: 't2' }, 'marks[1].itemId'],
  ])('names %s by its place', (_what, change, path) => {
    const marks = [{ ...first, ...change }, second];
    expect(checkMarks(markables, marks).problems.map((problem) => problem.path)).toContain(path);
  });

  it('names every criterion that is missing, and all problems at once', () => {
    const { problems } = checkMarks(markables, [{ itemId: 't1', points: 9, reason: '' }]);
    expect(problems).toEqual([
      { path: 'marks[0].points', message: 'must be at most 5' },
      { path: 'marks', message: '"t2" has no mark' },
    ]);
  });
});

it('tells graders a due time that hides when the submission came in', () => {
  expect(blindDueAt(new Date('2026-11-29T19:25:18.258Z')).toISOString()).toBe('2026-11-29T19:00:00.000Z');
});
