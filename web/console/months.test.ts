import { expect, it } from 'vitest';
import { monthBefore } from './months.ts';

it('the month before is that of UTC, also over a new year and at the edges of a month', () => {
  expect(monthBefore(new Date('2026-11-29T12:00:00Z'))).toBe('2026-10');
  expect(monthBefore(new Date('2027-01-01T00:00:00Z'))).toBe('2026-12');
  expect(monthBefore(new Date('2026-03-31T23:59:59Z'))).toBe('2026-02');
});
