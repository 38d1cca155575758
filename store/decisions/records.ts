import type { AssessmentReason } from '../../domain/assessment.ts';
import type { PointCorrection } from '../../domain/correction.ts';
import type { Test } from '../../domain/exam.ts';
import type { DecisionOnRecord, DecisionRecords } from '../../domain/explanation.ts';
import type { ResponseValue } from '../../domain/response.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { FIRST_ID } from '../ids.ts';
import { tookAnswers } from '../privacy/erased.ts';

/** Decisions with their submission and its marks take some kilobytes each. */
const PAGE_SIZE = 500;

/** Every decision with all that it rests on, oldest first, a page at a time. */
export async function* readAllDecisionRecords(context: ExamContext): AsyncGenerator<readonly DecisionRecords[]> {
  for (let after = FIRST_ID; ;) {
    const page = await readWhere(context.prisma, context, Prisma.sql`d.id > ${after}::uuid ORDER BY d.id LIMIT ${PAGE_SIZE}`);
    if (page.length > 0) yield page;
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1)?.decision.id ?? after;
  }
}

/** The decisions of one attempt, oldest first. */
export function readDecisionRecords(tx: Transaction, context: ExamContext, attemptId: string): Promise<readonly DecisionRecords[]> {
  return readWhere(tx, context, Prisma.sql`d.attempt_id = ${attemptId}::uuid ORDER BY d.decided_at, d.id`);
}

/** As a decision is in JSON; instants are milliseconds. */
type DecisionRow = Omit<DecisionOnRecord, 'score'> & { readonly millipoints: number; readonly millipointsMax: number };

type Row = {
  attemptId: string;
  isErased: boolean;
  examVersionId: string;
  test: Test;
  caseStudyId: string | null;
  decision: DecisionRow;
  superseded: DecisionRow | null;
  appeal: NonNullable<NonNullable<DecisionRecords['superseded']>['appeal']> | null;
  correction: { id: string; by: string; reason: string; at: number; replacement: { points?: readonly PointCorrection[] } | null } | null;
  submission: { id: string; contentHash: string; cause: string; submittedAt: number; content: Record<string, ResponseValue> | null } | null;
  marks: DecisionRecords['marks'];
  regrades: DecisionRecords['regrades'];
  assessment: (Omit<NonNullable<DecisionRecords['assessment']>, 'reasons'> & { reasons: AssessmentReason[] }) | null;
};

const milliseconds = (instant: Prisma.Sql) => Prisma.sql`round(extract(epoch FROM ${instant}) * 1000)`;

const decisionJson = (d: Prisma.Sql) => Prisma.sql`jsonb_build_object('id', ${d}.id, 'round', ${d}.grading_round, 'passed', ${d}.passed,
  'millipoints', ${d}.millipoints, 'millipointsMax', ${d}.millipoints_max, 'basisPoints', ${d}.basis_points, 'items', ${d}.items,
  'decidedAt', ${milliseconds(Prisma.sql`${d}.decided_at`)})`;

/** A correction is the one that was settled at the instant of the decision, for a certificate of the same candidate and exam: the pass may have been carried over. */
async function readWhere(
  tx: Pick<Transaction, '$queryRaw'>,
  { examVersions }: ExamContext,
  condition: Prisma.Sql,
): Promise<readonly DecisionRecords[]> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT d.attempt_id AS "attemptId", EXISTS (SELECT 1 FROM erasure z WHERE ${tookAnswers}) AS "isErased", a.exam_version_id AS "examVersionId", d.test, s.case_study_id AS "caseStudyId",
      ${decisionJson(Prisma.sql`d`)} AS decision,
      CASE WHEN p.id IS NOT NULL THEN ${decisionJson(Prisma.sql`p`)} END AS superseded,
      CASE WHEN p.id IS NOT NULL THEN (
        SELECT jsonb_build_object('id', c.id, 'by', c.resolved_by, 'reason', c.resolved_reason, 'at', ${milliseconds(Prisma.sql`c.resolved_at`)}, 'replacement', c.replacement)
        FROM correction c JOIN certificate x ON x.id = c.certificate_id JOIN attempt xa ON xa.id = x.attempt_id
        WHERE xa.candidate_id = a.candidate_id AND xa.exam_id = a.exam_id AND c.resolution = 'replaced' AND c.resolved_at = d.decided_at) END AS correction,
      (SELECT jsonb_build_object('id', q.id, 'items', q.items, 'filedAt', ${milliseconds(Prisma.sql`q.filed_at`)}, 'answer', q.state)
        FROM appeal q WHERE q.answer_decision_id = d.id) AS appeal,
      CASE WHEN b.id IS NOT NULL THEN jsonb_build_object('id', b.id, 'contentHash', b.content_hash, 'cause', b.cause,
        'submittedAt', ${milliseconds(Prisma.sql`b.submitted_at`)}, 'content', b.content) END AS submission,
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('seat', t.seat, 'grader', m.grader, 'itemId', m.item_id, 'millipoints', m.millipoints, 'reason', m.reason,
          'recordedAt', ${milliseconds(Prisma.sql`m.recorded_at`)}) ORDER BY t.seat, m.item_id)
        FROM mark m JOIN assignment t ON t.id = m.assignment_id WHERE m.submission_id = d.submission_id), '[]') AS marks,
      coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', r.id, 'openedBy', r.opened_by, 'appliedBy', r.settled_by, 'reason', r.settled_reason,
          'at', ${milliseconds(Prisma.sql`r.settled_at`)}, 'regraded', jsonb_build_object('test', r.test, 'caseStudyId', r.case_study_id, 'itemId', r.item_id, 'change', r.change))
          ORDER BY r.settled_at, r.id)
        FROM regrade r WHERE r.id = ANY (d.regrade_ids)), '[]') AS regrades,
      CASE WHEN e.id IS NOT NULL THEN jsonb_build_object('model', k.version, 'probability', e.probability, 'limit', e."limit",
        'pooled', jsonb_build_object('items', e.pooled_items, 'grader', e.pooled_grader), 'reasons', e.reasons, 'opens', e.opens,
        'assessedAt', ${milliseconds(Prisma.sql`e.assessed_at`)}) END AS assessment
    FROM decision d JOIN attempt a ON a.id = d.attempt_id LEFT JOIN sitting s ON s.attempt_id = d.attempt_id AND s.test = d.test
      LEFT JOIN decision p ON p.id = d.supersedes_id LEFT JOIN submission b ON b.id = d.submission_id
      LEFT JOIN assessment e ON e.submission_id = d.submission_id LEFT JOIN marking_model k ON k.id = e.marking_model_id
    WHERE ${condition}`;
  return Promise.all(rows.map(async (row) => recordsOf(row, await examVersions.contentOf(row.examVersionId))));
}

function recordsOf(row: Row, exam: DecisionRecords['exam']): DecisionRecords {
  const { attemptId, isErased, test, caseStudyId, decision, superseded, correction, appeal, submission, marks, assessment, regrades } = row;
  return {
    attemptId,
    isErased,
    exam,
    taken: { test, caseStudyId },
    decision: decisionOf(decision),
    superseded: superseded && { decision: decisionOf(superseded), correction: correction && correctionOf(correction), appeal },
    submission: submission && submissionOf(row, submission),
    marks,
    assessment,
    regrades,
  };
}

function decisionOf({ millipoints, millipointsMax, ...row }: DecisionRow): DecisionOnRecord {
  return { ...row, score: { millipoints, millipointsMax } };
}

function correctionOf({ replacement, ...row }: NonNullable<Row['correction']>) {
  return { ...row, points: replacement?.points ?? [] };
}

function submissionOf({ test, caseStudyId }: Row, { content, ...row }: NonNullable<Row['submission']>): NonNullable<DecisionRecords['submission']> {
  switch (test) {
    case 'aptitude':
      return { ...row, gradable: { test, responses: content ?? {} } };
    case 'case_study':
      return { ...row, gradable: { test, caseStudyId: caseStudyId ?? '' } };
  }
}
