import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Duration } from '@temporalio/common';
import { CertDueAt, CertPhase } from '../../../workflows/search-attributes.ts';
import type { Activities, LocalActivities, Test } from '../pipeline-baseline/activities.ts';
import { bell } from '../pipeline-baseline/workflow.ts';
import { QUEUES, type Queue } from './queues.ts';

/**
 * Bare, and of the shape that our workflow has today for a double-marked attempt that passes both tests: the same signals, waits under timers, search
 * attributes, local activities and activities in the same order, and nothing else. It changes when ours does (docs/performance.md), where
 * pipeline-baseline/ never does.
 */

const local = proxyLocalActivities<LocalActivities>({ startToCloseTimeout: '8s' });

function on(queue: Queue) {
  return proxyActivities<Activities>({ startToCloseTimeout: '30s', taskQueue: QUEUES[queue] });
}
const machine = on('machine');
const human = on('human');
const publication = on('publication');

export async function ownShapeAttempt(attemptId: string): Promise<{ outcome: string }> {
  let rung = 0;
  let expected = 0;
  setHandler(bell, () => {
    rung += 1;
  });

  /** Shows where it stands, and waits for the next fact under a timer of its own. What a load has brought already is not waited for. */
  async function fact(phase: string, timeout: Duration): Promise<void> {
    expected += 1;
    if (rung >= expected) return;
    // The start said where it stands first.
    if (phase !== 'registered')
      upsertSearchAttributes([
        { key: CertPhase, value: phase },
        { key: CertDueAt, value: new Date(Date.now()) },
      ]);
    const timer = new CancellationScope();
    timer
      .run(() => sleep(timeout))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    await condition(() => rung >= expected);
    timer.cancel();
    await local.load(attemptId);
  }

  async function grade(test: Test, { hasChoices }: { hasChoices: boolean }): Promise<void> {
    await Promise.all([hasChoices && machine.gradeChoices(attemptId), human.openAssignments(attemptId, test)]);
    await fact(`${test}_grading`, '3 days');
    await publication.publishDecision(attemptId, test);
  }

  await local.load(attemptId);
  await fact('registered', '365 days');
  await fact('aptitude_test', '90 minutes');
  await grade('aptitude', { hasChoices: true });
  await fact('case_study_offered', '30 days');
  await fact('case_study', '14 days');
  await grade('case_study', { hasChoices: false });
  upsertSearchAttributes([{ key: CertPhase, value: 'certified' }]);
  return { outcome: 'certified' };
}
