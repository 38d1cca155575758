import { describe, expect, it } from 'vitest';
import { operationsReport, type OperationsFacts, type Result } from './operations-report.ts';
import type { ReportTable } from './report-tables.ts';

const until = new Date('2026-11-30T00:00:00Z');
const DAY = 86_400_000;
const WEEK_SECONDS = 7 * 86_400;
const NOTHING: OperationsFacts = { results: [], waiting: [], changes: [], work: [], forecasts: [] };

/** Rows by the names of their columns. */
const rowsOf = ({ columns, rows }: ReportTable) => rows.map((row) => Object.fromEntries(columns.map(({ id }, place) => [id, row[place]])));
const tableOf = (facts: Partial<OperationsFacts>, id: string) => {
  const table = operationsReport({ ...NOTHING, ...facts }, { until }).tables.find((one) => one.id === id);
  return rowsOf(table ?? { id: 'promise', columns: [], rows: [] });
};
const result = (days: number, over: Partial<Result> = {}): Result => ({
  examVersion: 'a@1',
  test: 'aptitude',
  // A Monday.
  submittedAt: new Date('2026-11-16T08:00:00Z'),
  decidedAt: new Date(Date.parse('2026-11-16T08:00:00Z') + days * DAY),
  promisedSeconds: WEEK_SECONDS,
  expectedBy: null,
  ...over,
});

describe('the report of operations', () => {
  it('of nothing has every table, and no row', () => {
    const { attempts, tables } = operationsReport(NOTHING, { until });
    expect(attempts).toBe(0);
    expect(tables.map(({ id, rows }) => [id, rows.length])).toEqual([
      ['promise', 0],
      ['told', 0],
      ['backlog', 0],
      ['forecast', 0],
      ['hours', 0],
      ['changes', 0],
    ]);
  });

  it('counts a result that came in the last moment of the promise as kept, and one a moment later as broken', () => {
    const late = result(7, { decidedAt: new Date(Date.parse('2026-11-23T08:00:00Z') + 1) });
    expect(tableOf({ results: [result(7), late, result(1)] }, 'promise')).toEqual([
      {
        exam: 'a@1',
        test: 'aptitude',
        results: 3,
        asPromised: 2,
        asPromisedShare: 2 / 3,
        withinWorkingWeek: 2,
        medianSeconds: WEEK_SECONDS,
        slowestTenthSeconds: WEEK_SECONDS,
        longestSeconds: WEEK_SECONDS,
      },
    ]);
  });

  it('compares with the date that was told first, where one was told', () => {
    const told = (days: number) => new Date(Date.parse('2026-11-16T08:00:00Z') + days * DAY);
    const results = [result(3, { expectedBy: told(3) }), result(5, { expectedBy: told(4) }), result(2)];
    expect(tableOf({ results }, 'told')).toEqual([{ exam: 'a@1', test: 'aptitude', told: 2, byThen: 1, byThenShare: 0.5 }]);
  });

  it('says of what waits how much of the promise was gone at the end of the period', () => {
    const since = (days: number) => ({
      examVersion: 'a@1',
      test: 'case_study' as const,
      submittedAt: new Date(until.getTime() - days * DAY),
      promisedSeconds: WEEK_SECONDS,
    });
    expect(tableOf({ waiting: [since(1), since(3.5), since(6), since(9)] }, 'backlog')).toEqual([
      expect.objectContaining({ underGrading: 4, pastHalf: 3, pastFourFifths: 2, pastPromise: 1, longestSeconds: 9 * 86_400 }),
    ]);
  });

  it('adds up hours by test and purpose, seeds apart, and counts what was not handed in', () => {
    const one = (minutes: number, over: object = {}) => ({
      claimId: 'c',
      assignmentId: 'x',
      test: 'aptitude' as const,
      purpose: 'mark' as const,
      isSeed: false,
      isCompleted: true,
      endedAt: until,
      stretches: [{ startedAt: new Date(0), endedAt: new Date(minutes * 60_000) }],
      ...over,
    });
    const work = [one(60), one(120), one(30, { isCompleted: false }), one(10, { isSeed: true }), one(5, { purpose: 'adjudicate' as const })];
    expect(tableOf({ work }, 'hours')).toEqual([
      { test: 'aptitude', purpose: 'adjudicate', completed: 1, givenBack: 0, activeSeconds: 300, activeSecondsMedian: 300 },
      { test: 'aptitude', purpose: 'mark', completed: 2, givenBack: 1, activeSeconds: 12_600, activeSecondsMedian: 5400 },
      { test: 'aptitude', purpose: 'seed', completed: 1, givenBack: 0, activeSeconds: 600, activeSecondsMedian: 600 },
    ]);
  });

  it('tells apart who changed decisions, and which way', () => {
    const change = { examVersion: 'a@1', test: 'aptitude' as const, change: 'regrade' as const };
    const changes = [
      { ...change, passed: true, passedBefore: false },
      { ...change, passed: true, passedBefore: true },
      { ...change, change: 'appeal' as const, passed: false, passedBefore: true },
    ];
    expect(tableOf({ changes }, 'changes')).toEqual([
      { exam: 'a@1', test: 'aptitude', change: 'appeal', decisions: 1, toPass: 0, toFail: 1 },
      { exam: 'a@1', test: 'aptitude', change: 'regrade', decisions: 2, toPass: 1, toFail: 0 },
    ]);
  });
});
