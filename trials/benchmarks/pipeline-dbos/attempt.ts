import { DBOS, type DBOSClient } from '@dbos-inc/dbos-sdk';
import type { Engine } from '../pipeline-ours.ts';
import type { AttemptResult } from '../../../workflows/messages.ts';

/** What the process of this side and those who act for people both know of its workflow. */

export const DBOS_APPLICATION = 'certifiable';
export const ATTEMPT = 'certificationAttempt';
export const QUEUE = 'attempts';
const BELL = 'facts';

/** As often as our workers would at most wait for a workflow to begin, and far below what is measured; a second is the library's own. */
export const POLL_MILLISECONDS = 50;

/** Waits for the next bell; undefined once the time is up. Bells that rang meanwhile are kept, one by one. */
export function bell(seconds: number): Promise<unknown> {
  return DBOS.recv(BELL, seconds);
}

export function dbosEngine(client: DBOSClient): Engine {
  return {
    ring: ({ attemptId, fact }) =>
      fact === 'registered'
        ? client.enqueue({ queueName: QUEUE, workflowName: ATTEMPT, workflowID: attemptId }, attemptId)
        : client.send(attemptId, fact, BELL),
    resultOf: (attemptId) => client.retrieveWorkflow<AttemptResult>(attemptId).getResult({ pollingIntervalMs: POLL_MILLISECONDS }),
  };
}
