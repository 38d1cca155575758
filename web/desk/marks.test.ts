import { describe, expect, it } from 'vitest';
import { lackOf, partsOf, pointsOf, totalOf } from './marks.ts';

describe('points as they are typed', () => {
  it.each([
    ['7', 7],
    [' 7.5 ', 7.5],
    ['7,25', 7.25],
    ['', null],
    ['7.', null],
    ['-1', null],
    ['1e3', null],
    ['seven', null],
  ])('%j are %j', (text, points) => {
    expect(pointsOf(text)).toBe(points);
  });

  it('add up without the drift of binary fractions', () => {
    expect(totalOf([0.1, 0.2, 0.7, 1.15])).toBe(2.15);
  });
});

describe('a mark', () => {
  it.each([
    ['nothing', undefined, 'points'],
    ['no points', { points: ' ', reason: 'why' }, 'points'],
    ['no number', { points: '4x', reason: 'why' }, 'noNumber'],
    ['more than there are', { points: '5.5', reason: 'why' }, 'tooMany'],
    ['points lost for no reason', { points: '4', reason: ' ' }, 'reason'],
    ['points lost for a reason', { points: '4', reason: 'why' }, undefined],
    ['all points and no reason', { points: '5', reason: '' }, undefined],
  ] as const)('with %s lacks what it lacks', (_what, value, lack) => {
    expect(lackOf({ pointsMax: 5 }, value)).toBe(lack);
  });
});

it('criteria of a case study are marked like answers', () => {
  const held = { id: 'a', purpose: 'mark', state: 'open', dueAt: '', leaseExpiresAt: null, fencingToken: 1, draft: null } as const;
  const criteria = [{ itemId: 'c1', title: 'Depth', description: 'How deep', pointsMax: 10 }];
  const file = { mediaType: 'application/pdf', sizeBytes: 1, url: '/f' };
  expect(partsOf({ ...held, test: 'case_study', title: 'Case', brief: '', criteria, file })).toEqual([
    { itemId: 'c1', title: 'Depth', pointsMax: 10, guide: 'How deep' },
  ]);
});
