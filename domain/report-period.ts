import type { Period, PeriodReportKind } from './report.ts';

/**
 * Whole weeks, months and quarters of the calendar in UTC, which touch and never overlap: nothing is counted twice, and no two reports of a kind
 * differ by a few people alone.
 */
const LENGTHS: Readonly<Record<PeriodReportKind, 'week' | 'month' | 'quarter'>> = {
  operations: 'week',
  money: 'month',
  'marking-quality': 'month',
  funnel: 'quarter',
};

/** What was missed for longer is left out: whoever wants it asks the command. */
const CAUGHT_UP_MAX = 12;

/** The last period of the kind that was over by then. */
export function lastPeriod(kind: PeriodReportKind, now: Date): Period {
  const until = startOf(kind, now);
  return { since: startOf(kind, new Date(until.getTime() - 1)), until };
}

/** Those that are over by now and begin when the last report ended, the oldest first; without a last report the newest alone. */
export function periodsDue(kind: PeriodReportKind, { now, reportedUntil }: { now: Date; reportedUntil: Date | null }): readonly Period[] {
  const due: Period[] = [];
  let period = lastPeriod(kind, now);
  while (due.length < CAUGHT_UP_MAX && (reportedUntil === null ? due.length === 0 : period.since >= reportedUntil)) {
    due.unshift(period);
    period = lastPeriod(kind, period.since);
  }
  return due;
}

/** As ISO 8601 writes an interval, in days: its name, by which it is reported once. */
export function periodName({ since, until }: Period): string {
  return `${dayOf(since)}/${dayOf(until)}`;
}

const dayOf = (instant: Date) => instant.toISOString().slice(0, 10);

/** Of the period that an instant is in. Weeks begin on Mondays. */
function startOf(kind: PeriodReportKind, instant: Date): Date {
  const [year, month, day] = [instant.getUTCFullYear(), instant.getUTCMonth(), instant.getUTCDate()];
  switch (LENGTHS[kind]) {
    case 'week':
      return new Date(Date.UTC(year, month, day - ((instant.getUTCDay() + 6) % 7)));
    case 'month':
      return new Date(Date.UTC(year, month));
    case 'quarter':
      return new Date(Date.UTC(year, month - (month % 3)));
  }
}
