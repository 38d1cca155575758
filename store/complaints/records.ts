import type { ComplaintMatter } from '../../domain/complaint.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';

/** A complaint as it was filed, and its answer; the three of it are null until there is one. */
export type ComplaintRecord = {
  readonly id: string;
  readonly attemptId: string;
  readonly about: ComplaintMatter;
  readonly text: string;
  readonly filedAt: Date;
  readonly answer: string | null;
  readonly answeredBy: string | null;
  readonly answeredAt: Date | null;
};

/** With what staff need beside it. */
export type ListedComplaint = ComplaintRecord & { readonly examId: string; readonly version: number };

const COLUMNS = Prisma.sql`k.id, k.attempt_id AS "attemptId", k.about, k.text, k.filed_at AS "filedAt", k.answer, k.answered_by AS "answeredBy", k.answered_at AS "answeredAt"`;

/** Of one attempt, oldest first. */
export function readComplaintsOf(tx: Pick<Transaction, '$queryRaw'>, attemptId: string): Promise<readonly ComplaintRecord[]> {
  return tx.$queryRaw<ComplaintRecord[]>`SELECT ${COLUMNS} FROM complaint k WHERE k.attempt_id = ${attemptId}::uuid ORDER BY k.id`;
}

type Listing = { isOpen?: boolean | undefined; attemptId?: string | undefined; after?: string | undefined; limit: number };

/** For staff, after a cursor: with `isOpen` those alone that wait for an answer, the oldest first; else all, the newest first. */
export function listComplaints({ prisma }: RecordContext, { isOpen, attemptId, after, limit }: Listing): Promise<readonly ListedComplaint[]> {
  const [beyond, order] = isOpen ? [Prisma.sql`k.id >`, Prisma.sql`k.id`] : [Prisma.sql`k.id <`, Prisma.sql`k.id DESC`];
  return prisma.$queryRaw<ListedComplaint[]>`
    SELECT ${COLUMNS}, a.exam_id AS "examId", v.version
    FROM complaint k JOIN attempt a ON a.id = k.attempt_id JOIN exam_version v ON v.id = a.exam_version_id
    WHERE TRUE
      ${isOpen ? Prisma.sql`AND k.answered_at IS NULL` : Prisma.empty}
      ${attemptId === undefined ? Prisma.empty : Prisma.sql`AND k.attempt_id = ${attemptId}::uuid`}
      ${after === undefined ? Prisma.empty : Prisma.sql`AND ${beyond} ${after}::uuid`}
    ORDER BY ${order} LIMIT ${limit}`;
}
