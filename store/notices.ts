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
  readonly examTitle: string;
  readonly downloadBy: Date | null;
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
};

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
          candidate: { select: { name: true, locale: true } },
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
        certificate: certificate
          ? { ...certificate, status: certificate.status as CertificateStatus, replacedBy: certificate.replacedBy?.id ?? null }
          : null,
      };
    },

    /** Puts a notice into the inbox and queues its mail, once an occasion. */
    async tell({ attemptId, occasion, kind, subject, body, mailData }: NewNotice): Promise<void> {
      await inTransaction(context, async (tx) => {
        const now = await clock();
        await writeTogether(tx, [
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
