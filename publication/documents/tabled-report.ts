import { amountFromCents } from '../../domain/pay.ts';
import { placeIn, type PlotLabel, type PlotRow, type ReportPlot } from '../../domain/report-plots.ts';
import type { Cell, ColumnUnit, ReportTable } from '../../domain/report-tables.ts';
import type { Period, PeriodReportKind, StandardSettingReportKind } from '../../domain/report.ts';
import { formatBasisPoints } from '../../domain/score.ts';
import type { ProposedStandard } from '../../domain/standard-setting.ts';
import { filled, REPORT_WORDS } from '../reports/report-words.ts';
import { dateText } from './format.ts';

/** A report of a period or of a panel’s round as a document: the tables and plots of its page. Of graders it says what it is given. */
export type TabledReport = {
  readonly of: OfPeriod | OfRound;
  readonly method: number;
  /** SHA-256 of all figures as they were recorded; left out of what was never recorded. */
  readonly contentHash?: string;
  readonly madeAt: Date;
  readonly tables: readonly ReportTable[];
  readonly plots: readonly ReportPlot[];
};
type OfPeriod = Period & { readonly kind: PeriodReportKind; readonly attempts: number; /** ISO 4217. */ readonly currency: string };
type OfRound = {
  readonly kind: StandardSettingReportKind;
  /** Which exam version; or what the ratings are called. */
  readonly subject: string;
  readonly round: number;
  readonly panelists: number;
  readonly items: number;
  readonly points: number;
  readonly candidates: number;
  readonly standard: ProposedStandard;
};

const WORDS = REPORT_WORDS.en;
const NOTHING = '–';
const SECTION_NUMBERS: readonly ColumnUnit[] = ['count', 'share', 'figure', 'seconds', 'worked', 'cents'];

/** In words and figures as they are printed. */
export function viewOfTabledReport({ of, method, contentHash, madeAt, tables, plots }: TabledReport) {
  const record = contentHash === undefined ? 'It is recorded nowhere.' : `The figures do not change; their SHA-256 is ${contentHash}.`;
  return {
    heading: WORDS.reportKind[of.kind],
    issuerName: 'Certifiable, Inc.',
    subject: subjectOf(of),
    about: aboutOf(of, tables),
    facts: of.kind === 'standard-setting' ? factsOf(of) : [],
    sections: tables.map((table) => sectionOf(table, plots)),
    record: `Made ${dateText(madeAt)} by method ${method}. ${record}`,
  };
}

function subjectOf(of: TabledReport['of']): string {
  return of.kind === 'standard-setting' ? `${of.subject}, round ${of.round}` : `${dateText(of.since)} to ${dateText(of.until)}`;
}

function aboutOf(of: TabledReport['of'], tables: readonly ReportTable[]): string {
  const estimates = 'All figures but amounts and counts are estimates: they inform people and decide nothing about a candidate.';
  if (of.kind === 'standard-setting')
    return `Rated by ${counted(of.panelists, 'panelist')} over ${counted(of.items, 'item')}. It changes no exam: whoever writes the next version may give it this pass mark. ${estimates}`;
  const amounts = tables.some(({ columns }) => columns.some(({ unit }) => unit === 'cents')) ? ` Amounts are in ${of.currency}.` : '';
  return `What happened from the first of these days to before the last, UTC: ${counted(of.attempts, 'attempt')}.${amounts} ${estimates}`;
}

const counted = (count: number, what: string) => `${countText(count)} ${what}${count === 1 ? '' : 's'}`;

function factsOf({ standard, points, candidates }: OfRound) {
  const { error } = standard;
  const words = WORDS.reportStandard;
  return [
    [words.share, `${formatBasisPoints(standard.basisPoints)}\u{A0}%`],
    [words.points, filled(words.pointsOf, { points: standard.points.toFixed(2), of: points })],
    [words.exact, standard.exact],
    ...(error
      ? [
          [words.error, filled(words.errorOf, { share: shareText(error.share), points: error.points.toFixed(2) })],
          [words.interval, filled(words.between, { low: shareText(error.low), high: shareText(error.high) })],
        ]
      : [[words.error, 'one panelist rated: none can be told']]),
    ['Past candidates', candidates === 0 ? 'too few to say what it would have meant' : countText(candidates)],
  ].map(([label = '', value = '']) => ({ label, value }));
}

function sectionOf({ id, columns, rows, withheldBelow }: ReportTable, plots: readonly ReportPlot[]) {
  return {
    ...WORDS.reportTable[id],
    withheld: withheldBelow === undefined ? '' : filled(WORDS.reportNote.withheld, { count: withheldBelow }),
    plots: plots.filter(({ table }) => table === id).map(drawingOf),
    columns: columns.map((column) => ({ name: WORDS.reportColumn[column.id], isNumber: SECTION_NUMBERS.includes(column.unit) })),
    rows: rows.map((row) => columns.map(({ unit }, place) => cellText(row[place] ?? null, unit))),
  };
}

/** Of each row what stands beside the drawing, and the drawing's places from its left edge to its right, from 0 to 1. */
function drawingOf(plot: ReportPlot) {
  const at = (value: number | null) => (value === null ? null : placeIn(plot, value));
  return {
    ...WORDS.reportPlot[plot.id],
    drawnAs: plot.drawnAs,
    zero: placeIn(plot, 0),
    rows: plot.rows.map((row) => ({
      name: row.labels.map(labelText).join(', '),
      figure: figureText(row, plot),
      value: at(row.value),
      low: at(row.low),
      high: at(row.high),
      beside: at(row.beside),
    })),
  };
}

function figureText({ value, low, high, beside }: PlotRow, { unit }: Pick<ReportPlot, 'unit'>): string {
  const { interval, figureBeside } = WORDS.reportNote;
  const text = cellText(value, unit);
  const figure = low === null || high === null ? text : filled(interval, { value: text, low: cellText(low, unit), high: cellText(high, unit) });
  return beside === null ? figure : filled(figureBeside, { figure, beside: cellText(beside, unit) });
}

function labelText({ is, value }: PlotLabel): string {
  switch (is) {
    case 'name':
      return value;
    case 'word':
      return WORDS.reportWord[value] ?? value;
    case 'day':
      return dateText(new Date(value));
    case 'column':
      return (WORDS.reportColumn as Readonly<Record<string, string>>)[value] ?? value;
  }
}

export function cellText(cell: Cell, unit: ColumnUnit): string {
  if (cell === null) return NOTHING;
  if (unit === 'instant') return instantText(new Date(cell));
  if (typeof cell === 'string') return unit === 'word' ? (WORDS.reportWord[cell] ?? cell) : cell;
  switch (unit) {
    case 'share':
      return shareText(cell);
    case 'figure':
      return signed(cell.toFixed(2));
    case 'seconds':
      return durationText(cell);
    case 'worked':
      return `${grouped((cell / 3600).toFixed(1))}\u{A0}h`;
    case 'cents':
      return signed(grouped(amountFromCents(cell)));
    case 'count':
    case 'name':
    case 'word':
      return countText(cell);
  }
}

/** A minus as it is printed; what is rounded to nothing has none. */
const signed = (text: string) => text.replace(/^-(?=[0.]+(?:\u{A0}%)?$)/u, '').replace('-', '−');
const shareText = (share: number) => signed(`${(100 * share).toFixed(1)}\u{A0}%`);
const countText = (count: number) => signed(grouped(String(count)));
/** "1,234,567.89" */
const grouped = (digits: string) =>
  digits.replaceAll(/\d(?=(?:\d{3})+(?:\.|$))/g, (digit, place: number) =>
    digits.includes('.') && place > digits.indexOf('.') ? digit : `${digit},`,
  );

function instantText(instant: Date): string {
  return `${dateText(instant)}, ${instant.toISOString().slice(11, 16)} UTC`;
}

/** "4 d 6 h", "3 h 20 min": the two largest units, rounded down. */
function durationText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor((whole % 86_400) / 3600), Math.floor((whole % 3600) / 60)];
  if (days > 0) return `${days}\u{A0}d ${hours}\u{A0}h`;
  if (hours > 0) return `${hours}\u{A0}h ${minutes}\u{A0}min`;
  return minutes > 0 ? `${minutes}\u{A0}min` : `${whole}\u{A0}s`;
}
