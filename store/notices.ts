import { v7 as uuidv7 } from 'uuid';
import type { CertificateStatus } from '../domain/register.ts';
import { attemptNotFound } from './attempt-rows.ts';
import { inTransaction, writeTogether, type RecordContext } from './context.ts';
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

/** An answer that was emptied again is none. */
const ANSWERED = { NOT: [{ value: { equals: '' } }, { value: { equals: [] } }] };

/** The candidate's inbox, which is the truth; where an address is known each notice is mailed as well. */
export function createNoticeStore(context: RecordContext) {
  const { prisma, clock } = context;

  return {
    /** Of an attempt, or of one of its certificates. Refused as not found. */
    async context({ attemptId, certificateId }: { attemptId: string; certificateId?: string | undefined }): Promise<NoticeContext> {
      const attempt = await prisma.attempt.findUnique({
        where: { id: attemptId },
        relationLoadStrategy: 'join',
        select: {
          downloadBy: true,
          candidate: { select: { name: true, locale: true, timeZone: true } },
          sittings: { select: { test: true, _count: { select: { responses: { where: ANSWERED }, submissions: true } } } },
          examVersion: { select: { title: true } },
          certificates: {
            ...(certificateId === undefined ? {} : { where: { id: certificateId } }),
            orderBy: { edition: 'desc' },
            take: 1,
            select: { id: true, basisPoints: true, status: true, replacedBy: { select: { id: true } } },
          },
        },
      });
      if (!attempt) throw attemptNotFound();
      const [certificate] = attempt.certificates;
      return {
        ...attempt.candidate,
        examTitle: attempt.examVersion.title,
        downloadBy: attempt.downloadBy,
        aptitudeAnswered: (attempt.sittings.find(({ test }) => test === 'aptitude')?._count.responses ?? 0) > 0,
        caseStudySubmitted: (attempt.sittings.find(({ test }) => test === 'case_study')?._count.submissions ?? 0) > 0,
        certificate: certificate
          ? { ...certificate, status: certificate.status as CertificateStatus, replacedBy: certificate.replacedBy?.id ?? null }
          : null,
      };
    },

    /** Puts a notice into the inbox and queues its mail, once an occasion. */
    async tell({ attemptId, occasion, kind, subject, body, mailData, settles }: NewNotice): Promise<void> {
      await inTransaction(context, async (tx) => {
        const now = await clock();
        await writeTogether(tx, [
          ...(settles === undefined ? [] : [Prisma.sql`DELETE FROM tidings WHERE id = ${settles}::uuid`]),
          Prisma.sql`
            INSERT INTO notice (id, attempt_id, occasion, kind, subject, body, created_at)
            VALUES (${uuidv7()}::uuid, ${attemptId}::uuid, ${occasion}, ${kind}, ${subject}, ${body}, ${now})
            ON CONFLICT (attempt_id, occasion) DO NOTHING`,
          ...(mailData === undefined ? [] : [mailWrite({ occasionKey: `${attemptId}:${occasion}`, kind, data: mailData, to: { attemptId } }, now)]),
        ]);
      });
    },

    async list(attemptId: string) {
      return prisma.notice.findMany({ where: { attemptId }, orderBy: { createdAt: 'asc' } });
    },
  };
}

export type NoticeStore = ReturnType<typeof createNoticeStore>;
