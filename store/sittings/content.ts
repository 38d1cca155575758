import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Test } from '../../domain/exam.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { arrivalOf, hasUploadInHand } from '../attempt-rows.ts';
import type { Transaction } from '../context.ts';

/** What is handed in, and the hash of it: answers are kept in the submission, a file is named by its upload. */
export type SubmittedContent = { readonly contentHash: string; readonly content?: Prisma.InputJsonObject; readonly uploadId?: string };

/** What a sitting has to hand in, if anything; or that an upload arrived in time and is still looked at. */
type ToHandIn = { readonly content: SubmittedContent | undefined; readonly uploadInHand: boolean };

/** What a frozen sitting hands in. Its row is locked by the caller: an arrival takes the same lock, and these new statements see it. */
export function contentOfSitting(tx: Transaction, sittingId: string, test: Test): Promise<ToHandIn> {
  switch (test) {
    case 'aptitude':
      return savedResponses(tx, sittingId);
    case 'case_study':
      return latestUpload(tx, sittingId);
  }
}

async function savedResponses(tx: Transaction, sittingId: string): Promise<ToHandIn> {
  const rows = await tx.$queryRaw<{ itemId: string; value: Prisma.InputJsonValue }[]>`
    SELECT item_id AS "itemId", value FROM response WHERE sitting_id = ${sittingId}::uuid`;
  const content: Prisma.InputJsonObject = Object.fromEntries(rows.map((row) => [row.itemId, row.value]));
  const hash = createHash('sha256').update(canonicalize(content) ?? '');
  return { content: { content, contentHash: `sha-256:${hash.digest('hex')}` }, uploadInHand: false };
}

/** One that is infected was handed in before its test was reopened, and is not again. */
async function latestUpload(tx: Transaction, sittingId: string): Promise<ToHandIn> {
  const [row] = await tx.$queryRaw<{ in_hand: boolean; id: string | null; sha256: string }[]>`
    SELECT ${hasUploadInHand('s')} AS in_hand, latest.id, latest.sha256
    FROM sitting s LEFT JOIN LATERAL (
      SELECT id, declared_sha256 AS sha256 FROM upload
      WHERE sitting_id = s.id AND completed_at IS NOT NULL AND scan_state IS DISTINCT FROM 'infected' ORDER BY ${arrivalOf('upload')} DESC, id DESC LIMIT 1
    ) latest ON TRUE
    WHERE s.id = ${sittingId}::uuid`;
  if (!row) throw new TypeError('a sitting that is locked is there');
  const { in_hand: uploadInHand, id, sha256 } = row;
  return { content: id === null ? undefined : { uploadId: id, contentHash: `sha-256:${sha256}` }, uploadInHand };
}
