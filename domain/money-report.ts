import type { Test } from './exam.ts';
import { activeSecondsOf } from './active-time.ts';
import { groupsOf } from './groups.ts';
import { workLineOf, type Cents, type PayRate, type PieceKind, type Work } from './pay.ts';
import { tableOf, type PeriodContent, type ReportTable } from './report-tables.ts';

/** What marking cost: sums of the exact amounts that graders are paid, in cents. */

/** As a statement has it, whatever rates were recorded since. */
export type PaidWork = { readonly seconds: number; readonly timeCents: Cents; readonly pieceCents: Cents };
export type PayableWork = Work & { readonly grader: string; readonly submissionId: string; readonly isSeed: boolean; readonly paid: PaidWork | null };
export type PayCorrection = { readonly grader: string; readonly cents: Cents; readonly isPaid: boolean };
/** A submission that was first decided in the period, with how its exam version is marked. */
export type DecidedSubmission = { readonly submissionId: string; readonly examVersion: string; readonly test: Test; readonly marking: string };

export type MoneyFacts = {
  readonly rates: readonly PayRate[];
  /** That ended in the period. */
  readonly work: readonly PayableWork[];
  readonly corrections: readonly PayCorrection[];
  readonly submissions: readonly DecidedSubmission[];
  /** At these submissions, whenever it ended. */
  readonly workAtSubmissions: readonly PayableWork[];
};

const METHOD = 1;

export function moneyReport({ rates, work, corrections, submissions, workAtSubmissions }: MoneyFacts): PeriodContent {
  const costed = work.map((one) => costOf(one, rates));
  const tables = [
    workTable(costed),
    gradersTable(costed, corrections),
    attemptsTable(
      submissions,
      workAtSubmissions.filter(({ isSeed }) => !isSeed).map((one) => costOf(one, rates)),
    ),
  ];
  return { method: METHOD, attempts: submissions.length, tables };
}

type Costed = PayableWork & PaidWork;

/** Work of before there was any rate costs nothing. */
function costOf(work: PayableWork, rates: readonly PayRate[]): Costed {
  const line = work.paid ?? workLineOf(work, rates);
  const { seconds, timeCents, pieceCents } = line ?? { seconds: activeSecondsOf(work.stretches), timeCents: 0, pieceCents: 0 };
  return { ...work, seconds, timeCents, pieceCents };
}

function workTable(work: readonly Costed[]): ReportTable {
  const purposeOf = ({ isSeed, purpose }: Costed): PieceKind | 'seed' => (isSeed ? 'seed' : purpose);
  const rows = groupsOf(work, (one) => `${one.test} ${purposeOf(one)}`).map(([first, of]) => ({
    test: first.test,
    purpose: purposeOf(first),
    ...sumsOf(of),
    cents: centsOf(of),
  }));
  return tableOf('money', 'work', rows);
}

function gradersTable(work: readonly Costed[], corrections: readonly PayCorrection[]): ReportTable {
  const graders = [...new Set([...work, ...corrections].map(({ grader }) => grader))].toSorted();
  const rows = graders.map((grader) => {
    const [done, corrected] = [work.filter((one) => one.grader === grader), corrections.filter((one) => one.grader === grader)];
    const correctionCents = corrected.reduce((sum, { cents }) => sum + cents, 0);
    const isDue = done.some(({ paid, timeCents, pieceCents }) => !paid && timeCents + pieceCents > 0) || corrected.some(({ isPaid }) => !isPaid);
    return { grader, ...sumsOf(done), correctionCents, cents: centsOf(done) + correctionCents, statement: isDue ? 'due' : 'issued' };
  });
  return tableOf('money', 'graders', rows);
}

function attemptsTable(submissions: readonly DecidedSubmission[], work: readonly Costed[]): ReportTable {
  const bySubmission = Map.groupBy(work, ({ submissionId }) => submissionId);
  const rows = groupsOf(submissions, ({ examVersion, test }) => `${examVersion} ${test}`).map(([first, of]) => {
    const done = of.flatMap(({ submissionId }) => bySubmission.get(submissionId) ?? []);
    const completed = (kind: PieceKind) => done.filter(({ isCompleted, purpose }) => isCompleted && purpose === kind).length;
    const { activeSeconds } = sumsOf(done);
    const cents = centsOf(done);
    return {
      exam: first.examVersion,
      test: first.test,
      marking: first.marking,
      submissions: of.length,
      marks: completed('mark'),
      adjudications: completed('adjudicate'),
      activeSeconds,
      cents,
      centsEach: shareOf(cents, of.length),
    };
  });
  return tableOf('money', 'attempts', rows);
}

function sumsOf(work: readonly Costed[]) {
  const sum = (of: (one: Costed) => number) => work.reduce((all, one) => all + of(one), 0);
  return {
    pieces: work.filter(({ isCompleted }) => isCompleted).length,
    activeSeconds: sum(({ seconds }) => seconds),
    timeCents: sum(({ timeCents }) => timeCents),
    pieceCents: sum(({ pieceCents }) => pieceCents),
  };
}

function centsOf(work: readonly Costed[]): Cents {
  const { timeCents, pieceCents } = sumsOf(work);
  return timeCents + pieceCents;
}

/** Rounded half a cent up. */
function shareOf(cents: Cents, count: number): Cents {
  return Math.floor((2 * cents + count) / (2 * count));
}
