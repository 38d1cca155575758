import { isRefundOwed } from '../../domain/appeal.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, nowBy, writeTogether, type RecordContext, type Transaction } from '../context.ts';
import { eventWrites } from '../events/write.ts';
import { readAppeal, type AppealRecord } from './records.ts';

type Refund = { readonly appealId: string; readonly actor: string; /** Of the payment back, elsewhere. */ readonly reference: string };

/**
 * Staff say that the fee of an appeal was paid back, once. The same once more changes nothing; refused with `no_refund_due` where none is owed, with `refund_recorded` where
 * another payment stands.
 */
export function recordRefund(context: RecordContext, { appealId, actor, reference }: Refund): Promise<void> {
  return inTransaction(context, async (tx) => {
    const { attemptId, refund, ...appeal } = await lockAppeal(tx, appealId);
    if (!isRefundOwed(appeal)) throw noRefundDue();
    if (refund?.reference === reference) return;
    if (refund) throw recorded(refund);
    const at = await nowBy(context.clock, tx);
    await recordAct(
      tx,
      { actionKey: `refund-appeal-fee:${appealId}`, actor, reason: '' },
      { attemptId, action: 'refund_appeal_fee', details: { appealId, reference }, at },
    );
    await writeTogether(tx, [
      ...eventWrites([{ type: 'appeal.fee_refunded', key: attemptId, data: { appealId, attemptId } }], at),
      Prisma.sql`INSERT INTO appeal_refund (appeal_id, reference, refunded_by, refunded_at) VALUES (${appealId}::uuid, ${reference}, ${actor}, ${at})`,
    ]);
  });
}

async function lockAppeal(tx: Transaction, appealId: string): Promise<AppealRecord> {
  await tx.$executeRaw`SELECT 1 FROM appeal WHERE id = ${appealId}::uuid FOR NO KEY UPDATE`;
  const appeal = await readAppeal(tx, appealId);
  if (!appeal) throw new Refusal('not_found', 'There is no such appeal.');
  return appeal;
}

function noRefundDue(): Refusal {
  return new Refusal('no_refund_due', 'Nothing is to be paid back for this appeal: no fee was paid for it, or it was not right in any part.');
}

function recorded({ reference }: NonNullable<AppealRecord['refund']>): Refusal {
  return new Refusal('refund_recorded', 'The fee of this appeal was paid back already, by another payment.', { reference });
}
