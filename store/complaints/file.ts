import { v7 as uuidv7 } from 'uuid';
import { OPEN_COMPLAINTS_MAX, type ComplaintMatter } from '../../domain/complaint.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { lockAttempt } from '../attempt-rows.ts';
import { inIdempotentTransaction, writeTogether, type CandidateRequest, type RecordContext } from '../context.ts';
import { eventWrites } from '../events/write.ts';
import { tidingsWrite } from '../tidings.ts';
import { readComplaintsOf } from './records.ts';

type NewComplaint = { readonly about: ComplaintMatter; readonly text: string };

/**
 * The candidate complains, whatever became of the attempt: its workflow hears nothing of it. What was said before is not said twice, answered or not; refused with
 * `complaints_full` while too many wait for their answer.
 */
export function fileComplaint(
  context: RecordContext,
  { attemptId, subject, idempotency, about, text }: CandidateRequest & NewComplaint,
): Promise<{ readonly complaintId: string }> {
  return inIdempotentTransaction(context, idempotency, async (tx) => {
    // One after the other, as the bound needs it.
    const { facts } = await lockAttempt(tx, context.clock, { attemptId, subject });
    const before = await readComplaintsOf(tx, attemptId);
    const same = before.find((complaint) => complaint.about === about && complaint.text === text);
    if (same) return { complaintId: same.id };
    if (before.filter(({ answeredAt }) => answeredAt === null).length >= OPEN_COMPLAINTS_MAX) throw complaintsFull();
    const complaintId = uuidv7();
    const at = new Date(facts.asOf);
    const event = { type: 'complaint.filed', key: attemptId, data: { complaintId, attemptId, about } } as const;
    await writeTogether(tx, [
      tidingsWrite({ attemptId, tidings: { kind: 'step', step: { kind: 'complaint_filed', complaintId } } }, Prisma.sql`${at}::timestamptz`),
      ...eventWrites([event], at),
      Prisma.sql`INSERT INTO complaint (id, attempt_id, about, text, filed_at) VALUES (${complaintId}::uuid, ${attemptId}::uuid, ${about}, ${text}, ${at})`,
    ]);
    return { complaintId };
  });
}

function complaintsFull(): Refusal {
  return new Refusal(
    'complaints_full',
    `${OPEN_COMPLAINTS_MAX} complaints about this attempt wait for their answer. File another one once one of them is answered.`,
    { max: OPEN_COMPLAINTS_MAX },
  );
}
