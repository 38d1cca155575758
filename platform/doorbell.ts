import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ATTEMPT_WORKFLOW, attemptWorkflowId, factsCommitted, type AttemptInput } from '../workflows/messages.ts';
import { CertPhase } from '../workflows/search-attributes.ts';

/** How the bell was taken: by the workflow's queue, by nobody any more, or by a workflow that is yet to be started. */
export type RingResult = 'delivered' | 'closed' | 'no_such_workflow';

/** How long a ring may take before it is left to the relay. */
const RING_TIMEOUT_MILLISECONDS = 5000;

/**
 * Rings at the workflow of an attempt: something was committed. The first fact, the registration, starts the workflow;
 * an id that was ever used is never started again. Throws while Temporal is unavailable.
 */
export async function ringAttempt(client: Client, { attemptId, fact }: { attemptId: string; fact: string }): Promise<RingResult> {
  const workflowId = attemptWorkflowId(attemptId);
  return client.withDeadline(Date.now() + RING_TIMEOUT_MILLISECONDS, async () => {
    try {
      if (fact === 'registered') {
        await client.workflow.signalWithStart(ATTEMPT_WORKFLOW, {
          ...startOptions(attemptId),
          signal: factsCommitted,
          signalArgs: [],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
        });
      } else {
        await client.workflow.getHandle(workflowId).signal(factsCommitted);
      }
      return 'delivered';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
      if (error instanceof WorkflowNotFoundError) return (await isClosed(client, workflowId)) ? 'closed' : 'no_such_workflow';
      throw error;
    }
  });
}

/**
 * Starts the workflow of an open attempt again from its beginning, in place of one that runs or is closed. It loads the facts
 * and walks through what has happened already, and natural keys keep it from doing any of it twice. For recovery alone.
 */
export async function restartAttempt(client: Client, attemptId: string): Promise<void> {
  await client.workflow.start(ATTEMPT_WORKFLOW, {
    ...startOptions(attemptId),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
}

function startOptions(attemptId: string) {
  return {
    workflowId: attemptWorkflowId(attemptId),
    taskQueue: 'certification',
    args: [{ attemptId } satisfies AttemptInput] as [AttemptInput],
    staticSummary: 'Certification attempt: see the current details beside',
    typedSearchAttributes: [{ key: CertPhase, value: 'registered' }],
  };
}

/** One that was started between the signal and this look is not closed: the bell rings again. */
async function isClosed(client: Client, workflowId: string): Promise<boolean> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name !== 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
