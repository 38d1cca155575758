import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';

/** The workflows of a type that run, as the visibility store has them: it may lag by a moment. */
export function runningWorkflows(client: Client, workflowType: string) {
  return client.workflow.list({ query: `WorkflowType = '${workflowType}' AND ExecutionStatus = 'Running'`, pageSize: 1000 });
}

/** As the server itself knows it ("RUNNING", "TERMINATED", …); undefined where there is no such workflow. */
export async function workflowStatus(client: Client, workflowId: string): Promise<string | undefined> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** All runs of a workflow, with their histories. May be repeated; tells whether any is left: the server deletes in its own time, and one that runs is let be. */
export async function deleteClosedRuns(client: Client, workflowId: string): Promise<'gone' | 'going' | 'running'> {
  const { namespace } = client.options;
  const status = await workflowStatus(client, workflowId);
  if (status === 'RUNNING') return 'running';
  const runIds = new Set<string>();
  if (status !== undefined) runIds.add((await client.workflow.getHandle(workflowId).describe()).runId);
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) runIds.add(runId);
  for (const runId of runIds) {
    await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId, runId } }).catch((error: unknown) => {
      const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
      if (code !== NOT_FOUND) throw error;
    });
  }
  return runIds.size === 0 ? 'gone' : 'going';
}

/** Of gRPC. */
const NOT_FOUND = 5;
