import type { Test } from '../../domain/exam.ts';
import type { ExamContent } from '../../domain/exam.ts';
import type { FeedbackEntry } from '../../domain/feedback.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import { readableResponse, type ResponseValue } from '../../domain/response.ts';
import type { FeedbackReport } from '../../publication/documents/feedback-report.ts';
import type { ExamContext } from '../exam-versions.ts';

/** A published decision as its report shows it. */
export type DecisionReport = FeedbackReport & { readonly decisionId: string };

/** A published decision as its report shows it. Refused as not found. */
export async function readReport(
  { prisma, examVersions }: ExamContext,
  { attemptId, test, round }: { attemptId: string; test: Test; round: number },
): Promise<DecisionReport> {
  type Row = Omit<DecisionReport, 'entries' | 'passMark'> & { entries: readonly FeedbackEntry[]; examVersionId: string; content: Answers | null };
  const [row] = await prisma.$queryRaw<Row[]>`
    SELECT d.id AS "decisionId", d.attempt_id AS "attemptId", c.name AS "candidateName", v.title AS "examTitle", d.test, d.passed,
      d.millipoints, d.millipoints_max AS "millipointsMax", d.basis_points AS "basisPoints", d.decided_at AS "decidedAt",
      coalesce(f.entries, '[]'::jsonb) AS entries, v.id AS "examVersionId", b.content, u.file_name AS "fileName"
    FROM decision d JOIN attempt a ON a.id = d.attempt_id JOIN candidate c ON c.id = a.candidate_id JOIN exam_version v ON v.id = a.exam_version_id
      LEFT JOIN feedback f ON f.attempt_id = d.attempt_id AND f.test = d.test AND f.grading_round = d.grading_round
      LEFT JOIN submission b ON b.id = d.submission_id LEFT JOIN upload u ON u.id = b.upload_id
    WHERE d.attempt_id = ${attemptId}::uuid AND d.test = ${test} AND d.grading_round = ${round}`;
  if (!row) throw new Refusal('not_found', 'There is no such result.');
  const { examVersionId, content, entries, ...report } = row;
  const exam = await examVersions.contentOf(examVersionId);
  return { ...report, passMark: exam.policy.passMark, entries: entries.map((entry) => ({ ...entry, answer: answerTo(exam, entry, content) })) };
}

/** Submitted answers by item; none of a case study, which is a file. */
type Answers = Readonly<Record<string, ResponseValue>>;

function answerTo(exam: ExamContent, { itemId }: FeedbackEntry, content: Answers | null): string | null {
  const value = content?.[itemId];
  return value === undefined
    ? null
    : readableResponse(
        exam.items.find(({ id }) => id === itemId),
        value,
      );
}

/** The published decisions of an attempt, oldest first, each with its feedback. */
export async function readResults({ prisma, examVersions }: ExamContext, attemptId: string) {
  const [decisions, feedback] = await Promise.all([
    prisma.decision.findMany({
      where: { attemptId },
      orderBy: { decidedAt: 'asc' },
      include: { submission: { select: { content: true } }, attempt: { select: { examVersionId: true } } },
    }),
    prisma.feedback.findMany({ where: { attemptId } }),
  ]);
  return Promise.all(
    decisions.map(async (decision) => {
      const entries = (feedback.find((entry) => entry.test === decision.test && entry.gradingRound === decision.gradingRound)?.entries ??
        []) as unknown as readonly FeedbackEntry[];
      const answers = (decision.submission?.content ?? null) as Answers | null;
      const exam = await examVersions.contentOf(decision.attempt.examVersionId);
      return {
        test: decision.test as Test,
        round: decision.gradingRound,
        passed: decision.passed,
        millipoints: decision.millipoints,
        millipointsMax: decision.millipointsMax,
        basisPoints: decision.basisPoints,
        passMark: exam.policy.passMark,
        decidedAt: decision.decidedAt,
        items: decision.items as unknown as readonly ItemScore[],
        feedback: entries.map((entry) => ({ ...entry, response: answers?.[entry.itemId] ?? null, answer: answerTo(exam, entry, answers) })),
      };
    }),
  );
}
