import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import type { ExamContent } from '../domain/exam.ts';
import { examVersionName } from '../domain/exam.ts';
import { Refusal } from '../domain/refusal.ts';
import { recordAct } from './audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';

export type ExamVersionSummary = {
  readonly examId: string;
  readonly version: number;
  readonly title: string;
  readonly publishedAt: Date;
  readonly publishedBy: string;
  readonly retirement: { readonly retiredBy: string; readonly reason: string; readonly retiredAt: Date } | null;
};

export type ExamVersionRecord = { readonly id: string; readonly content: ExamContent };

/** Exam versions: published once, never changed, and therefore cached for good. */
export function createExamVersionStore(context: RecordContext) {
  const { prisma } = context;
  const contentById = new Map<string, ExamContent>();

  /** Inside a transaction, `tx` is given: a second connection for one transaction can starve the pool. */
  async function contentOf(examVersionId: string, tx: Transaction = prisma): Promise<ExamContent> {
    const cached = contentById.get(examVersionId);
    if (cached) return cached;
    const row = await tx.examVersion.findUniqueOrThrow({ where: { id: examVersionId } });
    const content = row.content as unknown as ExamContent;
    contentById.set(examVersionId, content);
    return content;
  }

  return {
    contentOf,

    /**
     * Publishes a version. The same content again changes nothing, nor does the same form that was published while it meant
     * `formerContent`; other content under the same version is refused.
     */
    async publish({
      content,
      formerContent,
      actor,
    }: {
      content: ExamContent;
      formerContent?: ExamContent | undefined;
      actor: string;
    }): Promise<{ examVersion: string; created: boolean }> {
      return publishVersion(prisma, { content, formerContent, actor });
    },

    /** Whether this very content is published. Refused when other content is, under the same version. */
    async isPublished({ content, formerContent }: { content: ExamContent; formerContent?: ExamContent | undefined }): Promise<boolean> {
      return isPublishedAs(prisma, { content, formerContent });
    },

    /** Every version of every exam, by exam, the newest first. */
    async versions(): Promise<readonly ExamVersionSummary[]> {
      const rows = await prisma.examVersion.findMany({
        orderBy: [{ examId: 'asc' }, { version: 'desc' }],
        select: { examId: true, version: true, title: true, publishedAt: true, publishedBy: true, retirement: true },
      });
      return rows;
    },

    /** From then on nobody registers for this version; attempts at it go on. A repeat changes nothing. Refused when it is not published. */
    retire: ({ examId, version, actor, reason }: { examId: string; version: number; actor: string; reason: string }): Promise<void> =>
      inTransaction(context, async (tx) => {
        const row = await tx.examVersion.findUnique({ where: { examId_version: { examId, version } }, select: { id: true } });
        if (!row) throw versionNotPublished({ examId, version });
        const retiredAt = await nowBy(context.clock, tx);
        const { count } = await tx.examRetirement.createMany({
          data: [{ examVersionId: row.id, retiredBy: actor, reason, retiredAt }],
          skipDuplicates: true,
        });
        const act = { actionKey: `retire-exam:${row.id}`, actor, reason };
        if (count > 0) await recordAct(tx, act, { attemptId: null, action: 'retire_exam', details: { examId, version }, at: retiredAt });
      }),

    /** The newest version of every exam that takes registrations, by exam. */
    async list(): Promise<readonly { examId: string; version: number; title: string }[]> {
      const rows = await prisma.examVersion.findMany({
        where: { retirement: null },
        distinct: ['examId'],
        orderBy: [{ examId: 'asc' }, { version: 'desc' }],
        select: { examId: true, version: true, title: true },
      });
      return rows;
    },

    /** The newest version of an exam that takes registrations. Refused when there is none. */
    async newest(examId: string): Promise<ExamVersionRecord> {
      const row = await prisma.examVersion.findFirst({ where: { examId, retirement: null }, orderBy: { version: 'desc' }, select: { id: true } });
      if (!row) throw examNotPublished(examId);
      return { id: row.id, content: await contentOf(row.id) };
    },

    /** One version of an exam. Refused when it is not published. */
    async published({ examId, version }: { examId: string; version: number }): Promise<ExamVersionRecord> {
      const row = await prisma.examVersion.findUnique({ where: { examId_version: { examId, version } }, select: { id: true } });
      if (!row) throw versionNotPublished({ examId, version });
      return { id: row.id, content: await contentOf(row.id) };
    },
  };
}

type Publishing = { readonly content: ExamContent; readonly formerContent?: ExamContent | undefined; readonly actor: string };

/** Once for each version: whoever comes second with the same content finds it there. */
export async function publishVersion(
  tx: Transaction,
  { content, formerContent, actor }: Publishing,
): Promise<{ readonly examVersion: string; readonly created: boolean }> {
  const { examId, version, title } = content;
  const { count } = await tx.examVersion.createMany({
    data: [{ id: uuidv7(), examId, version, title, content, contentHash: hashOf(content), publishedBy: actor, ...workOf(content) }],
    skipDuplicates: true,
  });
  if (count === 0) await isPublishedAs(tx, { content, formerContent });
  return { examVersion: examVersionName(content), created: count > 0 };
}

/** What of the content is kept beside it, for statements that look for work. */
export function workOf({ language, policy }: ExamContent) {
  return {
    language: language?.toLowerCase() ?? null,
    metBeforeConflicts: policy.metBefore === 'conflict',
    offerWiderPercent: policy.offerWiderPercent ?? null,
    seedShare: policy.seeds?.share ?? null,
  };
}

export async function isPublishedAs(tx: Transaction, { content, formerContent }: Omit<Publishing, 'actor'>): Promise<boolean> {
  const { examId, version } = content;
  const published = await tx.examVersion.findUnique({ where: { examId_version: { examId, version } }, select: { contentHash: true } });
  if (!published) return false;
  const known = [hashOf(content), ...(formerContent ? [hashOf(formerContent)] : [])];
  if (known.includes(published.contentHash)) return true;
  throw new Refusal(
    'exam_version_changed',
    `${examVersionName(content)} is published and never changes. Raise "version" to publish this as a new one.`,
  );
}

export function hashOf(content: ExamContent): string {
  return createHash('sha256')
    .update(canonicalize(content) ?? '')
    .digest('hex');
}

function versionNotPublished({ examId, version }: { examId: string; version: number }): Refusal {
  return new Refusal('exam_not_published', `No version ${version} of an exam "${examId}" is published.`);
}

export function examNotPublished(examId: string): Refusal {
  return new Refusal('exam_not_published', `No exam "${examId}" is published.`);
}

export type ExamVersionStore = ReturnType<typeof createExamVersionStore>;

/** What a use case needs that goes by the exam of an attempt. */
export type ExamContext = RecordContext & { readonly examVersions: ExamVersionStore };
