import { isDeepStrictEqual } from 'node:util';
import type { Test } from '../../domain/exam.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { regradedItems } from '../../domain/regrade.ts';
import type { ResponseValue } from '../../domain/response.ts';
import type { AttemptRecord } from '../attempt-rows.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { scopeOf, type RegradeScope, type ScopeRow } from './scope.ts';

/**
 * Takes the attempt's row lock (as `lockAttempt`), and says with that whether any regrade of its exam is in force: hardly ever is there one, and
 * each result asks.
 */
export async function lockWithRegrades(tx: Transaction, { attemptId, test }: { attemptId: string; test: Test }): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ regrades: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM regrade r WHERE r.exam_id = a.exam_id AND r.test = ${test} AND r.outcome = 'applied') AS regrades
    FROM attempt a WHERE a.id = ${attemptId}::uuid FOR NO KEY UPDATE OF a`;
  return row?.regrades ?? false;
}

type ToPublish = { readonly submissionId: string | null; readonly items: readonly ItemScore[] };

/** The points of a decision to be with all that is in force put right, the very ones where nothing changes, and the regrades that are about it, in their order. */
export async function regradedBefore(
  tx: Transaction,
  { examVersions }: ExamContext,
  { attempt, decision, regrades }: { attempt: AttemptRecord; decision: ToPublish; regrades: boolean },
): Promise<{ readonly items: readonly ItemScore[]; readonly regradeIds: readonly string[] }> {
  const { items, submissionId } = decision;
  if (!regrades || submissionId === null) return { items, regradeIds: [] };
  const { scopes, answers } = await inForce(tx, submissionId);
  const exam = await examVersions.contentOf(attempt.examVersionId, tx);
  const after = regradedItems(items, { exam, answers, regrades: scopes.map(({ scope }) => scope) });
  return { items: isDeepStrictEqual(after, items) ? items : after, regradeIds: scopes.map(({ id }) => id) };
}

type InForce = { readonly id: string; readonly scope: RegradeScope };

async function inForce(
  tx: Transaction,
  submissionId: string,
): Promise<{ readonly scopes: readonly InForce[]; readonly answers: Readonly<Record<string, ResponseValue>> }> {
  const rows = await tx.$queryRaw<(ScopeRow & { id: string; content: Record<string, ResponseValue> | null })[]>`
    SELECT r.id, r.exam_id AS "examId", r.versions, r.test, r.case_study_id AS "caseStudyId", r.item_id AS "itemId", r.change,
      r.submitted_from AS "submittedFrom", r.submitted_until AS "submittedUntil", b.content
    FROM submission b JOIN sitting s ON s.id = b.sitting_id JOIN attempt a ON a.id = s.attempt_id JOIN exam_version v ON v.id = a.exam_version_id
      JOIN regrade r ON r.exam_id = v.exam_id AND v.version = ANY (r.versions) AND r.test = s.test
        AND (r.case_study_id IS NULL OR r.case_study_id = s.case_study_id)
        AND (r.submitted_from IS NULL OR b.submitted_at >= r.submitted_from) AND (r.submitted_until IS NULL OR b.submitted_at < r.submitted_until)
    WHERE b.id = ${submissionId}::uuid AND r.outcome = 'applied' ORDER BY r.settled_at, r.id`;
  return { scopes: rows.map((row) => ({ id: row.id, scope: scopeOf(row) })), answers: rows[0]?.content ?? {} };
}
