import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client, type WorkflowStartOptions } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';

/** How the bell was taken: by the workflow's queue, by nobody any more, or by a workflow that is yet to be started. */
export type RingResult = 'delivered' | 'closed' | 'no_such_workflow';

/** How a workflow is started. */
export type Start = { readonly workflowType: string; readonly options: WorkflowStartOptions };

/** A signal without content, for one workflow; or what begins it, unless its id was ever used: a workflow that begins loads what there is, and needs no signal beside. */
export type Bell = { readonly workflowId: string; readonly signal: SignalDefinition } | Start;

/** How long a ring may take before it is left to the relay. */
const RING_TIMEOUT_MILLISECONDS = 5000;

/** Rings at a workflow: something was committed. Throws while Temporal is unavailable. */
export async function ring(client: Client, bell: Bell): Promise<RingResult> {
  return client.withDeadline(Date.now() + RING_TIMEOUT_MILLISECONDS, () => ('signal' in bell ? signalled(client, bell) : begun(client, bell)));
}

async function signalled(client: Client, { workflowId, signal }: Exclude<Bell, Start>): Promise<RingResult> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal);
    return 'delivered';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return (await isClosed(client, workflowId)) ? 'closed' : 'no_such_workflow';
    throw error;
  }
}

async function begun(client: Client, { workflowType, options }: Start): Promise<RingResult> {
  try {
    await client.workflow.start(workflowType, { ...options, workflowIdReusePolicy: 'REJECT_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING' });
    return 'delivered';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
    throw error;
  }
}

/** Starts a workflow, or leaves the one of its id that runs. Throws while Temporal is unavailable. */
export async function startOnce(client: Client, { workflowType, options }: Start): Promise<void> {
  await client.withDeadline(Date.now() + RING_TIMEOUT_MILLISECONDS, () => client.workflow.start(workflowType, options));
}

/**
 * Starts a workflow again from its beginning, in place of one of its id that runs or is closed. For recovery alone: whoever is
 * started so walks through what has happened already, and natural keys must keep it from doing any of it twice.
 */
export async function startAnew(client: Client, { workflowType, options }: Start): Promise<void> {
  await client.workflow.start(workflowType, {
    ...options,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
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
