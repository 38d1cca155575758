import { v7 as uuidv7 } from 'uuid';
import type { CertificateStatus } from '../domain/register.ts';
import { attemptNotFound } from './attempt-rows.ts';
import { writeTogether, type RecordContext } from './context.ts';
import { mailWrite } from './mails.ts';
import { Prisma } from '../prisma/generated/client.ts';

/** A candidate, and what a notice about their attempt may have to say. */
export type NoticeContext = {
  readonly name: string;
  /** BCP 47; null when it was never told. */
  readonly locale: string | null;
  /** Of the IANA database; null when it was never told. */
  readonly timeZone: string | null;
  readonly examTitle: string;
  readonly downloadBy: Date | null;
  /** Whether the aptitude test has an answer that is not blank. */
  readonly aptitudeAnswered: boolean;
  /** Whether a solution of the case study was handed in. */
  readonly caseStudySubmitted: boolean;
  /** What was told with each submission of when its result is expected, by test and round ("aptitude:1"); null where nothing was. */
  readonly expected: Readonly<Record<string, string | null>> | null;
  readonly certificate: {
    readonly id: string;
    readonly basisPoints: number;
    readonly status: CertificateStatus;
    readonly replacedBy: string | null;
  } | null;
};

export type NewNotice = {
  readonly attemptId: string;
  /** The natural key within the attempt. */
  readonly occasion: string;
  readonly kind: string;
  readonly subject: string;
  readonly body: string;
  /** What the templates of the mail are told; left out, there is none. */
  readonly mailData?: object;
  /** The row of the outbox that this is for: it goes as the notice comes. */
  readonly settles?: string | undefined;
};

/** A row of blanks as long as this is taken for an answer: to fold a whole one for each notice would cost more than it tells. */
const BLANK_AT_MOST = 500;

/** What is read of an attempt a for a notice. An answer that was emptied again, or of nothing that people see, is none. `certificateId` instead of the newest edition, where it is given. */
export function noticeContextOf(certificateId?: string): Prisma.Sql {
  const which = certificateId === undefined ? Prisma.empty : Prisma.sql`AND e.id = ${certificateId}::uuid`;
  return Prisma.sql`
    c.name, c.locale, c.time_zone AS "timeZone", v.title AS "examTitle", a.download_by AS "downloadBy",
    EXISTS (SELECT 1 FROM sitting s JOIN response r ON r.sitting_id = s.id
      WHERE s.attempt_id = a.id AND s.test = 'aptitude' AND r.value <> '[]'::jsonb
        AND "folded_for_look_up"(left(r.value #>> '{}', ${BLANK_AT_MOST}::int)) <> '') AS "aptitudeAnswered",
    EXISTS (SELECT 1 FROM sitting s JOIN submission b ON b.sitting_id = s.id WHERE s.attempt_id = a.id AND s.test = 'case_study') AS "caseStudySubmitted",
    (SELECT jsonb_object_agg(s.test || ':' || b.round, x.expected_by) FROM sitting s JOIN submission b ON b.sitting_id = s.id
      JOIN result_expectation x ON x.submission_id = b.id AND x.number = 1 WHERE s.attempt_id = a.id) AS expected,
    (SELECT jsonb_build_object('id', e.id, 'basisPoints', e.basis_points, 'status', e.status,
        'replacedBy', (SELECT later.id FROM certificate later WHERE later.replaces_id = e.id))
      FROM certificate e WHERE e.attempt_id = a.id ${which} ORDER BY e.edition DESC LIMIT 1) AS certificate`;
}

export const noticeJoins = Prisma.sql`JOIN candidate c ON c.id = a.candidate_id JOIN exam_version v ON v.id = a.exam_version_id`;

/** The candidate's inbox, which is the truth; where an address is known each notice is mailed as well. */
export function createNoticeStore({ prisma, clock }: RecordContext) {
  return {
    /** Of an attempt, or of one of its certificates. Refused as not found. */
    async context({ attemptId, certificateId }: { attemptId: string; certificateId?: string | undefined }): Promise<NoticeContext> {
      const [context] = await prisma.$queryRaw<NoticeContext[]>`
        SELECT ${noticeContextOf(certificateId)} FROM attempt a ${noticeJoins} WHERE a.id = ${attemptId}::uuid`;
      if (!context) throw attemptNotFound();
      return context;
    },

    /** Puts a notice into the inbox and queues its mail, once an occasion. */
    async tell({ attemptId, occasion, kind, subject, body, mailData, settles }: NewNotice): Promise<void> {
      const now = await clock();
      await writeTogether(prisma, [
        ...(settles === undefined ? [] : [Prisma.sql`DELETE FROM tidings WHERE id = ${settles}::uuid`]),
        Prisma.sql`
          INSERT INTO notice (id, attempt_id, occasion, kind, subject, body, created_at)
          VALUES (${uuidv7()}::uuid, ${attemptId}::uuid, ${occasion}, ${kind}, ${subject}, ${body}, ${now})
          ON CONFLICT (attempt_id, occasion) DO NOTHING`,
        ...(mailData === undefined ? [] : [mailWrite({ occasionKey: `${attemptId}:${occasion}`, kind, data: mailData, to: { attemptId } }, now)]),
      ]);
    },

    async list(attemptId: string) {
      return prisma.notice.findMany({ where: { attemptId }, orderBy: { createdAt: 'asc' } });
    },
  };
}

export type NoticeStore = ReturnType<typeof createNoticeStore>;
