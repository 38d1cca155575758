import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import type { ExamContent } from '../domain/exam.ts';
import { examVersionName } from '../domain/exam.ts';
import { Refusal } from '../domain/refusal.ts';
import type { RecordContext, StoreContext, Transaction } from './context.ts';

export type ExamVersionRecord = { readonly id: string; readonly content: ExamContent };

/** Exam versions: published once, never changed, and therefore cached for good. */
export function createExamVersionStore(context: Pick<StoreContext, 'prisma'>) {
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
      const contentHash = hashOf(content);
      const { examId, version, title, policy } = content;
      const ofWork = {
        language: content.language?.toLowerCase() ?? null,
        metBeforeConflicts: policy.metBefore === 'conflict',
        offerWiderPercent: policy.offerWiderPercent ?? null,
      };
      const { count } = await prisma.examVersion.createMany({
        data: [{ id: uuidv7(), examId, version, title, content: content, contentHash, publishedBy: actor, ...ofWork }],
        skipDuplicates: true,
      });
      if (count === 0) {
        const published = await prisma.examVersion.findUniqueOrThrow({ where: { examId_version: { examId, version } } });
        const known = [contentHash, ...(formerContent ? [hashOf(formerContent)] : [])];
        if (!known.includes(published.contentHash)) {
          throw new Refusal(
            'exam_version_changed',
            `${examVersionName(content)} is published and never changes. Raise "version" to publish this as a new one.`,
          );
        }
      }
      return { examVersion: examVersionName(content), created: count > 0 };
    },

    /** The newest version of every exam, by title. */
    async list(): Promise<readonly { examId: string; version: number; title: string }[]> {
      const rows = await prisma.examVersion.findMany({
        distinct: ['examId'],
        orderBy: [{ examId: 'asc' }, { version: 'desc' }],
        select: { examId: true, version: true, title: true },
      });
      return rows;
    },

    /** The newest version of an exam. Refused when none is published. */
    async newest(examId: string): Promise<ExamVersionRecord> {
      const row = await prisma.examVersion.findFirst({ where: { examId }, orderBy: { version: 'desc' }, select: { id: true } });
      if (!row) throw examNotPublished(examId);
      return { id: row.id, content: await contentOf(row.id) };
    },

    /** One version of an exam. Refused when it is not published. */
    async published({ examId, version }: { examId: string; version: number }): Promise<ExamVersionRecord> {
      const row = await prisma.examVersion.findUnique({ where: { examId_version: { examId, version } }, select: { id: true } });
      if (!row) throw new Refusal('exam_not_published', `No version ${version} of an exam "${examId}" is published.`);
      return { id: row.id, content: await contentOf(row.id) };
    },
  };
}

function hashOf(content: ExamContent): string {
  return createHash('sha256')
    .update(canonicalize(content) ?? '')
    .digest('hex');
}

export function examNotPublished(examId: string): Refusal {
  return new Refusal('exam_not_published', `No exam "${examId}" is published.`);
}

export type ExamVersionStore = ReturnType<typeof createExamVersionStore>;

/** What a use case needs that goes by the exam of an attempt. */
export type ExamContext = RecordContext & { readonly examVersions: ExamVersionStore };
