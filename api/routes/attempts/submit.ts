import { phaseOf } from '../../../domain/attempt.ts';
import type { Test } from '../../../domain/exam.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { IdempotencyKey } from '../../../store/context.ts';
import type { FreezeResult } from '../../../store/sittings/freeze.ts';
import type { FrozenRecord } from '../../../store/sittings/submissions.ts';
import type { Services } from '../../services.ts';

type Submit = { attemptId: string; subject: string; test: Test; idempotency: IdempotencyKey | undefined };

/**
 * Hands a test in. 201 for the request that froze it, 200 for a repeat. Refused with `deadline_passed` when the time was
 * over before anything was there to submit, `wrong_phase` when the test is not open, and as an upload is where the newest is no
 * file that counts; 503 while it cannot be looked at.
 */
export async function submit(services: Services, request: Submit): Promise<{ status: 200 | 201; body: FrozenRecord }> {
  const { store, doorbell } = services;
  const { attemptId, subject } = request;
  const result = await freezeWithUploads(services, request);
  if (result.kind !== 'frozen') throw new TypeError('a candidate may submit at any time before the deadline');
  const { submission, deliveryId } = result;
  doorbell.ring('submitted', { attemptId, deliveryId });
  if (submission) return { status: deliveryId === undefined ? 200 : 201, body: submission };
  const { facts } = await store.attempts.read({ attemptId, subject });
  if (facts.outcome === 'withdrawn') throw new Refusal('wrong_phase', 'The attempt is withdrawn.', { phase: phaseOf(facts) });
  throw new Refusal('deadline_passed', 'The time is up, and nothing complete had been uploaded.');
}

/** An upload that arrived is looked at now, since whoever did may be gone, and comes back to it in a minute: the candidate waits for it here. */
async function freezeWithUploads({ store, finishUpload }: Services, request: Submit): Promise<FreezeResult> {
  try {
    return await store.sittings.submit(request);
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'upload_in_hand')) throw error;
    let newest: Refusal | undefined;
    for (const uploadId of await store.uploads.inHandOf(request.attemptId)) newest = await refusalOf(finishUpload, uploadId);
    if (newest) throw newest;
    return store.sittings.submit(request);
  }
}

/** Refused, they are told by a notice as well: this answer may not reach them. */
async function refusalOf(finishUpload: Services['finishUpload'], uploadId: string): Promise<Refusal | undefined> {
  try {
    await finishUpload(uploadId, () => false);
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
