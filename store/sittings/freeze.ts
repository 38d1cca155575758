import { v7 as uuidv7 } from 'uuid';
import type { NewEvent } from '../../domain/events.ts';
import { promisedAt } from '../../domain/attempt.ts';
import { expectationOf, type Expectation } from '../../domain/expectation.ts';
import type { Test } from '../../domain/exam.ts';
import type { Outlook } from '../../domain/outlook.ts';
import { Refusal } from '../../domain/refusal.ts';
import { stepOfSubmission } from '../../domain/step.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { readAttempt } from '../attempt-rows.ts';
import { inIdempotentTransaction, inTransaction, writeTogether, type IdempotencyKey, type StoreContext, type Transaction } from '../context.ts';
import { commitFact } from '../deliveries.ts';
import { eventWrites } from '../events/write.ts';
import type { ExamVersionStore } from '../exam-versions.ts';
import { outlookOfSitting } from '../outlooks.ts';
import { tidingsWrite } from '../tidings.ts';
import { contentOfSitting, type SubmittedContent } from './content.ts';
import { insertExpectation, insertSubmission, submissionOf, type FrozenRecord } from './submissions.ts';

export type FreezeResult =
  | { readonly kind: 'frozen'; readonly submission: FrozenRecord | null; readonly deliveryId: string | undefined }
  /** PostgreSQL's clock has not reached the stored deadline. */
  | { readonly kind: 'too_early'; readonly deadline: string }
  /** The deadline is past, and an upload that arrived before it is still looked at. */
  | { readonly kind: 'upload_in_hand' };

type Cause = FrozenRecord['cause'];

type Freeze = { readonly attemptId: string; readonly subject?: string; readonly test: Test; readonly cause: Cause; readonly deliver: boolean };

/** What a freeze works with: the policy says when a result is promised. */
export type FreezeContext = StoreContext & { readonly examVersions: ExamVersionStore };

type LockedSitting = {
  id: string;
  round: number;
  deadline: Date;
  frozen_at: Date | null;
  exam_version_id: string;
  outlook: Outlook | null;
  now: Date;
};

/** The candidate hands in. Submitting again gives the same submission; past the deadline it is what was saved in time. */
export function submit(
  context: FreezeContext,
  { attemptId, subject, test, idempotency }: { attemptId: string; subject: string; test: Test; idempotency?: IdempotencyKey | undefined },
): Promise<FreezeResult> {
  return inIdempotentTransaction(context, idempotency, (tx) =>
    freezeIn(tx, context, { attemptId, subject, test, cause: 'submitted', deliver: true }),
  );
}

/** The time-out, by the workflow's timer. Needs no delivery: the workflow itself asked. */
export function freezeAtTimeOut(context: FreezeContext, { attemptId, test }: { attemptId: string; test: Test }): Promise<FreezeResult> {
  return inTransaction(context, (tx) => freezeIn(tx, context, { attemptId, test, cause: 'timed_out', deliver: false }));
}

/** The time-out, found by somebody who comes too late: the workflow is told. */
export function freezeOverdue(context: FreezeContext, { attemptId, test }: { attemptId: string; test: Test }): Promise<FreezeResult> {
  return inTransaction(context, (tx) => freezeIn(tx, context, { attemptId, test, cause: 'timed_out', deliver: true }));
}

/** The one freeze (design, section 7): under the sitting's exclusive lock, which every autosave shares. */
async function freezeIn(tx: Transaction, context: FreezeContext, freeze: Freeze): Promise<FreezeResult> {
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
  const expectation = content ? await expectationFor(tx, context, { test, sitting, submittedAt }) : undefined;
  const submission =
    content && expectation
      ? await signSubmission(context, { ...content, attemptId, test, sitting, cause, submittedAt, expectedBy: new Date(expectation.expectedBy) })
      : null;
  const writes = [
    ...(submission && content ? [insertSubmission(submission, { ...content, sittingId: sitting.id })] : []),
    ...(submission && expectation ? [toldWith(submission, expectation, sitting.now)] : []),
    ...(submission ? [await tidingsOf(tx, context, { attemptId, sitting, submission, isLate: late, submittedAt })] : []),
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
    SELECT s.id, s.round, s.deadline, s.frozen_at, a.exam_version_id, ${outlookOfSitting} AS outlook, ${await clock()} AS now
    FROM sitting s JOIN attempt a ON a.id = s.attempt_id JOIN candidate c ON c.id = a.candidate_id JOIN exam_version v ON v.id = a.exam_version_id
    WHERE s.attempt_id = ${attemptId}::uuid AND s.test = ${test} ${subject === undefined ? Prisma.empty : Prisma.sql`AND c.subject = ${subject}`}
    FOR UPDATE OF s`;
  if (sitting) return sitting;
  await readAttempt(tx, clock, { attemptId, subject }); // refuses what is absent or not theirs
  throw new Refusal('wrong_phase', 'This test has not been started.');
}

/** The wait starts now, also where the test ended a while ago; what is promised counts from its end. */
async function expectationFor(
  tx: Transaction,
  { examVersions }: FreezeContext,
  { test, sitting, submittedAt }: { test: Test; sitting: LockedSitting; submittedAt: Date },
): Promise<Expectation> {
  const { policy } = await examVersions.contentOf(sitting.exam_version_id, tx);
  return expectationOf(sitting.outlook ?? undefined, { test, policy, submittedAt: submittedAt.getTime(), now: sitting.now.getTime() });
}

function toldWith({ submissionId }: FrozenRecord, { expectedBy, basis }: Expectation, toldAt: Date): Prisma.Sql {
  return insertExpectation(submissionId, { number: 1, expectedBy: new Date(expectedBy), basis, toldAt });
}

/** That it was handed in, and until when its result is promised. */
async function tidingsOf(
  tx: Transaction,
  { examVersions }: FreezeContext,
  {
    attemptId,
    sitting,
    submission: { test, round },
    isLate,
    submittedAt,
  }: { attemptId: string; sitting: LockedSitting; submission: FrozenRecord; isLate: boolean; submittedAt: Date },
): Promise<Prisma.Sql> {
  const { policy } = await examVersions.contentOf(sitting.exam_version_id, tx);
  const promised = new Date(promisedAt(policy, test, submittedAt.getTime())).toISOString();
  const tidings = { kind: 'step', step: stepOfSubmission({ test, round, isLate, promised }) } as const;
  return tidingsWrite({ attemptId, tidings }, Prisma.sql`${sitting.now}::timestamptz`);
}

async function signSubmission(
  { receipts }: StoreContext,
  frozen: SubmittedContent & { attemptId: string; test: Test; sitting: LockedSitting; cause: Cause; submittedAt: Date; expectedBy: Date },
): Promise<FrozenRecord> {
  const { attemptId, test, sitting, cause, contentHash } = frozen;
  const signed = { submissionId: uuidv7(), test, round: sitting.round, cause, contentHash, submittedAt: frozen.submittedAt.toISOString() };
  return { ...signed, receipt: await receipts.sign({ attemptId, ...signed }), expectedBy: frozen.expectedBy.toISOString() };
}

function submittedEvent(attemptId: string, { test, round, submissionId, contentHash }: FrozenRecord): NewEvent {
  return { type: 'attempt.submitted', key: attemptId, data: { attemptId, test, round, submissionId, contentHash } };
}
