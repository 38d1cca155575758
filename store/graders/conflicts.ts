import { v7 as uuidv7 } from 'uuid';
import { conflictValue, type ConflictKind } from '../../domain/grader.ts';
import { Refusal } from '../../domain/refusal.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { watchStaffing } from '../assignments/staffing.ts';
import { endConflicting } from './end-leases.ts';
import { lockGrader } from './records.ts';

export type ConflictSource = 'declared' | 'release' | 'staff';

/** One standing conflict of a grader. */
export type Conflict = { readonly kind: ConflictKind; readonly value: string };

/** A grader declares one of their own, or staff record one. What they hold of it is given back at once; declared again changes nothing. */
export async function declareConflict(
  context: RecordContext,
  { grader, conflict, source, act }: { grader: string; conflict: Conflict; source: 'declared' | 'staff'; act: AuditedAct },
): Promise<{ conflictId: string }> {
  const declared = await inTransaction(context, async (tx) => {
    const { now } = await lockGrader(tx, context, grader);
    // It may have ended since, and is not declared anew by that.
    if (await actBefore(tx, act)) return { conflictId: await latestConflict(tx, { grader, conflict, source }) };
    const id = await keepConflict(tx, { grader, conflict, source, by: act.actor, at: now });
    const details = { grader, kind: conflict.kind, value: conflict.value };
    await recordAct(tx, act, { attemptId: null, action: 'declare_conflict', details, at: now });
    await endConflicting(tx, { grader, at: now });
    return { conflictId: id };
  });
  await watchStaffing(context);
  return declared;
}

async function latestConflict(
  tx: Transaction,
  { grader, conflict: { kind, value }, source }: { grader: string; conflict: Conflict; source: ConflictSource },
): Promise<string> {
  const where = { grader, kind, value: conflictValue(kind, value), source };
  return (await tx.graderConflict.findFirstOrThrow({ where, orderBy: { declaredAt: 'desc' }, select: { id: true } })).id;
}

/** A conflict is over; staff alone say so. */
export async function endConflict(
  context: RecordContext,
  { grader, conflictId, act }: { grader: string; conflictId: string; act: AuditedAct },
): Promise<void> {
  await inTransaction(context, async (tx) => {
    const { now } = await lockGrader(tx, context, grader);
    const { count } = await tx.graderConflict.updateMany({
      where: { id: conflictId, grader, endedAt: null },
      data: { endedAt: now, endedBy: act.actor },
    });
    if (count === 0 && (await tx.graderConflict.count({ where: { id: conflictId, grader } })) === 0) {
      throw new Refusal('not_found', 'This grader has no such conflict.');
    }
    await recordAct(tx, act, { attemptId: null, action: 'end_conflict', details: { grader, conflictId }, at: now });
  });
  await watchStaffing(context);
}

/** Writes a conflict down once while it stands, and returns its id. */
export async function keepConflict(
  tx: Transaction,
  { grader, conflict: { kind, value }, source, by, at }: { grader: string; conflict: Conflict; source: ConflictSource; by: string; at: Date },
): Promise<string> {
  const [kept] = await tx.$queryRaw<{ id: string }[]>`
    INSERT INTO grader_conflict (id, grader, kind, value, source, declared_by, declared_at)
    VALUES (${uuidv7()}::uuid, ${grader}, ${kind}, ${conflictValue(kind, value)}, ${source}, ${by}, ${at})
    ON CONFLICT (grader, kind, value, source) WHERE ended_at IS NULL DO UPDATE SET value = excluded.value RETURNING id`;
  if (!kept) throw new TypeError('a conflict is inserted or there');
  return kept.id;
}
