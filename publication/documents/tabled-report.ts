import { placeIn, type PlotLabel, type PlotRow, type ReportPlot } from '../../domain/report-plots.ts';
import type { ColumnUnit, ReportTable } from '../../domain/report-tables.ts';
import type { Period, PeriodReportKind, StandardSettingReportKind } from '../../domain/report.ts';
import { formatBasisPoints } from '../../domain/score.ts';
import type { ProposedStandard } from '../../domain/standard-setting.ts';
import { filled, type ReportLanguage } from '../reports/report-words.ts';
import { speechOf, type ReportSpeech } from './report-speech.ts';

/** A report of a period or of a panel’s round as a document: the tables and plots of its page. Of graders it says what it is given. */
export type TabledReport = {
  readonly language: ReportLanguage;
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

const SECTION_NUMBERS: readonly ColumnUnit[] = ['count', 'share', 'figure', 'seconds', 'worked', 'cents'];

/** In words and figures as they are printed. */
export function viewOfTabledReport({ language, of, method, contentHash, madeAt, tables, plots }: TabledReport) {
  const speech = speechOf(language);
  const { words, sentences, dayText } = speech;
  const made = filled(sentences.made, { day: dayText(madeAt), method });
  const record = contentHash === undefined ? sentences.notRecorded : filled(sentences.recorded, { hash: contentHash });
  return {
    language,
    heading: words.reportKind[of.kind],
    issuerName: 'Certifiable, Inc.',
    subject: subjectOf(of, speech),
    about: aboutOf(of, { tables, speech }),
    facts: of.kind === 'standard-setting' ? factsOf(of, speech) : [],
    sections: tables.map((table) => sectionOf(table, { plots, speech })),
    record: `${made} ${record}`,
    page: sentences.page,
    pageOf: sentences.pageOf,
    noRows: words.reportNote.noRows,
  };
}

function subjectOf(of: TabledReport['of'], { sentences, dayText }: ReportSpeech): string {
  if (of.kind === 'standard-setting') return filled(sentences.of.round, { subject: of.subject, round: of.round });
  return filled(sentences.of.period, { since: dayText(of.since), until: dayText(of.until) });
}

function aboutOf(of: TabledReport['of'], { tables, speech }: { tables: readonly ReportTable[]; speech: ReportSpeech }): string {
  const { sentences, countedText } = speech;
  if (of.kind === 'standard-setting') {
    const [panelists, items] = [countedText(of.panelists, sentences.panelists), countedText(of.items, sentences.items)];
    return `${filled(sentences.rated, { panelists, items })} ${sentences.estimates}`;
  }
  const hasAmounts = tables.some(({ columns }) => columns.some(({ unit }) => unit === 'cents'));
  const happened = filled(sentences.happened, { attempts: countedText(of.attempts, sentences.attempts) });
  return [happened, ...(hasAmounts ? [filled(sentences.amounts, { currency: of.currency })] : []), sentences.estimates].join(' ');
}

function factsOf({ standard, points, candidates }: OfRound, { words: { reportStandard: words }, sentences, numberText, shareText }: ReportSpeech) {
  const { error } = standard;
  const pointsText = (of: number) => numberText(of.toFixed(2));
  return [
    [words.share, `${numberText(formatBasisPoints(standard.basisPoints))}\u{A0}%`],
    [words.points, filled(words.pointsOf, { points: pointsText(standard.points), of: numberText(String(points)) })],
    [words.exact, standard.exact],
    ...(error
      ? [
          [words.error, filled(words.errorOf, { share: shareText(error.share), points: pointsText(error.points) })],
          [words.interval, filled(words.between, { low: shareText(error.low), high: shareText(error.high) })],
        ]
      : [[words.error, sentences.onePanelist]]),
    [sentences.past, candidates === 0 ? sentences.fewPast : numberText(String(candidates))],
  ].map(([label = '', value = '']) => ({ label, value }));
}

type Within = { readonly plots: readonly ReportPlot[]; readonly speech: ReportSpeech };

function sectionOf({ id, columns, rows, withheldBelow }: ReportTable, { plots, speech }: Within) {
  const { words, cellText } = speech;
  return {
    ...words.reportTable[id],
    withheld: withheldBelow === undefined ? '' : filled(words.reportNote.withheld, { count: withheldBelow }),
    plots: plots.filter(({ table }) => table === id).map((plot) => drawingOf(plot, speech)),
    columns: columns.map((column) => ({ name: words.reportColumn[column.id], isNumber: SECTION_NUMBERS.includes(column.unit) })),
    rows: rows.map((row) => columns.map(({ unit }, place) => cellText(row[place] ?? null, unit))),
  };
}

/** Of each row what stands beside the drawing, and the drawing's places from its left edge to its right, from 0 to 1. */
function drawingOf(plot: ReportPlot, speech: ReportSpeech) {
  const at = (value: number | null) => (value === null ? null : placeIn(plot, value));
  return {
    ...speech.words.reportPlot[plot.id],
    drawnAs: plot.drawnAs,
    zero: placeIn(plot, 0),
    rows: plot.rows.map((row) => ({
      name: row.labels.map((label) => labelText(label, speech)).join(', '),
      figure: figureText(row, { plot, speech }),
      value: at(row.value),
      low: at(row.low),
      high: at(row.high),
      beside: at(row.beside),
    })),
  };
}

type Drawn = { readonly plot: Pick<ReportPlot, 'unit'>; readonly speech: ReportSpeech };

function figureText({ value, low, high, beside }: PlotRow, { plot: { unit }, speech: { words, cellText } }: Drawn): string {
  const { interval, figureBeside } = words.reportNote;
  const text = cellText(value, unit);
  const figure = low === null || high === null ? text : filled(interval, { value: text, low: cellText(low, unit), high: cellText(high, unit) });
  return beside === null ? figure : filled(figureBeside, { figure, beside: cellText(beside, unit) });
}

function labelText({ is, value }: PlotLabel, { words, wordText, dayText }: ReportSpeech): string {
  switch (is) {
    case 'name':
      return value;
    case 'word':
      return wordText(value);
    case 'day':
      return dayText(new Date(value));
    case 'column':
      return (words.reportColumn as Readonly<Record<string, string>>)[value] ?? value;
  }
}
