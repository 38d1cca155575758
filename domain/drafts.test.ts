import { describe, expect, it } from 'vitest';
import { checkDraft, mergeDraft, withPossiblePoints, type DraftMark, type SavedMark } from './drafts.ts';

const markables = [
  { itemId: 't1', millipointsMax: 7000 },
  { itemId: 't2', millipointsMax: 5000 },
];
const EARLIER = '2026-12-24T12:00:00.000Z';
const NOW = '2026-12-24T12:01:00.000Z';

const saved = (mark: Partial<SavedMark> = {}): SavedMark => ({
  itemId: 't1',
  points: 3,
  reason: 'two hours of thought',
  sequence: 4,
  countedBy: 'client',
  savedAt: EARLIER,
  ...mark,
});
const merge = (before: readonly SavedMark[], ...marks: readonly DraftMark[]) => mergeDraft(before, marks, { savedAt: NOW });

describe('checking a draft', () => {
  it('names points that cannot be, unknown items and every one of those that are there twice, and lets the others pass', () => {
    const mark = (itemId: string, points: number | null) => ({ itemId, points, reason: '' });
    const { marks, problems } = checkDraft(markables, [mark('t1', 99), mark('t2', 4.25), mark('c1', 1)]);
    expect(marks).toEqual([mark('t2', 4.25)]);
    expect(problems).toEqual([
      { path: 'marks[0].points', message: 'must be at most 7' },
      { path: 'marks[2].itemId', message: '"c1" is not part of this assignment' },
    ]);
    expect(checkDraft(markables, [mark('t1', 1), mark('t1', 2), mark('t2', null)])).toEqual({
      marks: [mark('t2', null)],
      problems: [0, 1].map((index) => ({ path: `marks[${index}].itemId`, message: '"t1" is marked twice' })),
    });
  });

  it.each([[7.01], [-1], [0.001], [1e21], [0.1 + 0.2]])('takes no %d of 7 points', (points) => {
    const marks = [{ itemId: 't1', points, reason: 'x' }];
    expect(checkDraft(markables, marks)).toMatchObject({ marks: [], problems: [{ path: 'marks[0].points' }] });
    expect(withPossiblePoints(markables, marks)).toEqual([{ itemId: 't1', points: null, reason: 'x' }]);
  });

  it.each([[0], [7], [6.99], [null]])('takes %s of 7 points', (points) => {
    const marks = [{ itemId: 't1', points, reason: '' }];
    expect(checkDraft(markables, marks)).toEqual({ marks, problems: [] });
    expect(withPossiblePoints(markables, marks)).toEqual(marks);
  });
});

describe('a mark that counts', () => {
  it('takes the place of an older one, also by a blank, and of nothing else', () => {
    const other = saved({ itemId: 't2' });
    expect(merge([saved(), other], { itemId: 't1', points: null, reason: '', sequence: 5 })).toEqual({
      marks: [{ itemId: 't1', points: null, reason: '', sequence: 5, countedBy: 'client', savedAt: NOW }, other],
      newer: [],
      kept: [],
    });
  });

  it.each([[3], [4]])('is told of the newer one when it comes with %d after 4', (sequence) => {
    expect(merge([saved()], { itemId: 't1', points: null, reason: '', sequence })).toEqual({ marks: [saved()], newer: [saved()], kept: [] });
  });

  it('may be repeated', () => {
    const { points, reason, sequence } = saved();
    expect(merge([saved()], { itemId: 't1', points, reason, sequence })).toEqual({ marks: [saved()], newer: [], kept: [] });
  });
});

describe('a mark without a sequence', () => {
  const uncounted = saved({ countedBy: 'server' });

  it('takes the place of another one without, and counts it', () => {
    expect(merge([uncounted], { itemId: 't1', points: 2, reason: 'better thought' }).marks).toEqual([
      { ...uncounted, points: 2, reason: 'better thought', sequence: 5, savedAt: NOW },
    ]);
  });

  it('never blanks what is filled in, and says what stays', () => {
    const blank = merge([uncounted], { itemId: 't1', points: null, reason: ' \n' });
    expect(blank).toEqual({ marks: [uncounted], newer: [], kept: [uncounted] });
    const halfBlank = merge([uncounted], { itemId: 't1', points: 1, reason: '' });
    expect(halfBlank.marks).toEqual([{ ...uncounted, points: 1, sequence: 5, savedAt: NOW }]);
    expect(halfBlank.kept).toEqual(halfBlank.marks);
  });

  it('takes the place of nothing that was counted, unless the grader hands it in', () => {
    const mark = { itemId: 't1', points: 1, reason: 'of an older window' };
    expect(merge([saved()], mark)).toEqual({ marks: [saved()], newer: [saved()], kept: [] });
    expect(mergeDraft([saved()], [mark], { savedAt: NOW, isFinal: true }).marks).toEqual([{ ...saved(), ...mark, sequence: 5, savedAt: NOW }]);
  });

  it('is the first one of an item, which a client that counts may go on from', () => {
    const { marks } = merge([], { itemId: 't1', points: null, reason: '' }, { itemId: 't2', points: 1, reason: '' });
    expect(marks.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(merge(marks, { itemId: 't1', points: 1, reason: '', sequence: 1 }).newer).toEqual([]);
  });
});

describe('whatever windows save in whatever order', () => {
  it('the newest of each item that was counted is what stands, and no older one is taken without a word', () => {
    for (let run = 0; run < 300; run += 1) {
      let draft: readonly SavedMark[] = [];
      const newest = new Map<string, number>();
      for (let save = 0; save < 20; save += 1) {
        const itemId = Math.random() < 0.5 ? 't1' : 't2';
        const sequence = Math.random() < 0.3 ? undefined : 1 + Math.floor(Math.random() * 12);
        const mark = { itemId, points: null, reason: Math.random() < 0.3 ? '' : `text ${run} ${save}`, sequence };
        const before = draft.find((one) => one.itemId === itemId);
        const merged = merge(draft, mark);
        const after = merged.marks.find((one) => one.itemId === itemId);
        if (sequence !== undefined && merged.newer.length === 0) newest.set(itemId, Math.max(sequence, newest.get(itemId) ?? 0));
        expect(after?.sequence ?? 0).toBeGreaterThanOrEqual(before?.sequence ?? 0);
        const told = [...merged.newer, ...merged.kept].some((one) => one.itemId === itemId);
        if (after?.reason !== mark.reason) expect(told).toBe(true);
        if (before && before.reason !== '' && after?.reason === '') expect(sequence).toBeGreaterThan(before.sequence);
        draft = merged.marks;
      }
      for (const { itemId, sequence } of draft) expect(sequence).toBeGreaterThanOrEqual(newest.get(itemId) ?? 0);
    }
  });
});
