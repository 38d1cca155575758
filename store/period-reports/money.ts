import { examVersionName, type Test } from '../../domain/exam.ts';
import { moneyReport, type DecidedSubmission, type PayCorrection } from '../../domain/money-report.ts';
import { markingOf } from '../../domain/outlook.ts';
import type { PeriodContent } from '../../domain/report-tables.ts';
import type { Period } from '../../domain/report.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { idsWithin } from '../ids-within.ts';
import { listRates } from '../pay/rates.ts';
import { readWork } from '../pay/work.ts';
import { readWorkEnded } from './work-ended.ts';

export async function readMoney(tx: Transaction, context: ExamContext, period: Period): Promise<PeriodContent> {
  const { since, until } = period;
  const workAtSubmissions = await readWork(tx, {
    claims: Prisma.sql`
      SELECT c.* FROM decision d JOIN assignment t ON t.submission_id = d.submission_id JOIN claim c ON c.assignment_id = t.id
      WHERE d.supersedes_id IS NULL AND d.decided_at >= ${since} AND d.decided_at < ${until}`,
    ended: Prisma.sql`ending.at IS NOT NULL`,
  });
  return moneyReport({
    rates: await listRates({ prisma: tx }),
    work: await readWorkEnded(tx, period),
    corrections: await readCorrections(tx, period),
    submissions: await readSubmissions(tx, context, period),
    workAtSubmissions,
  });
}

function readCorrections(tx: Transaction, period: Period): Promise<PayCorrection[]> {
  return tx.$queryRaw<PayCorrection[]>`
    SELECT p.grader, p.cents, EXISTS (SELECT 1 FROM pay_line l WHERE l.correction_id = p.id) AS "isPaid"
    FROM pay_correction p WHERE ${idsWithin(Prisma.sql`p.id`, period)} AND p.recorded_at >= ${period.since} AND p.recorded_at < ${period.until}`;
}

type SubmissionRow = { readonly submission_id: string; readonly exam_version_id: string; readonly test: Test };

async function readSubmissions(tx: Transaction, { examVersions }: ExamContext, { since, until }: Period): Promise<readonly DecidedSubmission[]> {
  const rows = await tx.$queryRaw<SubmissionRow[]>`
    SELECT d.submission_id, a.exam_version_id, d.test FROM decision d JOIN attempt a ON a.id = d.attempt_id
    WHERE d.supersedes_id IS NULL AND d.submission_id IS NOT NULL AND d.decided_at >= ${since} AND d.decided_at < ${until}`;
  return Array.fromAsync(rows, async ({ submission_id: submissionId, exam_version_id: examVersionId, test }) => {
    const exam = await examVersions.contentOf(examVersionId, tx);
    return { submissionId, examVersion: examVersionName(exam), test, marking: markingOf(exam.policy) };
  });
}
