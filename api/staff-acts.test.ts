import { ApplicationFailure, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import type { AttemptStore } from '../store/attempts/attempts.ts';
import type { UpdateDefinition } from '@temporalio/common';
import type { ActDetails } from '../store/audit.ts';
import { extend, reassign, reopen, REFUSED, withdraw } from '../workflows/messages.ts';
import { createStaffActs } from './staff-acts.ts';

const attemptId = '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';

type Asked = {
  answer: () => Promise<unknown>;
  outcome?: string | null;
  asked?: unknown[];
  /** What was written down of the act, if it was done before. */
  done?: ActDetails;
  update?: UpdateDefinition<unknown, [{ actor: string; reason: string }]>;
};

/** An act on an attempt whose workflow answers like this. */
function actWith({ answer, outcome = null, asked = [], done, update = withdraw }: Asked) {
  const executeUpdate = (_update: unknown, options: unknown) => {
    asked.push(options);
    return answer();
  };
  const temporal = {
    workflowService: { getSystemInfo: async () => ({}) },
    workflow: { getHandle: () => ({ executeUpdate }) },
    withDeadline: (_deadline: number, work: () => unknown) => work(),
  };
  const attempts = { read: async () => ({ facts: { attemptId, outcome, sittings: { aptitude: null, case_study: null }, aptitudePassed: false } }) };
  const act = createStaffActs({
    temporal: temporal as unknown as Client,
    attempts: attempts as unknown as Pick<AttemptStore, 'read'>,
    staffActs: { vouch: async () => {}, before: async (actionKey) => (actionKey === `${attemptId}:key-1` ? done : undefined) },
  });
  return act({ attemptId, update, input: { actor: 'sam', reason: 'asked' }, actKey: 'key-1' });
}

const fails = (error: unknown) => () => Promise.reject(error);
const notFound = () => fails(new WorkflowNotFoundError('none', 'attempt', undefined));

describe('an act of staff', () => {
  it('is one Update under the name of its key', async () => {
    const asked: unknown[] = [];
    expect(await actWith({ answer: async () => ({ outcome: 'withdrawn' }), asked })).toEqual({ outcome: 'withdrawn' });
    expect(asked).toEqual([{ args: [{ actor: 'sam', reason: 'asked' }], updateId: 'key-1' }]);
  });

  it('that the workflow refuses is refused with its code and words', async () => {
    const refusal = ApplicationFailure.nonRetryable('An extension never shortens.', REFUSED, 'deadline_not_later');
    await expect(actWith({ answer: fails(new WorkflowUpdateFailedError('failed', refusal)) })).rejects.toMatchObject({
      code: 'deadline_not_later',
      message: 'An extension never shortens.',
    });
  });

  it('is refused as too late when the attempt and its workflow are over', async () => {
    await expect(actWith({ answer: notFound(), outcome: 'certified' })).rejects.toMatchObject({ code: 'wrong_phase' });
  });

  const answers: readonly [object & { readonly name: string }, ActDetails, object][] = [
    [withdraw, {}, { outcome: 'withdrawn' }],
    [extend, { window: 'start', from: '2026-12-01T12:00:00.000Z', to: '2026-12-02T12:00:00.000Z' }, { deadline: '2026-12-02T12:00:00.000Z' }],
    [reopen, { test: 'aptitude', round: 1, deadline: '2026-12-02T12:00:00.000Z' }, { round: 2, deadline: '2026-12-02T12:00:00.000Z' }],
    [reassign, { assignmentId: 'one', from: 'gil', to: null }, { assignmentId: 'one' }],
  ];
  it.each(answers.map(([update, ...told]) => [update.name, update, ...told] as const))(
    'that was done answers as it did then, whatever became of its workflow: %s',
    async (_name, update, done, answer) => {
      const asked: unknown[] = [];
      expect(await actWith({ answer: notFound(), outcome: 'withdrawn', asked, done, update: update as NonNullable<Asked['update']> })).toEqual(
        answer,
      );
      expect(asked).toEqual([]);
    },
  );

  it('is unavailable while the workflow of an open attempt is yet to be started', async () => {
    await expect(actWith({ answer: notFound() })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is sent again under the same name when a task of the workflow failed, and is not for ever', async () => {
    const cause = Object.assign(
      new Error('9 FAILED_PRECONDITION: Unable to perform workflow execution update due to unexpected workflow task failure.'),
      {
        code: 9,
      },
    );
    const failure = new Error('Workflow Update failed', { cause });
    const asked: unknown[] = [];
    let failures = 2;
    const answer = async () => {
      if ((failures -= 1) >= 0) throw failure;
      return { outcome: 'withdrawn' };
    };
    expect(await actWith({ answer, asked })).toEqual({ outcome: 'withdrawn' });
    expect(asked).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ updateId: 'key-1' })));
    await expect(actWith({ answer: fails(failure) })).rejects.toBe(failure);
  });

  it('that fails for a reason of ours stays a defect', async () => {
    const defect = new WorkflowUpdateFailedError('failed', ApplicationFailure.create({ message: 'boom', type: 'TypeError' }));
    await expect(actWith({ answer: fails(defect) })).rejects.toBe(defect);
  });
});
