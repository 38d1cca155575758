import { readAttempt } from '../attempt-rows.ts';
import { bindTo, type RecordContext } from '../context.ts';
import { answerComplaint } from './answer.ts';
import { fileComplaint } from './file.ts';
import { listComplaints, readComplaintsOf, type ComplaintRecord } from './records.ts';

/** Complaints that are no appeal: filed by candidates, answered by staff. Nothing of an attempt depends on them. */
export function createComplaintStore(context: RecordContext) {
  const bind = bindTo(context);
  return { file: bind(fileComplaint), answer: bind(answerComplaint), list: bind(listComplaints), own: bind(readOwn) };
}

/** Refused as not found. */
async function readOwn(
  { prisma, clock }: RecordContext,
  { attemptId, subject }: { attemptId: string; subject: string },
): Promise<readonly ComplaintRecord[]> {
  await readAttempt(prisma, clock, { attemptId, subject });
  return readComplaintsOf(prisma, attemptId);
}
