import type { Resolution } from '../../domain/correction.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';

export type CorrectionRecord = {
  readonly id: string;
  readonly certificateId: string;
  readonly attemptId: string | null;
  readonly openedBy: string;
  readonly reason: string;
  readonly openedAt: Date;
  readonly resolution: Resolution | null;
  readonly resolvedBy: string | null;
  readonly resolvedReason: string | null;
  readonly resolvedAt: Date | null;
  /** The certificate that took the place of this one. */
  readonly replacedBy: string | null;
};

const correctionIncludes = {
  certificate: { select: { attemptId: true, replacedBy: { select: { id: true } } } },
} satisfies Prisma.CorrectionInclude;

type CorrectionRow = Prisma.CorrectionGetPayload<{ include: typeof correctionIncludes }>;

/** Newest first; the open ones only, or all; of one certificate, or of every one. */
export async function listCorrections(
  { prisma }: RecordContext,
  { open, certificateId }: { open?: boolean | undefined; certificateId?: string },
): Promise<readonly CorrectionRecord[]> {
  const rows = await prisma.correction.findMany({
    where: { ...(open ? { resolvedAt: null } : {}), ...(certificateId === undefined ? {} : { certificateId }) },
    include: correctionIncludes,
    orderBy: { openedAt: 'desc' },
    take: 500,
  });
  return rows.map(correctionOf);
}

/** Refused as not found. */
export async function readCorrection(tx: Transaction, correctionId: string): Promise<CorrectionRecord> {
  const correction = await findCorrection(tx, correctionId);
  if (!correction) throw new Refusal('not_found', 'There is no such correction.');
  return correction;
}

export async function findCorrection(tx: Transaction, correctionId: string): Promise<CorrectionRecord | undefined> {
  const row = await tx.correction.findUnique({ where: { id: correctionId }, include: correctionIncludes });
  return row ? correctionOf(row) : undefined;
}

function correctionOf({ certificate, resolution, replacement: _proposed, replacementHash: _hash, ...row }: CorrectionRow): CorrectionRecord {
  return {
    ...row,
    attemptId: certificate.attemptId,
    resolution: resolution as Resolution | null,
    replacedBy: certificate.replacedBy?.id ?? null,
  };
}
