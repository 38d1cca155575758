import type { ListedErasure } from '../../publication/receipts.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type StoreContext, type Transaction } from '../context.ts';
import { obstaclesTo } from './erasures.ts';
import type { ErasureObstacle } from './obstacles.ts';

/** An erasure as the list beside the database keeps it, signed: written before anything is erased, so that none is done that is not there. */
export async function signForList({ prisma, receipts }: StoreContext, erasureId: string): Promise<string> {
  const { settledBy, settledAt, ...erasure } = await prisma.erasure.findUniqueOrThrow({ where: { id: erasureId } });
  if (settledBy === null || settledAt === null) throw new TypeError('an erasure that nobody ordered');
  const { id, candidateId, kind, attemptId, certificateIds, keepsRegister, actId, periodId } = erasure;
  const named = { id, candidateId, kind: kind as ListedErasure['kind'], attemptId, certificateIds, keepsRegister, actId, periodId };
  return receipts.signErasure({ ...named, settledBy, settledAt: settledAt.toISOString() });
}

/** `standing`: these records have it, done or to be done; `unknown`: they do not have whom it was of. */
export type Reapplied = { readonly what: 'standing' | 'unknown' | 'ordered' } | { readonly what: 'stopped'; readonly by: readonly ErasureObstacle[] };

/**
 * Orders an erasure again that was done after the backup from which these records come. The owner of the tables alone may; the eraser carries it out. A repeat
 * changes nothing.
 */
export function reapplyErasure(
  context: RecordContext,
  { erasure, by }: { erasure: ListedErasure; by: Pick<AuditedAct, 'actor' | 'reason'> },
): Promise<Reapplied> {
  const { id, candidateId, kind, attemptId, settledAt } = erasure;
  return inTransaction(context, async (tx) => {
    const found = await tx.$queryRaw<object[]>`SELECT 1 FROM candidate k WHERE k.id = ${candidateId}::uuid
      AND (${attemptId}::uuid IS NULL OR EXISTS (SELECT 1 FROM attempt a WHERE a.id = ${attemptId}::uuid AND a.candidate_id = k.id)) FOR SHARE`;
    if (found.length === 0) return { what: 'unknown' };
    const before = await standingOf(tx, erasure);
    if (before && ['ordered', 'done'].includes(before.state)) return { what: 'standing' };
    const obstacles = await obstaclesTo(tx, candidateId);
    if (obstacles.length > 0) return { what: 'stopped', by: obstacles };
    const at = await nowBy(context.clock, tx);
    const { keepsRegister, actId, periodId, settledBy } = erasure;
    const ordered = { state: 'ordered', keepsRegister, actId, periodId, certificateIds: [...erasure.certificateIds], settledBy };
    const data = { ...ordered, settledAt: new Date(settledAt), dueAt: at, restoredAt: at };
    if (before) await tx.erasure.update({ where: { id: before.id }, data });
    else await tx.erasure.create({ data: { id, candidateId, kind, attemptId, ...data } });
    const details = { erasureId: before?.id ?? id, candidateId, kind };
    await recordAct(tx, { actionKey: `reapply-erasure:${id}`, ...by }, { attemptId, action: 'order_erasure', details, at });
    return { what: 'ordered' };
  });
}

/** The same one, or what stands in its place: of an attempt each kind is there once, and for a person one is under way. */
async function standingOf(tx: Transaction, { id, candidateId, kind, attemptId }: ListedErasure) {
  const same = await tx.erasure.findUnique({ where: { id } });
  if (same) return same;
  if (attemptId !== null) return tx.erasure.findUnique({ where: { attemptId_kind: { attemptId, kind } } });
  return tx.erasure.findFirst({ where: { candidateId, kind, state: { in: ['asked', 'ordered'] } } });
}
