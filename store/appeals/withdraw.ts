import { APPEAL_SEAT } from '../../domain/grading.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { settleFlags } from '../assignments/flag.ts';
import { lockAttempt } from '../attempt-rows.ts';
import { inIdempotentTransaction, type CandidateRequest, type RecordContext, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import { eventWrites } from '../events/write.ts';
import { tidingsWrite } from '../tidings.ts';
import { readAppealsOf } from './records.ts';

/** Who settles a grader's flag where our own machinery does. */
const OURSELVES = 'system';

/** The candidate takes the newest appeal back, until it is answered: its assignment is void, and a mark that is in counts for nothing. A repeat changes nothing. */
export function withdrawAppeal(context: RecordContext, { attemptId, subject, idempotency }: CandidateRequest): Promise<Committed> {
  return inIdempotentTransaction(context, idempotency, async (tx) => {
    const { facts } = await lockAttempt(tx, context.clock, { attemptId, subject });
    const appeal = (await readAppealsOf(tx, attemptId)).at(-1);
    if (!appeal) throw new Refusal('not_found', 'Nothing of this attempt was appealed.');
    if (appeal.state === 'withdrawn') return { attemptId, deliveryId: undefined };
    if (appeal.state !== 'open') throw new Refusal('appeal_settled', 'The appeal is answered: it can be withdrawn no more.', { state: appeal.state });
    const at = new Date(facts.asOf);
    await voidSeat(tx, appeal.submissionId);
    await settleFlags(tx, { attemptId, settlement: 'withdrawn', by: OURSELVES, at });
    const { id: appealId, test } = appeal;
    const deliveryId = await commitFact(tx, { attemptId, fact: 'appeal_withdrawn', at }, [
      Prisma.sql`UPDATE appeal SET state = 'withdrawn', settled_at = ${at} WHERE id = ${appealId}::uuid`,
      tidingsWrite({ attemptId, tidings: { kind: 'step', step: { kind: 'appeal_withdrawn', appealId, test } } }, Prisma.sql`${at}::timestamptz`),
      ...eventWrites([{ type: 'appeal.withdrawn', key: attemptId, data: { appealId, attemptId } }], at),
    ]);
    return { attemptId, deliveryId };
  });
}

async function voidSeat(tx: Transaction, submissionId: string): Promise<void> {
  await tx.assignment.updateMany({
    where: { submissionId, seat: APPEAL_SEAT, state: { in: ['open', 'held'] } },
    data: { state: 'void', holder: null, leaseExpiresAt: null },
  });
}
