import { v7 as uuidv7 } from 'uuid';
import { Refusal } from '../../domain/refusal.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext } from '../context.ts';

export type HoldRecord = {
  readonly id: string;
  readonly candidateId: string;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: Date;
  readonly releasedBy: string | null;
  readonly releasedReason: string | null;
  readonly releasedAt: Date | null;
};

type HoldAct = { readonly candidateId: string; readonly actor: string; readonly reason: string };

/** Nothing of a candidate is erased until it is released. The same by the same person changes nothing; refused with `hold_standing` where another one stands. */
export function placeHold(context: RecordContext, { candidateId, actor, reason }: HoldAct): Promise<HoldRecord> {
  return inTransaction(context, async (tx) => {
    const [candidate] = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM candidate WHERE id = ${candidateId}::uuid FOR UPDATE`;
    if (!candidate) throw new Refusal('not_found', 'There is no such candidate.');
    const standing = await tx.retentionHold.findFirst({ where: { candidateId, releasedAt: null } });
    if (standing && standing.reason === reason && standing.placedBy === actor) return standing;
    if (standing) throw new Refusal('hold_standing', 'A hold stands on this candidate already.', { holdId: standing.id });
    const at = await nowBy(context.clock, tx);
    const hold = await tx.retentionHold.create({ data: { id: uuidv7(), candidateId, reason, placedBy: actor, placedAt: at } });
    const details = { holdId: hold.id, candidateId };
    await recordAct(tx, { actionKey: `place-hold:${hold.id}`, actor, reason }, { attemptId: null, action: 'place_hold', details, at });
    return hold;
  });
}

/** A repeat changes nothing; refused with `nothing_on_hold` where none ever stood. */
export function releaseHold(context: RecordContext, { candidateId, actor, reason }: HoldAct): Promise<HoldRecord> {
  return inTransaction(context, async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM candidate WHERE id = ${candidateId}::uuid FOR UPDATE`;
    const last = await tx.retentionHold.findFirst({ where: { candidateId }, orderBy: { id: 'desc' } });
    if (!last) throw new Refusal('nothing_on_hold', 'No hold stands on this candidate.');
    if (last.releasedAt !== null) return last;
    const at = await nowBy(context.clock, tx);
    const details = { holdId: last.id, candidateId };
    await recordAct(tx, { actionKey: `release-hold:${last.id}`, actor, reason }, { attemptId: null, action: 'release_hold', details, at });
    return tx.retentionHold.update({ where: { id: last.id }, data: { releasedBy: actor, releasedReason: reason, releasedAt: at } });
  });
}

/** Of a candidate, newest first. */
export async function readHolds({ prisma }: RecordContext, candidateId: string): Promise<readonly HoldRecord[]> {
  return prisma.retentionHold.findMany({ where: { candidateId }, orderBy: { id: 'desc' } });
}
