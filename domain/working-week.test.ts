import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workingWeekAfter } from './working-week.ts';

const after = (instant: string) => new Date(workingWeekAfter(Date.parse(instant))).toISOString();

describe('five working days after a submission', () => {
  it.each([
    ['a Monday morning', '2026-11-23T08:30:00.000Z', '2026-11-30T08:30:00.000Z'],
    ['a Wednesday', '2026-11-25T12:00:00.000Z', '2026-12-02T12:00:00.000Z'],
    ['the last instant of a Friday', '2026-11-27T23:59:59.999Z', '2026-12-04T23:59:59.999Z'],
    ['the first instant of a Saturday', '2026-11-28T00:00:00.000Z', '2026-12-05T00:00:00.000Z'],
    ['a Saturday afternoon', '2026-11-28T15:00:00.000Z', '2026-12-05T00:00:00.000Z'],
    ['the last instant of a Sunday', '2026-11-29T23:59:59.999Z', '2026-12-05T00:00:00.000Z'],
    ['the first instant of a Monday', '2026-11-30T00:00:00.000Z', '2026-12-07T00:00:00.000Z'],
    ['over a leap day', '2028-02-28T09:00:00.000Z', '2028-03-06T09:00:00.000Z'],
  ])('from %s', (_what, submitted, due) => {
    expect(after(submitted)).toBe(due);
  });

  it('hold five days of working time, whenever they begin', () => {
    const minute = 60_000;
    const worked = (from: number, to: number) => {
      let minutes = 0;
      for (let at = from; at < to; at += minute) if (![0, 6].includes(new Date(at).getUTCDay())) minutes += 1;
      return minutes;
    };
    const minutes = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z') / minute, max: Date.parse('2028-12-31T00:00:00Z') / minute });
    fc.assert(
      fc.property(minutes, (start) => {
        expect(worked(start * minute, workingWeekAfter(start * minute))).toBe(5 * 24 * 60);
      }),
      { numRuns: 50 },
    );
  });
});
