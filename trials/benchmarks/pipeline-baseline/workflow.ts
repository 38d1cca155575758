import {
  CancellationScope,
  condition,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import type { Activities, LocalActivities, Test } from './activities.ts';
import { QUEUES, type Queue } from './queues.ts';

/**
 * The bare counterpart of the attempt workflow for the benchmark, and FIXED: the same signals, waits, local activities
 * and activities of a double-marked attempt that passes both tests, in the same order, and nothing else. Leave it as it
 * is, or figures of different days cannot be compared.
 */

export const bell = defineSignal('bell');

const local = proxyLocalActivities<LocalActivities>({ startToCloseTimeout: '8s' });

function on(queue: Queue) {
  return proxyActivities<Activities>({ startToCloseTimeout: '30s', taskQueue: QUEUES[queue] });
}
const machine = on('machine');
const human = on('human');
const feedback = on('feedback');
const publication = on('publication');
const notification = on('notification');

export async function baselineAttempt(attemptId: string): Promise<{ outcome: string }> {
  let rung = 0;
  let seen = 0;
  let expected = 1; // the registration, which starts it
  setHandler(bell, () => {
    rung += 1;
  });
  const notices: Promise<void>[] = [];

  /** Waits for so many more facts, each loaded when its bell is heard, under one timer. */
  async function facts(count: number, timeout: Duration): Promise<void> {
    expected += count;
    const timer = new CancellationScope();
    timer
      .run(() => sleep(timeout))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    while (seen < expected) {
      await condition(() => rung > seen);
      seen = rung;
      await local.load(attemptId);
    }
    timer.cancel();
  }

  async function grade(test: Test): Promise<void> {
    await Promise.all([test === 'aptitude' && machine.gradeChoices(attemptId), human.openAssignments(attemptId, test)]);
    await local.load(attemptId);
    await facts(2, '3 days');
    await local.loadMarks(attemptId);
    await feedback.composeFeedback(attemptId, test);
    await publication.publishDecision(attemptId, test);
    notices.push(notification.notifyResult(attemptId, test));
    await local.load(attemptId);
  }

  seen = rung;
  await local.load(attemptId);
  await facts(1, '365 days');
  await facts(1, '90 minutes');
  await grade('aptitude');
  await facts(1, '30 days');
  await facts(1, '14 days');
  await grade('case_study');
  await Promise.all(notices);
  return { outcome: 'certified' };
}
