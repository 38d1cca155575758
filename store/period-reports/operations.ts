import { examVersionName, type Test } from '../../domain/exam.ts';
import { operationsReport, type Change, type Forecast, type Result, type Waiting } from '../../domain/operations-report.ts';
import { forecastOf } from '../../domain/promise-forecast.ts';
import type { PeriodContent } from '../../domain/report-tables.ts';
import type { Period } from '../../domain/report.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { listOutlooks } from '../outlooks.ts';
import { readWorkEnded } from './work-ended.ts';

export async function readOperations(tx: Transaction, context: ExamContext, period: Period): Promise<PeriodContent> {
  const results = await readResults(tx, context, period);
  const waiting = await readWaiting(tx, context, period);
  const changes = await readChanges(tx, context, period);
  const work = await readWorkEnded(tx, period);
  const forecasts = await readForecasts(tx, context);
  return operationsReport({ results, waiting, changes, work, forecasts }, period);
}

type ResultRow = { exam_version_id: string; test: Test; submitted_at: Date; decided_at: Date; expected_by: Date | null };

/** By the time of decisions, which has its index. */
async function readResults(tx: Transaction, context: ExamContext, { since, until }: Period): Promise<readonly Result[]> {
  const rows = await tx.$queryRaw<ResultRow[]>`
    SELECT a.exam_version_id, d.test, b.submitted_at, d.decided_at, told.expected_by
    FROM decision d JOIN attempt a ON a.id = d.attempt_id JOIN submission b ON b.id = d.submission_id
      LEFT JOIN result_expectation told ON told.submission_id = b.id AND told.number = 1
    WHERE d.supersedes_id IS NULL AND d.decided_at >= ${since} AND d.decided_at < ${until}`;
  return Array.fromAsync(rows, async (row) => ({
    ...(await promisedBy(tx, context, row)),
    decidedAt: row.decided_at,
    submittedAt: row.submitted_at,
    expectedBy: row.expected_by,
  }));
}

type WaitingRow = { exam_version_id: string; test: Test; submitted_at: Date };

/** Of what waits now what was there, and what was decided since: both are few. What another round or a withdrawal took away waits for nothing. */
async function readWaiting(tx: Transaction, context: ExamContext, { until }: Period): Promise<readonly Waiting[]> {
  const rows = await tx.$queryRaw<WaitingRow[]>`
    SELECT a.exam_version_id, u.test, u.submitted_at
    FROM undecided_submission u JOIN attempt a ON a.id = u.attempt_id JOIN sitting s ON s.attempt_id = u.attempt_id AND s.test = u.test AND s.round = u.round
    WHERE u.submitted_at < ${until} AND a.outcome IS DISTINCT FROM 'withdrawn'
      AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = u.attempt_id AND d.test = u.test AND d.grading_round = u.round AND d.decided_at < ${until})
    UNION ALL
    SELECT a.exam_version_id, d.test, b.submitted_at
    FROM decision d JOIN attempt a ON a.id = d.attempt_id JOIN submission b ON b.id = d.submission_id
    WHERE d.supersedes_id IS NULL AND d.decided_at >= ${until} AND b.submitted_at < ${until}
      AND NOT EXISTS (SELECT 1 FROM undecided_submission u WHERE u.attempt_id = d.attempt_id AND u.test = d.test AND u.round = b.round)`;
  return Array.fromAsync(rows, async (row) => ({ ...(await promisedBy(tx, context, row)), submittedAt: row.submitted_at }));
}

type ChangeRow = { exam_version_id: string; test: Test; change: Change['change']; passed: boolean; passed_before: boolean };

async function readChanges(tx: Transaction, context: ExamContext, { since, until }: Period): Promise<readonly Change[]> {
  const rows = await tx.$queryRaw<ChangeRow[]>`
    SELECT a.exam_version_id, d.test, d.passed, before.passed AS passed_before,
      CASE WHEN (SELECT p.id FROM appeal p WHERE p.answer_decision_id = d.id) IS NOT NULL THEN 'appeal'
        WHEN cardinality(d.regrade_ids) > 0 THEN 'regrade' ELSE 'other' END AS change
    FROM decision d JOIN decision before ON before.id = d.supersedes_id JOIN attempt a ON a.id = d.attempt_id
    WHERE d.decided_at >= ${since} AND d.decided_at < ${until}`;
  return Array.fromAsync(rows, async ({ exam_version_id: examVersionId, test, change, passed, passed_before: passedBefore }) => {
    const exam = await context.examVersions.contentOf(examVersionId, tx);
    return { examVersion: examVersionName(exam), test, change, passed, passedBefore };
  });
}

/** As the desk's outlook has it when the report is made. */
async function readForecasts(tx: Transaction, context: ExamContext): Promise<readonly Forecast[]> {
  const groups = await listOutlooks(tx, context);
  return groups.map(({ examId, language, test, policy, outlook, now }) => ({
    examId,
    language,
    test,
    underGrading: outlook.underGrading,
    ...forecastOf({ outlook, policy, test, now, limits: [] }),
  }));
}

async function promisedBy(
  tx: Transaction,
  { examVersions }: ExamContext,
  { exam_version_id: examVersionId, test }: { exam_version_id: string; test: Test },
) {
  const exam = await examVersions.contentOf(examVersionId, tx);
  return { examVersion: examVersionName(exam), test, promisedSeconds: exam.policy.resultPromiseSeconds[test] };
}
