import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Test } from '../../domain/exam.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';

/** What is handed in, and the hash of it: answers are kept in the submission, a file is named by its upload. */
export type SubmittedContent = { readonly contentHash: string; readonly content?: Prisma.InputJsonObject; readonly uploadId?: string };

/** What a frozen sitting hands in; undefined where there is nothing. The sitting's row is locked by the caller. */
export function contentOfSitting(tx: Transaction, sittingId: string, test: Test): Promise<SubmittedContent | undefined> {
  switch (test) {
    case 'aptitude':
      return savedResponses(tx, sittingId);
    case 'case_study':
      return latestUpload(tx, sittingId);
  }
}

async function savedResponses(tx: Transaction, sittingId: string): Promise<SubmittedContent> {
  const rows = await tx.response.findMany({ where: { sittingId }, select: { itemId: true, value: true } });
  const content = Object.fromEntries(rows.map((row) => [row.itemId, row.value])) as Prisma.InputJsonObject;
  return {
    content,
    contentHash: `sha-256:${createHash('sha256')
      .update(canonicalize(content) ?? '')
      .digest('hex')}`,
  };
}

/** One that is infected was handed in before its test was reopened, and is not again. */
async function latestUpload(tx: Transaction, sittingId: string): Promise<SubmittedContent | undefined> {
  const upload = await tx.upload.findFirst({
    where: { sittingId, completedAt: { not: null }, OR: [{ scanState: null }, { scanState: { not: 'infected' } }] },
    orderBy: [{ completedAt: 'desc' }, { id: 'desc' }],
  });
  return upload ? { uploadId: upload.id, contentHash: `sha-256:${upload.declaredSha256}` } : undefined;
}
