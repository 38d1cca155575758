import { REPORT_CANDIDATES_MIN } from './report.ts';
import { STAGES, tableOf, type Cell, type PeriodContent, type ReportTable, type RowOf } from './report-tables.ts';
import { withheldGroups } from './withheld-groups.ts';

/**
 * How far attempts came that ended in a period, and how they ended; for whom, where a group is large enough to say it. Each attempt ends once, so
 * that no two reports differ by a few of the same people.
 */

type Stage = (typeof STAGES)[number];
type Counts = Readonly<Record<Stage, number>>;

/** How many attempts of one sort there were. */
export type FunnelCell = Counts & {
  readonly isRetake: boolean;
  readonly isAccommodated: boolean;
  /** As BCP 47 writes it, without a region; `und` where it is not known. */
  readonly language: string;
  readonly examVersion: string;
};

const METHOD = 1;

export function funnelReport(cells: readonly FunnelCell[]): PeriodContent {
  const all = totalOf(cells);
  const tables = [
    allTable(all),
    groupedTable('byTurn', 'turn', cells, ({ isRetake }) => (isRetake ? 'again' : 'first')),
    groupedTable('byAccommodation', 'accommodation', cells, ({ isAccommodated }) => (isAccommodated ? 'with' : 'without')),
    groupedTable('byLanguage', 'language', cells, ({ language }) => language),
    groupedTable('byExamVersion', 'exam', cells, ({ examVersion }) => examVersion),
  ];
  return { method: METHOD, attempts: all.attempts, tables };
}

/** Of fewer than a group needs nothing is told but how many there were. */
function allTable(all: Counts): ReportTable {
  if (all.attempts === 0) return tableOf('funnel', 'all', []);
  const row = all.attempts < REPORT_CANDIDATES_MIN ? { ...nothing(), attempts: all.attempts } : all;
  return { ...tableOf('funnel', 'all', [row]), withheldBelow: REPORT_CANDIDATES_MIN };
}

type Grouped = 'byTurn' | 'byAccommodation' | 'byLanguage' | 'byExamVersion';

function groupedTable(id: Grouped, name: string, cells: readonly FunnelCell[], groupOf: (cell: FunnelCell) => string): ReportTable {
  const groups = [...Map.groupBy(cells, groupOf)]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([group, of]) => ({ group, counts: totalOf(of) }));
  const withheld = withheldGroups(
    groups.map(({ counts }) => counts.attempts),
    REPORT_CANDIDATES_MIN,
  );
  const rows = groups.map(({ group, counts }, place) => ({ [name]: group, ...(withheld.has(place) ? nothing() : counts) }));
  return { ...tableOf('funnel', id, rows as unknown as readonly RowOf<'funnel', Grouped>[]), withheldBelow: REPORT_CANDIDATES_MIN };
}

function totalOf(cells: readonly FunnelCell[]): Counts {
  return countsOf((stage) => cells.reduce((sum, cell) => sum + cell[stage], 0));
}

function nothing(): Readonly<Record<Stage, Cell>> {
  return Object.fromEntries(STAGES.map((stage) => [stage, null])) as Record<Stage, Cell>;
}

function countsOf(of: (stage: Stage) => number): Counts {
  return Object.fromEntries(STAGES.map((stage) => [stage, of(stage)])) as Record<Stage, number>;
}
