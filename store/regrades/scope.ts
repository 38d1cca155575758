import type { Test } from '../../domain/exam.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import type { ItemChange, Regraded } from '../../domain/regrade.ts';
import type { ResponseValue } from '../../domain/response.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { isPerson, type Person } from '../interests.ts';
import { tookAnswers } from '../privacy/erased.ts';

/** What a regrade is about: an item of some versions of an exam, in what was handed in within a period. */
export type RegradeScope = Regraded & {
  readonly examId: string;
  readonly versions: readonly number[];
  readonly caseStudyId: string | null;
  readonly submittedFrom: Date | null;
  /** Not included. */
  readonly submittedUntil: Date | null;
};

/** Of the tables as the statements here call them: v, the exam's version; s, the sitting; b, the submission. */
function submissionsIn({ examId, versions, test, caseStudyId, submittedFrom, submittedUntil }: RegradeScope): Prisma.Sql {
  return Prisma.sql`v.exam_id = ${examId} AND v.version = ANY (${[...versions]}::int[]) AND s.test = ${test}
    ${caseStudyId === null ? Prisma.empty : Prisma.sql`AND s.case_study_id = ${caseStudyId}`}
    ${submittedFrom === null ? Prisma.empty : Prisma.sql`AND b.submitted_at >= ${submittedFrom}`}
    ${submittedUntil === null ? Prisma.empty : Prisma.sql`AND b.submitted_at < ${submittedUntil}`}`;
}

/** A decision that stands: no other one supersedes it. */
export type StandingDecision = {
  readonly id: string;
  readonly attemptId: string;
  readonly examVersionId: string;
  readonly gradingRound: number;
  readonly submissionId: string;
  readonly passed: boolean;
  readonly millipoints: number;
  readonly millipointsMax: number;
  readonly items: readonly ItemScore[];
  /** Null of a file. */
  readonly content: Readonly<Record<string, ResponseValue>> | null;
};

const columns = Prisma.sql`d.id, d.attempt_id AS "attemptId", a.exam_version_id AS "examVersionId", d.grading_round AS "gradingRound", d.submission_id AS "submissionId",
  d.passed, d.millipoints, d.millipoints_max AS "millipointsMax", d.items, b.content`;
const tables = Prisma.sql`decision d JOIN attempt a ON a.id = d.attempt_id JOIN exam_version v ON v.id = a.exam_version_id
  JOIN submission b ON b.id = d.submission_id JOIN sitting s ON s.id = b.sitting_id`;
const stands = Prisma.sql`NOT EXISTS (SELECT 1 FROM decision later WHERE later.supersedes_id = d.id)`;

/** The decisions that a regrade is about, oldest first: not those that it has put right or left for good, nor those whose answers are erased. */
export function standingIn(
  tx: Pick<Transaction, '$queryRaw'>,
  { regradeId, scope, after, limit }: { regradeId: string; scope: RegradeScope; after: string; limit: number },
): Promise<readonly StandingDecision[]> {
  return tx.$queryRaw<StandingDecision[]>`
    SELECT ${columns} FROM ${tables}
    WHERE ${submissionsIn(scope)} AND d.id > ${after}::uuid AND ${stands} AND NOT ${regradeId}::uuid = ANY (d.regrade_ids)
      AND NOT EXISTS (SELECT 1 FROM regrade_change g WHERE g.regrade_id = ${regradeId}::uuid AND g.decision_id = d.id AND g.state = 'kept')
      AND NOT EXISTS (SELECT 1 FROM erasure z WHERE ${tookAnswers})
    ORDER BY d.id LIMIT ${limit}`;
}

/** Undefined where another one has superseded it. */
export async function findStanding(tx: Transaction, decisionId: string): Promise<StandingDecision | undefined> {
  const [row] = await tx.$queryRaw<StandingDecision[]>`SELECT ${columns} FROM ${tables} WHERE d.id = ${decisionId}::uuid AND ${stands}`;
  return row;
}

/** How much was handed in before the regrade was applied and is not decided yet: who grades it may not have heard of the regrade. */
export async function underGrading(
  tx: Pick<Transaction, '$queryRaw'>,
  { scope, settledAt }: { scope: RegradeScope; settledAt: Date | null },
): Promise<number> {
  const [row] = await tx.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM undecided_submission u JOIN submission b ON b.id = u.submission_id JOIN sitting s ON s.id = b.sitting_id AND s.round = b.round
      JOIN attempt a ON a.id = s.attempt_id AND a.outcome IS NULL JOIN exam_version v ON v.id = a.exam_version_id
    WHERE ${submissionsIn(scope)} AND b.submitted_at < ${settledAt}`;
  return row?.count ?? 0;
}

/** Whether somebody is a candidate of an attempt that a regrade is about, decided or not. */
export async function isAbout(tx: Transaction, scope: RegradeScope, person: Person): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM candidate c JOIN attempt a ON a.candidate_id = c.id JOIN exam_version v ON v.id = a.exam_version_id
      JOIN sitting s ON s.attempt_id = a.id JOIN submission b ON b.sitting_id = s.id
    WHERE ${isPerson(person)} AND ${submissionsIn(scope)} LIMIT 1`;
  return rows.length > 0;
}

export type ScopeRow = {
  readonly examId: string;
  readonly versions: readonly number[];
  readonly test: string;
  readonly caseStudyId: string | null;
  readonly itemId: string;
  readonly change: Prisma.JsonValue;
  readonly submittedFrom: Date | null;
  readonly submittedUntil: Date | null;
};

export function scopeOf({ examId, versions, test, caseStudyId, itemId, change, submittedFrom, submittedUntil }: ScopeRow): RegradeScope {
  return { examId, versions, test: test as Test, caseStudyId, itemId, change: change as unknown as ItemChange, submittedFrom, submittedUntil };
}
