import type { Test } from '../../domain/exam.ts';
import type { FeedbackEntry } from '../../domain/feedback.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { FeedbackReport } from '../../publication/documents/feedback-report.ts';
import type { RecordContext } from '../context.ts';

/** A published decision as its report shows it. */
export type DecisionReport = FeedbackReport & { readonly decisionId: string };

/** A published decision as its report shows it. Refused as not found. */
export async function readReport(
  { prisma }: RecordContext,
  { attemptId, test, round }: { attemptId: string; test: Test; round: number },
): Promise<DecisionReport> {
  const [report] = await prisma.$queryRaw<DecisionReport[]>`
    SELECT d.id AS "decisionId", d.attempt_id AS "attemptId", c.name AS "candidateName", v.title AS "examTitle", d.test, d.passed,
      d.millipoints, d.millipoints_max AS "millipointsMax", d.basis_points AS "basisPoints", d.decided_at AS "decidedAt",
      coalesce(f.entries, '[]'::jsonb) AS entries
    FROM decision d JOIN attempt a ON a.id = d.attempt_id JOIN candidate c ON c.id = a.candidate_id JOIN exam_version v ON v.id = a.exam_version_id
      LEFT JOIN feedback f ON f.attempt_id = d.attempt_id AND f.test = d.test AND f.grading_round = d.grading_round
    WHERE d.attempt_id = ${attemptId}::uuid AND d.test = ${test} AND d.grading_round = ${round}`;
  if (!report) throw new Refusal('not_found', 'There is no such result.');
  return report;
}

/** The published decisions of an attempt, oldest first, each with its feedback. */
export async function readResults({ prisma }: RecordContext, attemptId: string) {
  const [decisions, feedback] = await Promise.all([
    prisma.decision.findMany({ where: { attemptId }, orderBy: { decidedAt: 'asc' } }),
    prisma.feedback.findMany({ where: { attemptId } }),
  ]);
  return decisions.map((decision) => ({
    test: decision.test as Test,
    round: decision.gradingRound,
    passed: decision.passed,
    millipoints: decision.millipoints,
    millipointsMax: decision.millipointsMax,
    basisPoints: decision.basisPoints,
    decidedAt: decision.decidedAt,
    items: decision.items as unknown as readonly ItemScore[],
    feedback: (feedback.find((entry) => entry.test === decision.test && entry.gradingRound === decision.gradingRound)?.entries ??
      []) as unknown as readonly FeedbackEntry[],
  }));
}
