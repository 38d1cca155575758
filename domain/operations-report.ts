import { quantileSorted } from 'simple-statistics';
import type { Test } from './exam.ts';
import { activeSecondsOf } from './active-time.ts';
import { groupsOf } from './groups.ts';
import type { PieceKind, Work } from './pay.ts';
import type { PromiseForecast } from './promise-forecast.ts';
import type { Period } from './report.ts';
import { tableOf, type PeriodContent, type ReportTable } from './report-tables.ts';
import { workingWeekAfter } from './working-week.ts';

/** How the promise stood, what waited, who worked how long: counts of records, and shares of them. */

type OfExam = { readonly examVersion: string; readonly test: Test };

/** A first decision of the period, on what was submitted. */
export type Result = OfExam & {
  readonly submittedAt: Date;
  readonly decidedAt: Date;
  readonly promisedSeconds: number;
  /** The date that the candidate was told first; null where none was. */
  readonly expectedBy: Date | null;
};
/** A submission without a decision when the period ended. */
export type Waiting = OfExam & { readonly submittedAt: Date; readonly promisedSeconds: number };
/** A decision that replaced an earlier one. */
export type Change = OfExam & { readonly change: 'appeal' | 'regrade' | 'other'; readonly passed: boolean; readonly passedBefore: boolean };
export type Forecast = {
  readonly examId: string;
  readonly language: string | null;
  readonly test: Test;
  readonly underGrading: number;
} & PromiseForecast;

export type OperationsFacts = {
  readonly results: readonly Result[];
  readonly waiting: readonly Waiting[];
  readonly changes: readonly Change[];
  readonly work: readonly (Work & { readonly isSeed: boolean })[];
  readonly forecasts: readonly Forecast[];
};

const METHOD = 1;
const PROMISE_SHARES = { pastHalf: 0.5, pastFourFifths: 0.8, pastPromise: 1 } as const;

export function operationsReport(facts: OperationsFacts, { until }: Pick<Period, 'until'>): PeriodContent {
  const tables = [
    promiseTable(facts.results),
    toldTable(facts.results),
    backlogTable(facts.waiting, until),
    forecastTable(facts.forecasts),
    hoursTable(facts.work),
    changesTable(facts.changes),
  ];
  return { method: METHOD, attempts: facts.results.length, tables };
}

function promiseTable(results: readonly Result[]): ReportTable {
  const rows = byExam(results).map(([exam, of]) => {
    const asPromised = of.filter(({ submittedAt, decidedAt, promisedSeconds }) => secondsFrom(submittedAt, decidedAt) <= promisedSeconds).length;
    const withinWorkingWeek = of.filter(({ submittedAt, decidedAt }) => decidedAt.getTime() <= workingWeekAfter(submittedAt.getTime())).length;
    const ages = of.map(({ submittedAt, decidedAt }) => secondsFrom(submittedAt, decidedAt));
    return { ...exam, results: of.length, asPromised, asPromisedShare: asPromised / of.length, withinWorkingWeek, ...agesOf(ages) };
  });
  return tableOf('operations', 'promise', rows);
}

function toldTable(results: readonly Result[]): ReportTable {
  const rows = byExam(results.filter(({ expectedBy }) => expectedBy !== null)).map(([exam, of]) => {
    const byThen = of.filter(({ decidedAt, expectedBy }) => expectedBy !== null && decidedAt <= expectedBy).length;
    return { ...exam, told: of.length, byThen, byThenShare: byThen / of.length };
  });
  return tableOf('operations', 'told', rows);
}

function backlogTable(waiting: readonly Waiting[], until: Date): ReportTable {
  const rows = byExam(waiting).map(([exam, of]) => {
    const past = (share: number) =>
      of.filter(({ submittedAt, promisedSeconds }) => secondsFrom(submittedAt, until) >= promisedSeconds * share).length;
    const { medianSeconds, longestSeconds } = agesOf(of.map(({ submittedAt }) => secondsFrom(submittedAt, until)));
    const { pastHalf, pastFourFifths, pastPromise } = PROMISE_SHARES;
    return {
      ...exam,
      underGrading: of.length,
      pastHalf: past(pastHalf),
      pastFourFifths: past(pastFourFifths),
      pastPromise: past(pastPromise),
      medianSeconds,
      longestSeconds,
    };
  });
  return tableOf('operations', 'backlog', rows);
}

function forecastTable(forecasts: readonly Forecast[]): ReportTable {
  const rows = forecasts.map(({ examId, language, test, underGrading, resultSeconds, promisedSeconds, risk }) => ({
    exam: examId,
    language,
    test,
    underGrading,
    expectedSeconds: resultSeconds === null ? null : Math.round(resultSeconds),
    promisedSeconds,
    risk: risk?.why ?? null,
    riskFrom: risk ? new Date(risk.from).toISOString() : null,
  }));
  return tableOf('operations', 'forecast', rows);
}

function hoursTable(work: OperationsFacts['work']): ReportTable {
  const purposeOf = ({ isSeed, purpose }: OperationsFacts['work'][number]): PieceKind | 'seed' => (isSeed ? 'seed' : purpose);
  const rows = groupsOf(work, (one) => `${one.test} ${purposeOf(one)}`).map(([first, of]) => {
    const completed = of.filter(({ isCompleted }) => isCompleted);
    const timed = completed.map(({ stretches }) => activeSecondsOf(stretches)).filter((seconds) => seconds > 0);
    return {
      test: first.test,
      purpose: purposeOf(first),
      completed: completed.length,
      givenBack: of.length - completed.length,
      activeSeconds: of.reduce((sum, { stretches }) => sum + activeSecondsOf(stretches), 0),
      activeSecondsMedian: quantile(timed, 0.5),
    };
  });
  return tableOf('operations', 'hours', rows);
}

function changesTable(changes: readonly Change[]): ReportTable {
  const rows = groupsOf(changes, ({ examVersion, test, change }) => `${examVersion} ${test} ${change}`).map(([{ examVersion, test, change }, of]) => {
    const toPass = of.filter(({ passed, passedBefore }) => passed && !passedBefore).length;
    const toFail = of.filter(({ passed, passedBefore }) => !passed && passedBefore).length;
    return { exam: examVersion, test, change, decisions: of.length, toPass, toFail };
  });
  return tableOf('operations', 'changes', rows);
}

/** By exam version and test, in a fixed order. */
function byExam<Of extends OfExam>(all: readonly Of[]): readonly (readonly [{ exam: string; test: Test }, readonly Of[]])[] {
  return groupsOf(all, ({ examVersion, test }) => `${examVersion} ${test}`).map(([{ examVersion, test }, of]) => [{ exam: examVersion, test }, of]);
}

function agesOf(seconds: readonly number[]) {
  return { medianSeconds: quantile(seconds, 0.5), slowestTenthSeconds: quantile(seconds, 0.9), longestSeconds: quantile(seconds, 1) };
}

/** In whole seconds; null of nothing. */
function quantile(seconds: readonly number[], share: number): number | null {
  return seconds.length === 0
    ? null
    : Math.round(
        quantileSorted(
          seconds.toSorted((one, other) => one - other),
          share,
        ),
      );
}

const secondsFrom = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000;
