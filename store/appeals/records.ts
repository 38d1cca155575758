import type { AppealedItem, AppealState } from '../../domain/appeal.ts';
import type { Test } from '../../domain/exam.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';

/** An appeal as it was filed, and what became of it. */
export type AppealRecord = {
  readonly id: string;
  readonly attemptId: string;
  readonly test: Test;
  /** The one that it is of. */
  readonly decisionId: string;
  readonly submissionId: string;
  readonly items: readonly AppealedItem[];
  readonly feeReference: string | null;
  readonly filedAt: Date;
  readonly state: AppealState;
  readonly settledAt: Date | null;
  readonly answerDecisionId: string | null;
  /** Of its fee, once it was paid back. */
  readonly refund: { readonly reference: string; readonly refundedBy: string; /** ISO 8601. */ readonly refundedAt: string } | null;
};

/** With what staff need beside it. */
export type ListedAppeal = AppealRecord & {
  readonly examId: string;
  readonly version: number;
  /** When its answer is promised; null once it is settled. */
  readonly dueAt: Date | null;
  readonly needsAttention: boolean;
};

const COLUMNS = Prisma.sql`q.id, q.attempt_id AS "attemptId", q.test, q.decision_id AS "decisionId", q.submission_id AS "submissionId", q.items,
  q.fee_reference AS "feeReference", q.filed_at AS "filedAt", q.state, q.settled_at AS "settledAt", q.answer_decision_id AS "answerDecisionId",
  (SELECT jsonb_build_object('reference', r.reference, 'refundedBy', r.refunded_by, 'refundedAt', r.refunded_at) FROM appeal_refund r WHERE r.appeal_id = q.id) AS refund`;

/** Undefined where there is none. */
export async function readAppeal(tx: Pick<Transaction, '$queryRaw'>, appealId: string): Promise<AppealRecord | undefined> {
  const [row] = await tx.$queryRaw<AppealRecord[]>`SELECT ${COLUMNS} FROM appeal q WHERE q.id = ${appealId}::uuid`;
  return row;
}

/** Of one attempt, oldest first: at most one a test. */
export function readAppealsOf(tx: Pick<Transaction, '$queryRaw'>, attemptId: string): Promise<readonly AppealRecord[]> {
  return tx.$queryRaw<AppealRecord[]>`SELECT ${COLUMNS} FROM appeal q WHERE q.attempt_id = ${attemptId}::uuid ORDER BY q.filed_at`;
}

/** Its fee is owed to the candidate still. */
export const REFUND_DUE = Prisma.sql`q.fee_reference IS NOT NULL AND q.state IN ('upheld', 'partly') AND NOT EXISTS (SELECT 1 FROM appeal_refund r WHERE r.appeal_id = q.id)`;

type Listing = {
  isOpen?: boolean | undefined;
  isRefundDue?: boolean | undefined;
  attemptId?: string | undefined;
  after?: string | undefined;
  limit: number;
};

/** For staff, newest first, after a cursor; with `isOpen` those alone that wait for their answer, with `isRefundDue` those whose fee is to be paid back. */
export function listAppeals({ prisma }: RecordContext, { isOpen, isRefundDue, attemptId, after, limit }: Listing): Promise<readonly ListedAppeal[]> {
  return prisma.$queryRaw<ListedAppeal[]>`
    SELECT ${COLUMNS}, a.exam_id AS "examId", v.version, CASE WHEN q.state = 'open' THEN st.due_at END AS "dueAt",
      q.state = 'open' AND coalesce(st.needs_attention, false) AS "needsAttention"
    FROM appeal q JOIN attempt a ON a.id = q.attempt_id JOIN exam_version v ON v.id = a.exam_version_id
      LEFT JOIN attempt_standing st ON st.attempt_id = q.attempt_id
    WHERE TRUE
      ${isOpen ? Prisma.sql`AND q.state = 'open'` : Prisma.empty}
      ${isRefundDue ? Prisma.sql`AND ${REFUND_DUE}` : Prisma.empty}
      ${attemptId === undefined ? Prisma.empty : Prisma.sql`AND q.attempt_id = ${attemptId}::uuid`}
      ${after === undefined ? Prisma.empty : Prisma.sql`AND q.id < ${after}::uuid`}
    ORDER BY q.id DESC LIMIT ${limit}`;
}
