import {
  ActivityFailure,
  ApplicationFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { CorrectionRecord } from '../store/corrections/records.ts';
import { REFUSED } from '../workflows/messages.ts';
import { createCorrections } from './corrections.ts';

/** Temporal's answers are made up here; test/integration/corrections-by-staff.test.ts has the real ones. */

const correctionId = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
const certificateId = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b22';
const record: CorrectionRecord = {
  id: correctionId,
  certificateId,
  attemptId: null,
  openedBy: 'sam',
  reason: 'doubt',
  openedAt: new Date(),
  resolution: 'revoked',
  resolvedBy: 'lea',
  resolvedReason: 'fraud',
  resolvedAt: new Date(),
  replacedBy: null,
};

function correctionsWith(answer: () => Promise<unknown>, done: readonly string[] = []) {
  const temporal = {
    workflowService: { getSystemInfo: async () => ({}) },
    workflow: { executeUpdateWithStart: answer },
    withDeadline: (_deadline: number, work: () => unknown) => work(),
  };
  const staffActs = { vouch: async () => {}, before: async (actionKey: string) => (done.includes(actionKey) ? {} : undefined) };
  return createCorrections({ temporal: temporal as unknown as Client, corrections: { read: async () => record }, staffActs });
}

const open = (answer: () => Promise<unknown>) => correctionsWith(answer).open({ correctionId, certificateId, actor: 'sam', reason: 'doubt' });
const settle = (answer: () => Promise<unknown>, done: readonly string[] = []) =>
  correctionsWith(answer, done).settle({ correctionId, input: { resolution: 'revoked', actor: 'lea', reason: 'fraud' }, actKey: 'key-1' });

const refusal = (message: string, code: string, details: object = {}) => ApplicationFailure.nonRetryable(message, REFUSED, code, details);
/** As it comes from an activity within an update handler. */
const byActivity = (cause: Error) =>
  new WorkflowUpdateFailedError(
    'failed',
    new ActivityFailure('Activity task failed', 'resolveCorrection', '7', RetryState.NON_RETRYABLE_FAILURE, 'w', cause),
  );
const fails = (error: unknown) => () => Promise.reject(error);
const alreadyStarted = fails(new WorkflowExecutionAlreadyStartedError('again', `correction-${correctionId}`, 'certificateCorrection'));

describe('what the workflow of a correction refuses', () => {
  it('by an activity, however deep the failure lies, is refused with its code and words', async () => {
    const refused = fails(byActivity(refusal('With these points the test is not passed.', 'marks_invalid')));
    await expect(settle(refused)).rejects.toMatchObject({
      name: 'Refusal',
      code: 'marks_invalid',
      message: 'With these points the test is not passed.',
    });
    const suspended = fails(byActivity(refusal('The certificate is suspended already.', 'wrong_phase')));
    await expect(open(suspended)).rejects.toMatchObject({ name: 'Refusal', code: 'wrong_phase', message: 'The certificate is suspended already.' });
  });

  it('by an activity is refused with its details: the fields that are wrong', async () => {
    const fields = [{ path: 'points[0].itemId', message: 'k9 is not an item of this test' }];
    const refused = fails(byActivity(refusal('The points cannot be corrected like this.', 'marks_invalid', { fields })));
    await expect(settle(refused)).rejects.toMatchObject({ code: 'marks_invalid', details: { fields } });
  });

  it('by the validator of its update is refused with its code and words', async () => {
    const refused = fails(new WorkflowUpdateFailedError('failed', refusal('reason is missing: say why', 'wrong_phase')));
    await expect(settle(refused)).rejects.toMatchObject({ name: 'Refusal', code: 'wrong_phase', message: 'reason is missing: say why' });
  });

  it('for a reason of ours stays a defect', async () => {
    const defect = byActivity(ApplicationFailure.create({ message: 'boom', type: 'TypeError' }));
    await expect(settle(fails(defect))).rejects.toBe(defect);
    await expect(open(fails(defect))).rejects.toBe(defect);
  });
});

describe('a correction whose workflow is through', () => {
  it('is as it ended, when it is opened again', async () => {
    expect(await open(alreadyStarted)).toEqual({ correctionId, certificateId, resolution: 'revoked', replacedBy: null });
  });

  it('answers the act that settled it as it did then', async () => {
    const settled = { correctionId, certificateId, resolution: 'revoked', replacedBy: null };
    expect(await settle(alreadyStarted, [`${correctionId}:key-1`])).toEqual(settled);
  });

  it('is not settled another time', async () => {
    await expect(settle(alreadyStarted)).rejects.toMatchObject({ code: 'wrong_phase', message: 'The correction is settled already: revoked.' });
  });
});
