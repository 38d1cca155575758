import { v7 as uuidv7 } from 'uuid';
import type { NewEvent } from '../../domain/events.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { readAttempt } from '../attempt-rows.ts';
import { inIdempotentTransaction, inTransaction, writeTogether, type IdempotencyKey, type StoreContext, type Transaction } from '../context.ts';
import { commitFact } from '../deliveries.ts';
import { eventWrites } from '../events/write.ts';
import { contentOfSitting, type SubmittedContent } from './content.ts';
import { insertSubmission, submissionOf, type FrozenRecord } from './submissions.ts';

export type FreezeResult =
  | { readonly kind: 'frozen'; readonly submission: FrozenRecord | null; readonly deliveryId: string | undefined }
  /** PostgreSQL's clock has not reached the stored deadline. */
  | { readonly kind: 'too_early'; readonly deadline: string }
  /** The deadline is past, and an upload that arrived before it is still looked at. */
  | { readonly kind: 'upload_in_hand' };

type Cause = FrozenRecord['cause'];

type Freeze = { readonly attemptId: string; readonly subject?: string; readonly test: Test; readonly cause: Cause; readonly deliver: boolean };

type LockedSitting = { id: string; round: number; deadline: Date; frozen_at: Date | null; now: Date };

/** The candidate hands in. Submitting again gives the same submission; past the deadline it is what was saved in time. */
export function submit(
  context: StoreContext,
  { attemptId, subject, test, idempotency }: { attemptId: string; subject: string; test: Test; idempotency?: IdempotencyKey | undefined },
): Promise<FreezeResult> {
  return inIdempotentTransaction(context, idempotency, (tx) =>
    freezeIn(tx, context, { attemptId, subject, test, cause: 'submitted', deliver: true }),
  );
}

/** The time-out, by the workflow's timer. Needs no delivery: the workflow itself asked. */
export function freezeAtTimeOut(context: StoreContext, { attemptId, test }: { attemptId: string; test: Test }): Promise<FreezeResult> {
  return inTransaction(context, (tx) => freezeIn(tx, context, { attemptId, test, cause: 'timed_out', deliver: false }));
}

/** The time-out, found by somebody who comes too late: the workflow is told. */
export function freezeOverdue(context: StoreContext, { attemptId, test }: { attemptId: string; test: Test }): Promise<FreezeResult> {
  return inTransaction(context, (tx) => freezeIn(tx, context, { attemptId, test, cause: 'timed_out', deliver: true }));
}

/** The one freeze (design, section 7): under the sitting's exclusive lock, which every autosave shares. */
async function freezeIn(tx: Transaction, context: StoreContext, freeze: Freeze): Promise<FreezeResult> {
  const { attemptId, test } = freeze;
  const sitting = await lockSitting(tx, context, freeze);
  if (sitting.frozen_at) return { kind: 'frozen', submission: await submissionOf(tx, sitting, test), deliveryId: undefined };
  const late = sitting.now >= sitting.deadline;
  if (freeze.cause === 'timed_out' && !late) return { kind: 'too_early', deadline: sitting.deadline.toISOString() };
  const { content, uploadInHand } = await contentOfSitting(tx, sitting.id, test);
  if (uploadInHand) return waitForUpload(freeze);

  const cause = late ? 'timed_out' : 'submitted';
  const submittedAt = late ? sitting.deadline : sitting.now;
  if (!content && cause === 'submitted') {
    throw new Refusal(
      'nothing_to_submit',
      'There is no complete upload to submit. Upload your solution first; a file that is cut off can be resumed.',
    );
  }
  const submission = content ? await signSubmission(context, { ...content, attemptId, test, sitting, cause, submittedAt }) : null;
  const writes = [
    ...(submission && content ? [insertSubmission(submission, { ...content, sittingId: sitting.id })] : []),
    Prisma.sql`UPDATE sitting SET frozen_at = ${submittedAt} WHERE id = ${sitting.id}::uuid`,
    ...(submission ? eventWrites([submittedEvent(attemptId, submission)], sitting.now) : []),
  ];
  if (freeze.deliver)
    return { kind: 'frozen', submission, deliveryId: await commitFact(tx, { attemptId, fact: 'submitted', at: sitting.now }, writes) };
  await writeTogether(tx, writes);
  return { kind: 'frozen', submission, deliveryId: undefined };
}

/** What was whole before the deadline is what is handed in, however long it takes to look at it; a candidate asks again. */
function waitForUpload({ cause }: Freeze): FreezeResult {
  switch (cause) {
    case 'timed_out':
      return { kind: 'upload_in_hand' };
    case 'submitted':
      throw new Refusal('upload_in_hand', 'An upload has arrived and is still being checked. Hand in again in a few seconds; your time is not lost.');
  }
}

async function lockSitting(tx: Transaction, { clock }: StoreContext, { attemptId, subject, test }: Freeze): Promise<LockedSitting> {
  const [sitting] = await tx.$queryRaw<LockedSitting[]>`
    SELECT s.id, s.round, s.deadline, s.frozen_at, ${await clock()} AS now
    FROM sitting s JOIN attempt a ON a.id = s.attempt_id JOIN candidate c ON c.id = a.candidate_id
    WHERE s.attempt_id = ${attemptId}::uuid AND s.test = ${test} ${subject === undefined ? Prisma.empty : Prisma.sql`AND c.subject = ${subject}`}
    FOR UPDATE OF s`;
  if (sitting) return sitting;
  await readAttempt(tx, clock, { attemptId, subject }); // refuses what is absent or not theirs
  throw new Refusal('wrong_phase', 'This test has not been started.');
}

async function signSubmission(
  { receipts }: StoreContext,
  frozen: SubmittedContent & { attemptId: string; test: Test; sitting: LockedSitting; cause: Cause; submittedAt: Date },
): Promise<FrozenRecord> {
  const { attemptId, test, sitting, cause, contentHash } = frozen;
  const signed = { submissionId: uuidv7(), test, round: sitting.round, cause, contentHash, submittedAt: frozen.submittedAt.toISOString() };
  return { ...signed, receipt: await receipts.sign({ attemptId, ...signed }) };
}

function submittedEvent(attemptId: string, { test, round, submissionId, contentHash }: FrozenRecord): NewEvent {
  return { type: 'attempt.submitted', key: attemptId, data: { attemptId, test, round, submissionId, contentHash } };
}
