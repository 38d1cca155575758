import { WorkflowNotFoundError, type Client } from '@temporalio/client';

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
