import type { Test } from '../../domain/exam.ts';
import type { Expectation } from '../../domain/expectation.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';
import type { SubmittedContent } from './content.ts';

export type FrozenRecord = {
  readonly submissionId: string;
  readonly test: Test;
  readonly round: number;
  readonly cause: 'submitted' | 'timed_out';
  readonly contentHash: string;
  /** ISO 8601, UTC. */
  readonly submittedAt: string;
  readonly receipt: string;
  /** When the result was expected, as it was told with the submission, ISO 8601; null for those of before. It is no part of the receipt, which says what is so. */
  readonly expectedBy: string | null;
};

/** With what was told with it. */
const TOLD = { expectations: { where: { number: 1 }, select: { expectedBy: true } } } as const satisfies Prisma.SubmissionInclude;
type Row = Prisma.SubmissionGetPayload<{ include: typeof TOLD }>;

/** Every submission of an attempt, oldest first. */
export async function readSubmissions({ prisma }: RecordContext, attemptId: string): Promise<readonly FrozenRecord[]> {
  const rows = await prisma.submission.findMany({
    where: { sitting: { attemptId } },
    include: { sitting: true, ...TOLD },
    relationLoadStrategy: 'join',
    orderBy: { submittedAt: 'asc' },
  });
  return rows.map((row) => frozenRecord(row, row.sitting.test as Test));
}

/** The submission of a sitting's present round; null where it was frozen without one. */
export async function submissionOf(tx: Transaction, sitting: { id: string; round: number }, test: Test): Promise<FrozenRecord | null> {
  const row = await tx.submission.findUnique({ where: { sittingId_round: { sittingId: sitting.id, round: sitting.round } }, include: TOLD });
  return row ? frozenRecord(row, test) : null;
}

/** Its tidings are written with it (`tidingsOfSubmission`). */
export function insertSubmission(
  submission: FrozenRecord,
  { content, uploadId, sittingId }: SubmittedContent & { readonly sittingId: string },
): Prisma.Sql {
  const { submissionId, round, cause, contentHash, submittedAt, receipt } = submission;
  return Prisma.sql`
    INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, upload_id, submitted_at, receipt, told)
    VALUES (${submissionId}::uuid, ${sittingId}::uuid, ${round}, ${cause}, ${contentHash}, ${content === undefined ? null : JSON.stringify(content)}::jsonb,
      ${uploadId ?? null}::uuid, ${new Date(submittedAt)}, ${receipt}, true)`;
}

export function insertExpectation(
  submissionId: string,
  { number, expectedBy, basis, toldAt }: { number: number; expectedBy: Date | null; basis: Expectation['basis']; toldAt: Date },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO result_expectation (submission_id, number, expected_by, basis, told_at)
    VALUES (${submissionId}::uuid, ${number}, ${expectedBy}, ${JSON.stringify(basis)}::jsonb, ${toldAt})`;
}

function frozenRecord(row: Row, test: Test): FrozenRecord {
  return {
    submissionId: row.id,
    test,
    round: row.round,
    cause: row.cause as FrozenRecord['cause'],
    contentHash: row.contentHash,
    submittedAt: row.submittedAt.toISOString(),
    receipt: row.receipt,
    expectedBy: row.expectations[0]?.expectedBy?.toISOString() ?? null,
  };
}
