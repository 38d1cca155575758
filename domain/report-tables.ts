import type { PeriodReportKind, StandardSettingReportKind } from './report.ts';

/** What a report of a period or of a panel says: tables whose columns say what they count in, so that page, CSV and command show any of them alike. */

/** A `share` is from 0 to 1, a `figure` an estimate, `cents` an exact amount, `worked` seconds of work, which are shown in hours, a `word` one of ours that has its translations, an `instant` in ISO 8601. */
export const COLUMN_UNITS = ['name', 'word', 'count', 'share', 'figure', 'seconds', 'worked', 'cents', 'instant'] as const;
export type ColumnUnit = (typeof COLUMN_UNITS)[number];

/** Null where nothing can be said, or where it is withheld. */
export type Cell = string | number | null;

export type ReportTable = {
  readonly id: TableId;
  readonly columns: readonly { readonly id: ColumnId; readonly unit: ColumnUnit }[];
  readonly rows: readonly (readonly Cell[])[];
  /** Groups of fewer people are withheld, and as many others as hide them. */
  readonly withheldBelow?: number;
};

/** `attempts`: of how many it tells. */
export type PeriodContent = { readonly method: number; readonly attempts: number; readonly tables: readonly ReportTable[] };

const COLUMNS = {
  exam: 'name',
  grader: 'name',
  language: 'name',
  test: 'word',
  purpose: 'word',
  marking: 'word',
  accommodation: 'word',
  turn: 'word',
  change: 'word',
  risk: 'word',
  statement: 'word',
  drift: 'word',
  finding: 'word',
  riskFrom: 'instant',
  results: 'count',
  asPromised: 'count',
  asPromisedShare: 'share',
  withinWorkingWeek: 'count',
  medianSeconds: 'seconds',
  slowestTenthSeconds: 'seconds',
  longestSeconds: 'seconds',
  told: 'count',
  byThen: 'count',
  byThenShare: 'share',
  underGrading: 'count',
  pastHalf: 'count',
  pastFourFifths: 'count',
  pastPromise: 'count',
  completed: 'count',
  givenBack: 'count',
  activeSeconds: 'worked',
  activeSecondsMedian: 'worked',
  expectedSeconds: 'seconds',
  promisedSeconds: 'seconds',
  decisions: 'count',
  toPass: 'count',
  toFail: 'count',
  pieces: 'count',
  timeCents: 'cents',
  pieceCents: 'cents',
  correctionCents: 'cents',
  cents: 'cents',
  centsEach: 'cents',
  submissions: 'count',
  marks: 'count',
  adjudications: 'count',
  scripts: 'count',
  pairs: 'count',
  kappa: 'figure',
  kappaLow: 'figure',
  kappaHigh: 'figure',
  distance: 'share',
  spread: 'share',
  adjudicated: 'count',
  severity: 'share',
  seeds: 'count',
  seedScripts: 'count',
  seedSeverity: 'share',
  seenAgain: 'count',
  overturned: 'count',
  attempts: 'count',
  started: 'count',
  handedIn: 'count',
  passed: 'count',
  downloaded: 'count',
  solved: 'count',
  certified: 'count',
  failed: 'count',
  lapsed: 'count',
  withdrawn: 'count',
  round: 'count',
  item: 'name',
  standard: 'word',
  panelists: 'count',
  cutPoints: 'figure',
  cutShare: 'share',
  cutError: 'share',
  cutLow: 'share',
  cutHigh: 'share',
  cutDifference: 'share',
  ratingSpread: 'share',
  ratingsChanged: 'count',
  passMark: 'share',
  wouldPass: 'count',
  wouldPassShare: 'share',
  newlyPassed: 'count',
  newlyFailed: 'count',
  itemPoints: 'figure',
  ratingMean: 'share',
  ratingDeviation: 'share',
  ratingLowest: 'share',
  ratingHighest: 'share',
  ratingMeanBefore: 'share',
  facility: 'share',
  likeFacility: 'figure',
} as const satisfies Readonly<Record<string, ColumnUnit>>;
type ColumnId = keyof typeof COLUMNS;
export const COLUMN_IDS = Object.keys(COLUMNS) as [ColumnId, ...ColumnId[]];

const AGES = ['medianSeconds', 'slowestTenthSeconds', 'longestSeconds'] as const;
/** The steps of an attempt, and how it ends. */
export const STAGES = ['attempts', 'started', 'handedIn', 'passed', 'downloaded', 'solved', 'certified', 'failed', 'lapsed', 'withdrawn'] as const;

type TabledKind = PeriodReportKind | StandardSettingReportKind;

/** Of each kind its tables, and the columns of each. */
const TABLES = {
  operations: {
    promise: ['exam', 'test', 'results', 'asPromised', 'asPromisedShare', 'withinWorkingWeek', ...AGES],
    told: ['exam', 'test', 'told', 'byThen', 'byThenShare'],
    backlog: ['exam', 'test', 'underGrading', 'pastHalf', 'pastFourFifths', 'pastPromise', 'medianSeconds', 'longestSeconds'],
    forecast: ['exam', 'language', 'test', 'underGrading', 'expectedSeconds', 'promisedSeconds', 'risk', 'riskFrom'],
    hours: ['test', 'purpose', 'completed', 'givenBack', 'activeSeconds', 'activeSecondsMedian'],
    changes: ['exam', 'test', 'change', 'decisions', 'toPass', 'toFail'],
  },
  money: {
    work: ['test', 'purpose', 'pieces', 'activeSeconds', 'timeCents', 'pieceCents', 'cents'],
    graders: ['grader', 'pieces', 'activeSeconds', 'timeCents', 'pieceCents', 'correctionCents', 'cents', 'statement'],
    attempts: ['exam', 'test', 'marking', 'submissions', 'marks', 'adjudications', 'activeSeconds', 'cents', 'centsEach'],
  },
  'marking-quality': {
    agreement: ['exam', 'test', 'scripts', 'pairs', 'kappa', 'kappaLow', 'kappaHigh', 'distance', 'spread', 'adjudicated'],
    markers: ['grader', 'exam', 'test', 'scripts', 'pairs', 'kappa', 'kappaLow', 'kappaHigh', 'severity', 'finding', 'drift'],
    overturned: ['grader', 'exam', 'test', 'seenAgain', 'overturned'],
    seeds: ['grader', 'exam', 'test', 'seedScripts', 'pairs', 'distance', 'seedSeverity'],
  },
  funnel: {
    all: STAGES,
    byTurn: ['turn', ...STAGES],
    byAccommodation: ['accommodation', ...STAGES],
    byLanguage: ['language', ...STAGES],
    byExamVersion: ['exam', ...STAGES],
  },
  'standard-setting': {
    rounds: ['round', 'panelists', 'cutPoints', 'cutShare', 'cutError', 'cutLow', 'cutHigh', 'ratingSpread', 'ratingsChanged'],
    consequences: ['standard', 'passMark', 'wouldPass', 'wouldPassShare', 'newlyPassed', 'newlyFailed'],
    ratedItems: ['item', 'itemPoints', 'ratingMean', 'ratingDeviation', 'ratingLowest', 'ratingHighest', 'ratingMeanBefore', 'facility'],
    panelists: ['grader', 'cutPoints', 'cutShare', 'cutDifference', 'likeFacility', 'finding'],
  },
} as const satisfies Readonly<Record<TabledKind, Readonly<Record<string, readonly ColumnId[]>>>>;

type Tables = typeof TABLES;
type TableId = { [Kind in TabledKind]: keyof Tables[Kind] }[TabledKind];
export const TABLE_IDS = Object.values(TABLES).flatMap((tables) => Object.keys(tables)) as [TableId, ...TableId[]];
type ColumnsOf<Kind extends TabledKind, Id extends keyof Tables[Kind]> = Tables[Kind][Id] extends readonly (infer Column extends ColumnId)[]
  ? Column
  : never;
/** One row of a table, by the names of its columns. */
export type RowOf<Kind extends TabledKind, Id extends keyof Tables[Kind]> = Readonly<Record<ColumnsOf<Kind, Id>, Cell>>;

/** The table of this name, its rows in the order of its columns. */
export function tableOf<Kind extends TabledKind, Id extends keyof Tables[Kind] & TableId>(
  kind: Kind,
  id: Id,
  rows: readonly RowOf<Kind, Id>[],
): ReportTable {
  const columns = TABLES[kind][id] as unknown as readonly ColumnsOf<Kind, Id>[];
  return {
    id,
    columns: columns.map((column) => ({ id: column, unit: COLUMNS[column] })),
    rows: rows.map((row) => columns.map((column) => row[column])),
  };
}

/** Rows by the names of their columns; none where there is no such table. */
export function rowsOf(tables: readonly ReportTable[], wanted: TableId): readonly Readonly<Partial<Record<ColumnId, Cell>>>[] {
  const table = tables.find(({ id }) => id === wanted);
  return (table?.rows ?? []).map((row) => Object.fromEntries((table?.columns ?? []).map(({ id }, place) => [id, row[place] ?? null])));
}

/** Without what is said of this grader: nobody reads of themselves what others read of them. */
export function withoutRowsOf<Content extends Pick<PeriodContent, 'tables'>>(content: Content, grader: string): Content {
  const tables = content.tables.map((table) => {
    const place = table.columns.findIndex(({ id }) => id === 'grader');
    return place < 0 ? table : { ...table, rows: table.rows.filter((row) => row[place] !== grader) };
  });
  return { ...content, tables };
}
