import type { Period, PeriodReportKind } from './report.ts';
import { rowsOf, STAGES, type Cell, type ColumnUnit, type PeriodContent, type ReportTable } from './report-tables.ts';

/**
 * What people would rather look at than read: rows that are drawn, each with its value beside, so that page and PDF show the same and nothing has to
 * be seen to be known.
 */

/** Each beside which table it is drawn, and how: a bar from zero, or a mark within what it may range over. */
const PLOTS = {
  promiseOverWeeks: { table: 'promise', unit: 'share', drawnAs: 'bar' },
  waitingOverWeeks: { table: 'backlog', unit: 'count', drawnAs: 'bar' },
  costOverMonths: { table: 'work', unit: 'cents', drawnAs: 'bar' },
  kappaOfExams: { table: 'agreement', unit: 'figure', drawnAs: 'range' },
  severityOfMarkers: { table: 'markers', unit: 'share', drawnAs: 'bar' },
  steps: { table: 'all', unit: 'count', drawnAs: 'bar' },
  certifiedByTurn: { table: 'byTurn', unit: 'share', drawnAs: 'bar' },
  certifiedByAccommodation: { table: 'byAccommodation', unit: 'share', drawnAs: 'bar' },
  certifiedByLanguage: { table: 'byLanguage', unit: 'share', drawnAs: 'bar' },
  certifiedByExamVersion: { table: 'byExamVersion', unit: 'share', drawnAs: 'bar' },
  cutsOfRounds: { table: 'rounds', unit: 'share', drawnAs: 'range' },
  itemsAsRated: { table: 'ratedItems', unit: 'share', drawnAs: 'range' },
} as const satisfies Readonly<Record<string, { readonly table: ReportTable['id']; readonly unit: ColumnUnit; readonly drawnAs: 'bar' | 'range' }>>;

export type PlotId = keyof typeof PLOTS;
export const PLOT_IDS = Object.keys(PLOTS) as [PlotId, ...PlotId[]];
export const DRAWN_AS = ['bar', 'range'] as const;

/** What a row is of: a name that somebody gave, a word of ours, a day in ISO 8601, or one of the columns. */
export const PLOT_LABELS = ['name', 'word', 'day', 'column'] as const;
export type PlotLabel = { readonly is: (typeof PLOT_LABELS)[number]; readonly value: string };

export type PlotRow = {
  readonly labels: readonly PlotLabel[];
  /** Null where nothing can be said, or where it is withheld. */
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What it is compared with. */
  readonly beside: number | null;
};

export type ReportPlot = {
  readonly id: PlotId;
  readonly table: ReportTable['id'];
  readonly unit: ColumnUnit;
  readonly drawnAs: (typeof DRAWN_AS)[number];
  /** What its edges stand for; zero lies between them. */
  readonly from: number;
  readonly to: number;
  readonly rows: readonly PlotRow[];
};

/** A report of an earlier period, of the same kind and by the same method. */
export type EarlierReport = Pick<Period, 'since'> & { readonly content: Pick<PeriodContent, 'tables'> };

type Tabled = Pick<PeriodContent, 'tables'>;
type Rows = ReturnType<typeof rowsOf>;

/** Of so many periods in all a figure is followed. */
export const PERIODS_PLOTTED = 12;
/** Of others nothing is drawn over time. */
export const FOLLOWED_KINDS: readonly PeriodReportKind[] = ['operations', 'money'];
/** Of more graders nobody would find one: those are drawn who differ most. */
const MARKERS_MAX = 24;
/** The steps of an attempt; how it ends otherwise is no step. */
const STEPS = STAGES.slice(0, STAGES.indexOf('certified') + 1);

/** What may be drawn of a report of a period, with those of the periods before it, the oldest first. */
export function plotsOfPeriod(
  { kind, since, content }: { readonly kind: PeriodReportKind } & EarlierReport,
  earlier: readonly EarlierReport[] = [],
): readonly ReportPlot[] {
  const periods = [...earlier, { since, content }].slice(-PERIODS_PLOTTED);
  switch (kind) {
    case 'operations':
      return drawn([
        overTime('promiseOverWeeks', periods, ({ tables }) => shareOf(rowsOf(tables, 'promise'), 'asPromised', 'results')),
        overTime('waitingOverWeeks', periods, ({ tables }) => sumOf(rowsOf(tables, 'backlog'), 'underGrading')),
      ]);
    case 'money':
      return drawn([overTime('costOverMonths', periods, ({ tables }) => sumOf(rowsOf(tables, 'work'), 'cents'))]);
    case 'marking-quality':
      return drawn([kappaOfExams(content), severityOfMarkers(content)]);
    case 'funnel':
      return drawn([
        steps(content),
        certifiedBy('certifiedByTurn', content, 'turn', 'word'),
        certifiedBy('certifiedByAccommodation', content, 'accommodation', 'word'),
        certifiedBy('certifiedByLanguage', content, 'language', 'name'),
        certifiedBy('certifiedByExamVersion', content, 'exam', 'name'),
      ]);
  }
}

/** What may be drawn of a panel's round. */
export function plotsOfRound({ tables }: Tabled): readonly ReportPlot[] {
  const rounds = rowsOf(tables, 'rounds').map(({ round, cutShare, cutLow, cutHigh }) =>
    row([{ is: 'name', value: String(round) }], { value: cutShare, low: cutLow, high: cutHigh }),
  );
  const items = rowsOf(tables, 'ratedItems').map(({ item, ratingMean, ratingLowest, ratingHighest, facility }) =>
    row([{ is: 'name', value: String(item) }], { value: ratingMean, low: ratingLowest, high: ratingHighest, beside: facility }),
  );
  return drawn([
    { ...start('cutsOfRounds'), to: 1, rows: rounds },
    { ...start('itemsAsRated'), to: 1, rows: items },
  ]);
}

/** Where a value lies between the edges of its plot, from 0 to 1. */
export function placeIn({ from, to }: Pick<ReportPlot, 'from' | 'to'>, value: number): number {
  return to === from ? 0 : Math.min(1, Math.max(0, (value - from) / (to - from)));
}

/** Of nothing, and of one period alone, there is nothing to look at. */
const drawn = (plots: readonly (ReportPlot | undefined)[]): readonly ReportPlot[] =>
  plots.filter((plot): plot is ReportPlot => plot !== undefined && plot.rows.some(({ value }) => value !== null));

const start = (id: PlotId) => ({ id, ...PLOTS[id], from: 0 }) as const;

type Values = Readonly<Partial<Record<Exclude<keyof PlotRow, 'labels'>, Cell | undefined>>>;

function row(labels: readonly PlotLabel[], { value, low, high, beside }: Values): PlotRow {
  return { labels, value: numberIn(value), low: numberIn(low), high: numberIn(high), beside: numberIn(beside) };
}

const numberIn = (cell: Cell | undefined) => (typeof cell === 'number' ? cell : null);

function overTime(
  id: 'promiseOverWeeks' | 'waitingOverWeeks' | 'costOverMonths',
  periods: readonly EarlierReport[],
  valueOf: (content: Tabled) => number | null,
): ReportPlot | undefined {
  if (periods.length < 2) return undefined;
  const rows = periods.map(({ since, content }) => row([{ is: 'day', value: since.toISOString().slice(0, 10) }], { value: valueOf(content) }));
  return { ...start(id), to: PLOTS[id].unit === 'share' ? 1 : highest(rows), rows };
}

function sumOf(rows: Rows, column: keyof Rows[number]): number {
  return rows.reduce((sum, one) => sum + (numberIn(one[column]) ?? 0), 0);
}

function shareOf(rows: Rows, part: keyof Rows[number], whole: keyof Rows[number]): number | null {
  const all = sumOf(rows, whole);
  return all === 0 ? null : sumOf(rows, part) / all;
}

function kappaOfExams({ tables }: Tabled): ReportPlot {
  const rows = rowsOf(tables, 'agreement').map(({ exam, test, kappa, kappaLow, kappaHigh }) =>
    row([nameOf(exam), wordOf(test)], { value: kappa, low: kappaLow, high: kappaHigh }),
  );
  return { ...start('kappaOfExams'), from: Math.min(0, ...rows.map(({ low, value }) => low ?? value ?? 0)), to: 1, rows };
}

/** The most severe first. */
function severityOfMarkers({ tables }: Tabled): ReportPlot {
  const rows = rowsOf(tables, 'markers')
    .map(({ grader, exam, test, severity }) => row([nameOf(grader), nameOf(exam), wordOf(test)], { value: severity }))
    .filter(({ value }) => value !== null)
    .toSorted((one, other) => Math.abs(other.value ?? 0) - Math.abs(one.value ?? 0))
    .slice(0, MARKERS_MAX)
    .toSorted((one, other) => (other.value ?? 0) - (one.value ?? 0));
  const reach = highest(rows);
  return { ...start('severityOfMarkers'), from: -reach, to: reach, rows };
}

function steps({ tables }: Tabled): ReportPlot | undefined {
  const [all] = rowsOf(tables, 'all');
  if (!all) return undefined;
  const rows = STEPS.map((column) => row([{ is: 'column', value: column }], { value: all[column] }));
  return rows.some(({ value }) => value === null) ? undefined : { ...start('steps'), to: highest(rows), rows };
}

/** Beside one group alone there is nothing to compare. */
function certifiedBy(
  id: 'certifiedByTurn' | 'certifiedByAccommodation' | 'certifiedByLanguage' | 'certifiedByExamVersion',
  { tables }: Tabled,
  column: 'turn' | 'accommodation' | 'language' | 'exam',
  is: 'word' | 'name',
): ReportPlot | undefined {
  const rows = rowsOf(tables, PLOTS[id].table).map((one) =>
    row([{ is, value: String(one[column]) }], { value: shareOf([one], 'certified', 'attempts') }),
  );
  return rows.length < 2 ? undefined : { ...start(id), to: 1, rows };
}

const nameOf = (cell: Cell | undefined): PlotLabel => ({ is: 'name', value: String(cell) });
const wordOf = (cell: Cell | undefined): PlotLabel => ({ is: 'word', value: String(cell) });

/** Never zero, for it is divided by. */
function highest(rows: readonly PlotRow[]): number {
  return Math.max(...rows.map(({ value }) => Math.abs(value ?? 0))) || 1;
}
