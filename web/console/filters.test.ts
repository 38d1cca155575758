import { expect, it } from 'vitest';
import { attemptSearch } from '../../api/routes/search/schemas.ts';
import { DUE, NOTHING_SOUGHT, PHASES, searchFor, type Due } from './filters.ts';

const now = new Date('2026-11-29T09:30:00Z');

it('narrows nothing by what is left empty', () => {
  expect(searchFor(NOTHING_SOUGHT, now)).toEqual({});
  expect(searchFor({ ...NOTHING_SOUGHT, text: '  ' }, now)).toEqual({});
});

it('asks for all that is chosen at once', () => {
  expect(searchFor({ text: ' Ada ', examId: 'small', phase: 'case_study', due: 'day', needsAttention: true }, now)).toEqual({
    text: 'Ada',
    examId: 'small',
    phase: 'case_study',
    dueFrom: '2026-11-29T09:30:00.000Z',
    dueUntil: '2026-11-30T09:30:00.000Z',
    needsAttention: true,
  });
});

it('leaves out of what is due soon what is overdue, which has a choice of its own', () => {
  expect(searchFor({ ...NOTHING_SOUGHT, due: 'overdue' }, now)).toEqual({ overdue: true });
  expect(searchFor({ ...NOTHING_SOUGHT, due: 'week' }, now).dueFrom).toBe(now.toISOString());
});

it('offers every phase that there is', () => {
  expect(PHASES).toEqual(attemptSearch.shape.phase.unwrap().options);
});

it.each(Object.keys(DUE) as Due[])('asks what the API takes: %s', (due) => {
  expect(attemptSearch.safeParse(searchFor({ ...NOTHING_SOUGHT, due }, now)).error).toBeUndefined();
});
