import type { Test } from '../domain/exam.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext } from './context.ts';
import { wrongTallies } from './tallies.ts';
import { FIRST_ID } from './ids.ts';
import { tookAnswers } from './privacy/erased.ts';

/** A submission with all that its receipt states, and what its hash is of. */
export type SubmissionRecord = {
  readonly submissionId: string;
  readonly attemptId: string;
  readonly test: Test;
  readonly round: number;
  readonly cause: string;
  readonly contentHash: string;
  readonly submittedAt: Date;
  readonly receipt: string;
  /** The responses, or null for an upload. */
  readonly content: Prisma.JsonValue;
  readonly uploadId: string | null;
  /** Its candidate was: answers, file, receipt and the hash of the answers are gone. */
  readonly isErased: boolean;
  /** Its file alone, whose time was over. */
  readonly isFileErased: boolean;
};

const PAGE_SIZE = 1000;

/** The tables that the database itself must refuse to change, by their triggers (migrations). */
const GUARDS = [
  'exam_proposal_append_only',
  'exam_retirement_append_only',
  'exam_version_append_only',
  'submission_append_only',
  'result_expectation_append_only',
  'mark_append_only',
  'decision_append_only',
  'appeal_stays',
  'appeal_settled_once',
  'audit_entry_append_only',
  'certificate_immutable',
  'event_append_only',
  'drift_append_only',
  'drift_settlement_append_only',
  'pay_rate_append_only',
  'pay_correction_append_only',
  'pay_statement_append_only',
  'pay_line_append_only',
  'marking_comment_stays',
  'marking_comment_use_append_only',
  'seed_kept',
  'seed_append_only',
  'seed_seat_append_only',
  'seed_mark_append_only',
  'seed_secret_append_only',
  'group_mark_stays',
  'group_mark_use_append_only',
];

/** What must hold in any database of ours, and holds in a restored one if it is whole. Each counts what breaks it. */
const INVARIANTS: Readonly<Record<string, Prisma.Sql>> = {
  'submissions whose sitting is open in the same round': Prisma.sql`
    SELECT count(*) FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE s.round = b.round AND s.frozen_at IS NULL`,
  'submissions that no event tells of': Prisma.sql`
    SELECT count(*) FROM submission b WHERE NOT EXISTS (
      SELECT 1 FROM sitting s JOIN event e ON e.key = s.attempt_id AND e.type = 'attempt.submitted' AND e.data ->> 'submissionId' = b.id::text
      WHERE s.id = b.sitting_id)`,
  'completed assignments without a mark, and marks of others': Prisma.sql`
    SELECT count(*) FROM assignment t WHERE (t.state = 'completed' AND t.purpose <> 'seed') <> EXISTS (SELECT 1 FROM mark m WHERE m.assignment_id = t.id)`,
  'completed seeds without a mark, and marks of others': Prisma.sql`
    SELECT count(*) FROM seed_seat y JOIN assignment t ON t.id = y.assignment_id
    WHERE (t.state = 'completed') <> EXISTS (SELECT 1 FROM seed_mark m WHERE m.assignment_id = t.id)`,
  'published decisions that no event tells of': Prisma.sql`
    SELECT count(*) FROM decision d WHERE d.supersedes_id IS NULL AND NOT EXISTS (
      SELECT 1 FROM event e WHERE e.key = d.attempt_id AND e.type = 'attempt.published' AND e.data ->> 'decisionId' = d.id::text)`,
  'answered appeals whose decision takes no place of another of the same test': Prisma.sql`
    SELECT count(*) FROM appeal q JOIN decision d ON d.id = q.answer_decision_id
    WHERE d.supersedes_id IS NULL OR (d.attempt_id, d.test) IS DISTINCT FROM (q.attempt_id, q.test)`,
  'open appeals of attempts that did not fail': Prisma.sql`
    SELECT count(*) FROM appeal q JOIN attempt a ON a.id = q.attempt_id WHERE q.state = 'open' AND a.outcome IS DISTINCT FROM 'failed'`,
  'certified attempts without a certificate, and certificates of others': Prisma.sql`
    SELECT count(*) FROM attempt a WHERE (a.outcome IS NOT DISTINCT FROM 'certified') <> EXISTS (SELECT 1 FROM certificate c WHERE c.attempt_id = a.id)`,
  'certificates that no event tells of': Prisma.sql`
    SELECT count(*) FROM certificate c WHERE c.attempt_id IS NOT NULL AND c.edition = 1 AND NOT EXISTS (
      SELECT 1 FROM event e WHERE e.key = c.attempt_id AND e.type = 'certificate.issued' AND e.data ->> 'certificateId' = c.id::text)`,
  'undecided submissions that are not kept as such': Prisma.sql`
    SELECT count(*) FROM submission b JOIN sitting s ON s.id = b.sitting_id AND s.round = b.round JOIN attempt a ON a.id = s.attempt_id
    WHERE a.outcome IS DISTINCT FROM 'withdrawn' AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = s.attempt_id AND d.test = s.test AND d.grading_round = b.round)
      AND NOT EXISTS (SELECT 1 FROM undecided_submission u WHERE u.attempt_id = s.attempt_id AND u.test = s.test AND u.round = b.round)`,
  'claims that were settled without a line, or are not with one': Prisma.sql`
    SELECT count(*) FROM claim c WHERE c.pay_settled <> EXISTS (SELECT 1 FROM pay_line l WHERE l.claim_id = c.id) AND NOT (c.pay_settled AND c.released_at IS NOT NULL)`,
  'append-only guards that are missing or off': Prisma.sql`
    SELECT ${GUARDS.length} - count(*) FROM pg_trigger WHERE tgname = ANY(${GUARDS}) AND tgenabled = 'O'`,
};

/** For the check of all records, after a restore or at any time: reads, and changes nothing. */
export function createRecordsCheckStore({ prisma }: Pick<RecordContext, 'prisma'>) {
  return {
    /** Every submission, oldest first, a page at a time. */
    async *submissions(): AsyncGenerator<readonly SubmissionRecord[]> {
      for (let after = FIRST_ID; ;) {
        const page = await prisma.$queryRaw<SubmissionRecord[]>`
          SELECT b.id AS "submissionId", s.attempt_id AS "attemptId", s.test, b.round, b.cause, b.content_hash AS "contentHash",
            b.submitted_at AS "submittedAt", b.receipt, b.content, b.upload_id AS "uploadId",
            EXISTS (SELECT 1 FROM attempt a JOIN erasure z ON ${tookAnswers} WHERE a.id = s.attempt_id) AS "isErased",
            EXISTS (SELECT 1 FROM erasure z WHERE z.attempt_id = s.attempt_id AND z.kind = 'uploads' AND z.records_erased_at IS NOT NULL) AS "isFileErased"
          FROM submission b JOIN sitting s ON s.id = b.sitting_id WHERE b.id > ${after}::uuid ORDER BY b.id LIMIT ${PAGE_SIZE}`;
        if (page.length > 0) yield page;
        if (page.length < PAGE_SIZE) return;
        after = page.at(-1)?.submissionId ?? after;
      }
    },

    /** What does not hold, and how often. */
    async broken(): Promise<readonly { readonly what: string; readonly count: number }[]> {
      const counts = await Promise.all(
        Object.entries(INVARIANTS).map(async ([what, sql]) => {
          const [row] = await prisma.$queryRaw<{ count: bigint }[]>(Prisma.sql`SELECT (${sql})::bigint AS count`);
          return { what, count: Number(row?.count ?? -1) };
        }),
      );
      const wrong = (await wrongTallies({ prisma })).map((measure) => ({
        what: `tallies of ${measure} that are other than the records say`,
        count: 1,
      }));
      return [...counts, ...wrong].filter(({ count }) => count !== 0);
    },
  };
}

export type RecordsCheckStore = ReturnType<typeof createRecordsCheckStore>;
