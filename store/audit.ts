import { v7 as uuidv7 } from 'uuid';
import type { AuditAction } from '../domain/audit-action.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext, Transaction } from './context.ts';

/** Who did what, why. `actionKey` is the natural key of the act: a repeat of it is the same act. */
export type AuditedAct = { readonly actionKey: string; readonly actor: string; readonly reason: string; readonly origin?: ActOrigin };

/** Of what did not begin in the API: the actor is whatever was typed, or confirms what somebody else's typing claimed. */
export type ActOrigin = { readonly claimed: true } | { readonly claimId: string; readonly claimedBy: string };

/** As each act writes them. */
export type ActDetails = Readonly<Record<string, unknown>>;

/** Records an act once; false when it was recorded before, and then nothing else may be done for it again. */
export async function recordAct(
  tx: Transaction,
  act: AuditedAct,
  {
    attemptId,
    certificateId = null,
    action,
    details,
    at,
  }: { attemptId: string | null; certificateId?: string | null; action: AuditAction; details: Prisma.InputJsonObject; at: Date },
): Promise<boolean> {
  const { count } = await tx.auditEntry.createMany({
    data: [
      {
        id: uuidv7(),
        actionKey: act.actionKey,
        attemptId,
        certificateId,
        actor: act.actor,
        action,
        reason: act.reason,
        details: { ...details, ...act.origin },
        at,
      },
    ],
    skipDuplicates: true,
  });
  return count > 0;
}

/** What was written down of an act that was done before; undefined of one that was not. Ask under the lock that the act takes, before anything refuses it: what it did may be why. */
export async function actBefore(tx: Transaction, { actionKey }: Pick<AuditedAct, 'actionKey'>): Promise<ActDetails | undefined> {
  const before = await tx.auditEntry.findUnique({ where: { actionKey }, select: { details: true } });
  return before ? (before.details as ActDetails) : undefined;
}

/** What was done to an attempt by people, oldest first. */
export async function readAudit({ prisma }: RecordContext, attemptId: string) {
  return prisma.auditEntry.findMany({ where: { attemptId }, orderBy: { at: 'asc' } });
}
