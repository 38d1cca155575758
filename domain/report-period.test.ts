import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastPeriod, periodName, periodsDue } from './report-period.ts';
import { PERIOD_REPORTS } from './report.ts';

const monday = new Date('2026-11-30T04:10:00Z');

describe('the periods of reports', () => {
  it('are whole weeks, months and quarters that are over', () => {
    const names = PERIOD_REPORTS.map((kind) => [kind, periodName(lastPeriod(kind, monday))]);
    expect(Object.fromEntries(names)).toEqual({
      operations: '2026-11-23/2026-11-30',
      money: '2026-10-01/2026-11-01',
      'marking-quality': '2026-10-01/2026-11-01',
      funnel: '2026-07-01/2026-10-01',
    });
    expect(periodName(lastPeriod('operations', new Date('2026-11-29T23:59:59.999Z')))).toBe('2026-11-16/2026-11-23');
    expect(periodName(lastPeriod('funnel', new Date('2027-01-01T00:00:00Z')))).toBe('2026-10-01/2027-01-01');
  });

  it('touch and never overlap, whatever the day', () => {
    const days = fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(days, fc.constantFrom(...PERIOD_REPORTS), (now, kind) => {
        const last = lastPeriod(kind, now);
        expect(last.until <= now && last.since < last.until).toBe(true);
        expect(lastPeriod(kind, last.until)).toEqual(last);
        expect(lastPeriod(kind, last.since).until).toEqual(last.since);
      }),
    );
  });

  it('are due once: what an outage left out is caught up, the oldest first, and at first the newest alone', () => {
    const due = (reportedUntil: string | null) =>
      periodsDue('operations', { now: monday, reportedUntil: reportedUntil === null ? null : new Date(reportedUntil) }).map(periodName);
    expect(due(null)).toEqual(['2026-11-23/2026-11-30']);
    expect(due('2026-11-30T00:00:00Z')).toEqual([]);
    expect(due('2026-11-09T00:00:00Z')).toEqual(['2026-11-09/2026-11-16', '2026-11-16/2026-11-23', '2026-11-23/2026-11-30']);
    expect(due('2020-01-06T00:00:00Z')).toHaveLength(12);
    expect(due('2020-01-06T00:00:00Z').at(-1)).toBe('2026-11-23/2026-11-30');
  });
});
