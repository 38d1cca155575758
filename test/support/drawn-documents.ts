import { plotsOfPeriod, plotsOfRound } from '../../domain/report-plots.ts';
import type { PeriodReportKind } from '../../domain/report.ts';
import { setStandard } from '../../domain/standard-setting.ts';
import type { TabledReport } from '../../publication/documents/tabled-report.ts';
import type { ReportLanguage } from '../../publication/reports/report-words.ts';
import { DRAWN_REPORTS } from './drawn-reports.ts';

const WEEK = { since: new Date('2026-11-02T00:00:00Z'), until: new Date('2026-11-09T00:00:00Z') };
const madeAt = new Date('2026-11-09T04:10:00Z');

/** Of drawn facts, with the same week before it, so that what is drawn over time is there. */
export function drawnReport(kind: PeriodReportKind, language: ReportLanguage = 'en'): TabledReport {
  const before = { since: new Date('2026-10-26T00:00:00Z'), until: WEEK.since };
  const [earlier, content] = [before, WEEK].map((period) => DRAWN_REPORTS[kind](period));
  if (!earlier || !content) throw new TypeError('two periods were drawn');
  return {
    language,
    of: { kind, ...WEEK, attempts: content.attempts, currency: 'USD' },
    method: content.method,
    contentHash: 'f'.repeat(64),
    madeAt,
    tables: content.tables,
    plots: plotsOfPeriod({ kind, since: WEEK.since, content }, [{ since: before.since, content: earlier }]),
  };
}

/** Of thirty items that three rated in two rounds, and 124 past candidates. */
export function drawnRound(language: ReportLanguage = 'en'): TabledReport {
  const items = Array.from({ length: 30 }, (_none, place) => ({ id: `q${place + 1}`, millipointsMax: 1000 }));
  const ratings = ['ada', 'ben', 'cas'].flatMap((panelist, which) =>
    items.map(({ id }, place) => ({ panelist, itemId: id, basisPoints: 100 * ((37 * place + 11 * which) % 101) })),
  );
  const past = Array.from({ length: 31 }, (_none, millipoints) => ({
    millipoints: 1000 * millipoints,
    millipointsMax: 30_000,
    passed: millipoints >= 24,
    candidates: 4,
  }));
  const facilities = new Map(items.map(({ id }, place) => [id, ((53 * place) % 101) / 100]));
  const setting = setStandard({ items, rounds: [ratings, ratings], past, facilities, passMark: 8000 });
  const of = { kind: 'standard-setting', subject: 'A small exam, small@1', ...setting } as const;
  return { language, of, method: setting.method, contentHash: 'e'.repeat(64), madeAt, tables: setting.tables, plots: plotsOfRound(setting) };
}
