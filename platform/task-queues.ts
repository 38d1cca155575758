import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto'; // CommonJS: Node finds no named values in it

const { TaskQueueType } = proto.temporal.api.enums.v1;

export type QueueBacklog = { readonly queue: string; readonly workflowTasks: number; readonly activityTasks: number };

/** How much waits in a task queue, approximately, by the server's own count. Throws while Temporal is unavailable. */
export async function backlogOf(client: Client, queue: string): Promise<QueueBacklog> {
  const [workflowTasks, activityTasks] = await Promise.all([
    countOf(client, queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
    countOf(client, queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
  ]);
  return { queue, workflowTasks, activityTasks };
}

async function countOf(client: Client, queue: string, taskQueueType: temporal.api.enums.v1.TaskQueueType): Promise<number> {
  const { stats } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType,
    reportStats: true,
  });
  return Number(stats?.approximateBacklogCount ?? 0);
}
