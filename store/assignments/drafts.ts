import type { DraftMark } from '../../domain/marking.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { extendLease, type Lease } from './leases.ts';

/** Keeps marks in the making, and the lease. */
export function saveDraft(context: RecordContext, draft: Lease & { marks: readonly DraftMark[] }): Promise<{ leaseExpiresAt: Date; savedAt: Date }> {
  return inTransaction(context, async (tx) => {
    const { leaseExpiresAt, now } = await extendLease(tx, context.clock, draft);
    await keepDraft(tx, { ...draft, at: now });
    return { leaseExpiresAt, savedAt: now };
  });
}

export async function keepDraft(
  tx: Transaction,
  { assignmentId, grader, marks, at }: { assignmentId: string; grader: string; marks: readonly DraftMark[]; at: Date },
): Promise<void> {
  const content = marks as unknown as Prisma.InputJsonArray;
  await tx.draft.upsert({
    where: { assignmentId_grader: { assignmentId, grader } },
    create: { assignmentId, grader, marks: content, savedAt: at },
    update: { marks: content, savedAt: at },
    select: { assignmentId: true },
  });
}
