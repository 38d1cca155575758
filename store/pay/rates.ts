import type { Cents, PayRate, PieceKind } from '../../domain/pay.ts';
import type { Test } from '../../domain/exam.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from '../context.ts';

export type RateRecord = PayRate & { readonly recordedBy: string; readonly reason: string; readonly recordedAt: Date };

/** Every version, the newest first. */
export async function listRates({ prisma }: Pick<RecordContext, 'prisma'> | { readonly prisma: Transaction }): Promise<readonly RateRecord[]> {
  const rows = await prisma.payRate.findMany({ orderBy: { version: 'desc' } });
  return rows.map(({ version, effectiveFrom, centsPerHour, centsPerPiece, recordedBy, reason, recordedAt }) => ({
    version,
    effectiveFrom,
    perHour: centsPerHour,
    perPiece: centsPerPiece as Record<Test, Record<PieceKind, Cents>>,
    recordedBy,
    reason,
    recordedAt,
  }));
}

/** Another version; a repeat of the act adds none. What was paid by an earlier one stays as it was. Returns the newest. */
export function addRate(context: RecordContext, { rate, act }: { rate: Omit<PayRate, 'version'>; act: AuditedAct }): Promise<RateRecord> {
  return inTransaction(context, async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('pay-rate'))`;
    const at = await nowBy(context.clock, tx);
    const version = (await tx.payRate.count()) + 1;
    const details = { version, effectiveFrom: rate.effectiveFrom.toISOString(), perHour: rate.perHour, perPiece: rate.perPiece };
    if (await recordAct(tx, act, { attemptId: null, action: 'set_pay_rate', details, at })) {
      await tx.payRate.create({
        data: {
          version,
          effectiveFrom: rate.effectiveFrom,
          centsPerHour: rate.perHour,
          centsPerPiece: rate.perPiece,
          recordedBy: act.actor,
          reason: act.reason,
          recordedAt: at,
        },
        select: { version: true },
      });
    }
    const [newest] = await listRates({ prisma: tx });
    if (!newest) throw new TypeError('what was added is there');
    return newest;
  });
}
