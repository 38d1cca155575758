import { cpus, totalmem } from 'node:os';
import type { Drain, Kill } from './faults.ts';
import type { Check } from './ledger.ts';
import type { OperationFigures } from './meter.ts';
import { megabytes, type Look } from './watch.ts';
import { rounded } from '../support/statistics.ts';
import { formatTable, type Column } from '../support/table.ts';

/** What a load run says in the end. */

export type LoadReport = {
  /** Of the last minute before the stack was started: what else the machine had to do. */
  readonly loadAverageBefore: number;
  readonly opened: { readonly attempts: number; readonly seconds: number };
  readonly examDay: ExamDay;
  readonly kills: readonly Kill[];
  readonly drains: readonly Drain[];
  readonly operations: readonly OperationFigures[];
  readonly looks: readonly Look[];
  readonly checks: readonly Check[];
};

/** Of the candidates of the peak alone; from submission to decision, graders at machine speed included. */
export type ExamDay = {
  readonly candidates: number;
  /** From the first start to the last submission, and from there until every result is published. */
  readonly seconds: number;
  readonly afterSeconds: number;
  readonly resultSeconds: { readonly p50: number; readonly p95: number; readonly max: number };
};

export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} cores (${first?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}, everything on this machine`;
}

export function isAllThere(checks: readonly Check[]): boolean {
  return checks.every(({ acknowledged, found }) => acknowledged === found);
}

export function formatReport(report: LoadReport): string {
  const { opened, examDay, kills, drains } = report;
  return [
    heading('Requests, in milliseconds as the caller saw them'),
    operationsTable(report.operations),
    heading('What waited'),
    backlogTable(report.looks),
    heading('Memory in MB at the end of each stage'),
    usageTable(report.looks, (_before, after) => megabytes(after.bytes)),
    heading('Processor: cores used in each stage'),
    usageTable(report.looks, (before, after, seconds) => (after.cpuSeconds - before.cpuSeconds) / seconds),
    heading('What came of it'),
    `${opened.attempts} attempts opened in ${opened.seconds.toFixed(0)} s, ${(opened.attempts / opened.seconds).toFixed(1)} a second`,
    `exam day: ${examDay.candidates} candidates in ${examDay.seconds.toFixed(0)} s, all results published ${examDay.afterSeconds.toFixed(0)} s after the last submission; from submission to result p50 ${examDay.resultSeconds.p50.toFixed(1)} s, p95 ${examDay.resultSeconds.p95.toFixed(1)} s, at most ${examDay.resultSeconds.max.toFixed(1)} s (two graders included, who need no time to think)`,
    ...kills.map(killLine),
    ...drains.map(drainLine),
    heading('What was acknowledged, and what PostgreSQL has'),
    formatTable(report.checks, [
      { title: 'what', value: ({ what }) => what },
      { title: 'acknowledged', value: ({ acknowledged }) => String(acknowledged), align: 'right' },
      { title: 'found', value: ({ found }) => String(found), align: 'right' },
    ]),
    isAllThere(report.checks) ? 'nothing is lost' : 'SOMETHING IS LOST',
  ].join('\n');
}

function heading(text: string): string {
  return `\n${text}\n`;
}

function killLine({ process: name, pendingAtKill, normalSeconds, worstSeconds, recoveredAfterSeconds }: Kill): string {
  const recovered = recoveredAfterSeconds === undefined ? 'not as before in 90 s' : `as before after ${recoveredAfterSeconds.toFixed(1)} s`;
  const waited = `the oldest waited ${worstSeconds.toFixed(1)} s (up to ${normalSeconds.toFixed(1)} s is normal)`;
  return `${name} killed, submissions under way then: ${pendingAtKill}; ${recovered}, ${waited}`;
}

function drainLine({ workers, submissions, seconds, perSecond }: Drain): string {
  const rate = perSecond === undefined ? 'too few to tell a rate' : `${perSecond.toFixed(1)} a second once it ran`;
  return `${submissions} attempts drained by ${workers} ${workers === 1 ? 'worker' : 'workers'} of certification: ${rate}, ${seconds.toFixed(1)} s with the start of the process`;
}

function operationsTable(operations: readonly OperationFigures[]): string {
  const number = (title: string, value: (row: OperationFigures) => number): Column<OperationFigures> => ({
    title,
    value: (row) => String(value(row)),
    align: 'right',
  });
  return formatTable(operations, [
    { title: 'stage', value: ({ stage }) => stage },
    { title: 'operation', value: ({ operation }) => operation },
    number('requests', ({ count }) => count),
    number('a second', ({ perSecond }) => perSecond),
    number('p50', ({ p50 }) => p50),
    number('p95', ({ p95 }) => p95),
    number('p99', ({ p99 }) => p99),
    number('max', ({ max }) => max),
    number('repeated', ({ repeated }) => repeated),
  ]);
}

/** Lines of a stage, spread evenly over it. */
const BACKLOG_LINES = 8;

function backlogTable(looks: readonly Look[]): string {
  const shown = [...Map.groupBy(looks, ({ stage }) => stage).values()].flatMap((stage) => {
    const step = Math.max(1, Math.ceil(stage.length / BACKLOG_LINES));
    return stage.filter((_, index) => index % step === 0 || index === stage.length - 1);
  });
  const queues = [...new Set(looks.flatMap((look) => Object.keys(look.queues)))];
  const number = (title: string, value: (look: Look) => string): Column<Look> => ({ title, value, align: 'right' });
  return formatTable(shown, [
    { title: 'stage', value: ({ stage }) => stage },
    number('at s', ({ atSeconds }) => atSeconds.toFixed(0)),
    number('facts', ({ pending }) => String(pending.facts)),
    number('oldest s', ({ pending }) => pending.factSeconds.toFixed(1)),
    number('undecided', ({ pending }) => String(pending.undecided)),
    number('oldest s', ({ pending }) => pending.undecidedSeconds.toFixed(1)),
    ...queues.map((queue) => number(queue, (look) => String(look.queues[queue] ?? ''))),
  ]);
}

type Measure = (before: { bytes: number; cpuSeconds: number }, after: { bytes: number; cpuSeconds: number }, seconds: number) => number;

type StageUsage = { readonly process: string; readonly byStage: Readonly<Record<string, number>> };

/** One row a process, one column a stage; a process that was not there at both ends of a stage has no figure. */
function usageByStage(looks: readonly Look[], measure: Measure): { stages: readonly string[]; rows: readonly StageUsage[] } {
  const stages = [...Map.groupBy(looks, ({ stage }) => stage)];
  const processes = [...new Set(looks.flatMap(({ usage }) => [...usage.keys()]))];
  const rows = processes.map((name) => ({
    process: name,
    byStage: Object.fromEntries(
      stages.flatMap(([stage, taken]) => {
        const [first, last] = [taken[0], taken.at(-1)];
        const [before, after] = [first?.usage.get(name), last?.usage.get(name)];
        if (!first || !last || !before || !after || after.cpuSeconds < before.cpuSeconds || last.atSeconds <= first.atSeconds) return [];
        return [[stage, rounded(measure(before, after, last.atSeconds - first.atSeconds), 2)]];
      }),
    ),
  }));
  return { stages: stages.map(([stage]) => stage), rows };
}

function usageTable(looks: readonly Look[], measure: Measure): string {
  const { stages, rows } = usageByStage(looks, measure);
  const sum = { process: 'together', byStage: Object.fromEntries(stages.map((stage) => [stage, totalOf(rows, stage)])) };
  return formatTable(
    [...rows, sum],
    [
      { title: 'process', value: (row) => row.process },
      ...stages.map((stage) => ({ title: stage, value: (row: StageUsage) => String(row.byStage[stage] ?? ''), align: 'right' as const })),
    ],
  );
}

function totalOf(rows: readonly StageUsage[], stage: string): number {
  return rounded(
    rows.reduce((sum, { byStage }) => sum + (byStage[stage] ?? 0), 0),
    2,
  );
}

/** The last line of the output. */
export function jsonOf(report: LoadReport): object {
  const { loadAverageBefore, opened, examDay, kills, drains, operations, looks, checks } = report;
  const most = (value: (look: Look) => number) => rounded(Math.max(...looks.map(value)), 1);
  return {
    benchmark: 'load',
    machine: machine(),
    loadAverageBefore: rounded(loadAverageBefore, 2),
    attempts: opened.attempts,
    openedPerSecond: rounded(opened.attempts / opened.seconds, 1),
    examDay: roundedAll(examDay),
    kills: kills.map(roundedAll),
    drains: drains.map(roundedAll),
    operations,
    memoryMegabytes: Object.fromEntries(usageByStage(looks, (_, after) => megabytes(after.bytes)).rows.map((row) => [row.process, row.byStage])),
    coresUsed: Object.fromEntries(
      usageByStage(looks, (before, after, seconds) => (after.cpuSeconds - before.cpuSeconds) / seconds).rows.map((row) => [row.process, row.byStage]),
    ),
    factsWaitingMost: most(({ pending }) => pending.facts),
    oldestFactSecondsMost: most(({ pending }) => pending.factSeconds),
    checks,
    nothingLost: isAllThere(checks),
  };
}

/** A copy in which every number, however deep, has at most two decimals. */
function roundedAll(value: object): object {
  return JSON.parse(JSON.stringify(value), (_key, inner: unknown) => (typeof inner === 'number' ? rounded(inner, 2) : inner)) as object;
}
