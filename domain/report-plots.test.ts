import { describe, expect, it } from 'vitest';
import { DRAWN_REPORTS } from '../test/support/drawn-reports.ts';
import { funnelReport, type FunnelCell } from './funnel-report.ts';
import { PERIODS_PLOTTED, placeIn, plotsOfPeriod, plotsOfRound, type EarlierReport } from './report-plots.ts';
import { tableOf } from './report-tables.ts';
import { PERIOD_REPORTS, type Period, type PeriodReportKind } from './report.ts';
import { setStandard, type Rating } from './standard-setting.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-11-02T00:00:00Z');
const week = (number: number) => ({ since: new Date(START + 7 * number * DAY), until: new Date(START + 7 * (number + 1) * DAY) });

function promised(results: number, asPromised: number): EarlierReport['content'] {
  const nothing = { medianSeconds: null, slowestTenthSeconds: null, longestSeconds: null, withinWorkingWeek: 0, asPromisedShare: null };
  const row = (test: string, of: number, kept: number) => ({ exam: 'small@1', test, results: of, asPromised: kept, ...nothing });
  return { tables: [tableOf('operations', 'promise', [row('aptitude', results - 1, asPromised), row('case_study', 1, 0)])] };
}

const plotOf = (kind: PeriodReportKind, content: EarlierReport['content'], earlier: readonly EarlierReport[] = []) =>
  new Map(plotsOfPeriod({ kind, since: week(0).since, content }, earlier).map((plot) => [plot.id, plot]));

describe('what is drawn of a report', () => {
  it.each(PERIOD_REPORTS)('lies within its edges, beside a table that the report has, and zero within them too: %s', (kind) => {
    const reportOf = (period: Period) => ({ since: period.since, content: DRAWN_REPORTS[kind](period) });
    const now = reportOf(week(1));
    const plots = plotsOfPeriod({ kind, ...now }, [reportOf(week(0))]);
    expect(plots.length).toBeGreaterThan(0);
    for (const { id, table, from, to, rows } of plots) {
      expect(
        now.content.tables.map((one) => one.id),
        id,
      ).toContain(table);
      expect([from <= 0, to > from], id).toEqual([true, true]);
      const drawn = rows.flatMap(({ value, low, high, beside }) => [value, low, high, beside].filter((one) => one !== null));
      expect(
        drawn.filter((value) => value < from || value > to),
        id,
      ).toEqual([]);
    }
  });

  it('over weeks is the share of all results together, and a week without any is a gap', () => {
    const earlier = [
      { since: week(-2).since, content: promised(11, 9) },
      { since: week(-1).since, content: { tables: [tableOf('operations', 'promise', [])] } },
    ];
    const plot = plotOf('operations', promised(20, 19), earlier).get('promiseOverWeeks');
    expect(plot?.rows.map(({ labels, value }) => [labels[0]?.value, value])).toEqual([
      ['2026-10-19', 9 / 11],
      ['2026-10-26', null],
      ['2026-11-02', 19 / 20],
    ]);
  });

  it('over time begins with a second period, and follows twelve', () => {
    const content = promised(10, 9);
    expect(plotOf('operations', content).get('promiseOverWeeks')).toBeUndefined();
    const earlier = Array.from({ length: 30 }, (_none, place) => ({ since: week(place - 30).since, content }));
    const plot = plotOf('operations', content, earlier).get('promiseOverWeeks');
    expect([plot?.rows.length, plot?.rows.at(-1)?.labels[0]?.value]).toEqual([PERIODS_PLOTTED, '2026-11-02']);
  });

  it('of graders has those who differ most, the most severe first, with zero in the middle', () => {
    const row = (grader: string, severity: number | null) => ({
      grader,
      exam: 'small',
      test: 'aptitude',
      scripts: 30,
      pairs: 90,
      kappa: null,
      kappaLow: null,
      kappaHigh: null,
      severity,
      finding: null,
      drift: null,
    });
    const many = Array.from({ length: 60 }, (_none, place) => row(`grader-${place}`, (place - 30) / 1000));
    const plot = plotOf('marking-quality', { tables: [tableOf('marking-quality', 'markers', [row('new', null), ...many])] }).get('severityOfMarkers');
    const values = plot?.rows.map(({ value }) => value ?? 0) ?? [];
    expect([values.length, values[0], values.at(-1)]).toEqual([24, 0.029, -0.03]);
    expect(values).toEqual(values.toSorted((one, other) => other - one));
    expect(Math.min(...values.map(Math.abs))).toBe(0.018);
    expect([plot?.from, plot?.to]).toEqual([-0.03, 0.03]);
  });

  it('tells nothing of a group that is withheld, and of too few in all nothing', () => {
    const cell = (language: string, attempts: number): FunnelCell => ({
      language,
      attempts,
      isRetake: false,
      isAccommodated: false,
      examVersion: 'small@1',
      started: attempts,
      handedIn: attempts,
      passed: attempts,
      downloaded: attempts,
      solved: attempts,
      certified: Math.floor(attempts / 2),
      failed: attempts - Math.floor(attempts / 2),
      lapsed: 0,
      withdrawn: 0,
    });
    const plots = plotOf('funnel', funnelReport([cell('de', 40), cell('en', 60), cell('fr', 3)]));
    expect(plots.get('certifiedByLanguage')?.rows.map(({ labels, value }) => [labels[0]?.value, value])).toEqual([
      ['de', null],
      ['en', 0.5],
      ['fr', null],
    ]);
    expect(plots.get('steps')?.rows.map(({ value }) => value)).toEqual([103, 103, 103, 103, 103, 103, 51]);
    expect(plots.has('certifiedByTurn')).toBe(false);
    expect([...plotOf('funnel', funnelReport([cell('de', 4), cell('en', 5)])).keys()]).toEqual([]);
  });

  it('of a panel’s round is each item between its lowest and its highest rating, beside what candidates got', () => {
    const ratings = (...percents: readonly (readonly [number, number])[]): readonly Rating[] =>
      percents.flatMap((of, panelist) => of.map((percent, item) => ({ panelist: `p${panelist}`, itemId: `q${item}`, basisPoints: 100 * percent })));
    const setting = setStandard({
      items: [0, 1].map((item) => ({ id: `q${item}`, millipointsMax: 1000 })),
      rounds: [ratings([60, 40], [80, 60])],
      past: [],
      facilities: new Map([['q1', 0.75]]),
      passMark: 8000,
    });
    const [cuts, items] = plotsOfRound(setting);
    expect(cuts?.rows.map(({ value }) => value)).toEqual([0.6]);
    expect(items?.rows).toEqual([
      { labels: [{ is: 'name', value: 'q0' }], value: expect.closeTo(0.7, 12), low: 0.6, high: 0.8, beside: null },
      { labels: [{ is: 'name', value: 'q1' }], value: expect.closeTo(0.5, 12), low: 0.4, high: 0.6, beside: 0.75 },
    ]);
  });

  it('is placed from the left edge to the right one, and never beyond', () => {
    const edges = { from: -0.2, to: 0.2 };
    expect([-0.2, 0, 0.1, 0.2, 7].map((value) => placeIn(edges, value))).toEqual([0, 0.5, expect.closeTo(0.75, 12), 1, 1]);
  });
});
