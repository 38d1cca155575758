import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { recordAct } from '../audit.ts';
import { inTransaction, nowBy, writeTogether, type RecordContext, type Transaction } from '../context.ts';
import { eventWrites } from '../events/write.ts';
import { tidingsWrite } from '../tidings.ts';
import type { ComplaintRecord } from './records.ts';

type Answer = { readonly complaintId: string; readonly actor: string; readonly text: string };

/**
 * Staff answer a complaint, once: the candidate is told that there is an answer. The same by the same person changes nothing; anything else of one that is answered is
 * refused with `complaint_answered`.
 */
export function answerComplaint(context: RecordContext, { complaintId, actor, text }: Answer): Promise<void> {
  return inTransaction(context, async (tx) => {
    const { attemptId, ...standing } = await lockComplaint(tx, complaintId);
    if (standing.answeredAt !== null) {
      if (standing.answer === text && standing.answeredBy === actor) return;
      throw new Refusal('complaint_answered', 'This complaint is answered already. That answer stands, and its candidate was told of it.', {
        answeredAt: standing.answeredAt.toISOString(),
      });
    }
    const at = await nowBy(context.clock, tx);
    await recordAct(
      tx,
      { actionKey: `answer-complaint:${complaintId}`, actor, reason: text },
      { attemptId, action: 'answer_complaint', details: { complaintId }, at },
    );
    const event = { type: 'complaint.answered', key: attemptId, data: { complaintId, attemptId } } as const;
    await writeTogether(tx, [
      tidingsWrite({ attemptId, tidings: { kind: 'step', step: { kind: 'complaint_answered', complaintId } } }, Prisma.sql`${at}::timestamptz`),
      ...eventWrites([event], at),
      Prisma.sql`UPDATE complaint SET answer = ${text}, answered_by = ${actor}, answered_at = ${at} WHERE id = ${complaintId}::uuid`,
    ]);
  });
}

type Standing = Pick<ComplaintRecord, 'attemptId' | 'answer' | 'answeredBy' | 'answeredAt'>;

async function lockComplaint(tx: Transaction, complaintId: string): Promise<Standing> {
  const [row] = await tx.$queryRaw<Standing[]>`
    SELECT attempt_id AS "attemptId", answer, answered_by AS "answeredBy", answered_at AS "answeredAt" FROM complaint WHERE id = ${complaintId}::uuid FOR UPDATE`;
  if (!row) throw new Refusal('not_found', 'There is no such complaint.');
  return row;
}
