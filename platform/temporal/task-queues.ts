import type { Client } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto'; // CommonJS: Node finds no named values in it

const { TaskQueueType } = proto.temporal.api.enums.v1;

export type QueueBacklog = {
  readonly queue: string;
  readonly workflowTasks: number;
  readonly activityTasks: number;
  /** How long the oldest of them has waited; 0 without any. */
  readonly workflowAgeSeconds: number;
  readonly activityAgeSeconds: number;
};

const TIMEOUT_MILLISECONDS = 4000;

/**
 * How much waits in a task queue and how long, approximately, by the server's own count, over all versions of its workers.
 * Throws while Temporal is unavailable.
 */
export async function backlogOf(client: Client, queue: string): Promise<QueueBacklog> {
  const [workflow, activity] = await client.withDeadline(Date.now() + TIMEOUT_MILLISECONDS, () =>
    Promise.all([statsOf(client, queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW), statsOf(client, queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY)]),
  );
  return {
    queue,
    workflowTasks: workflow.count,
    activityTasks: activity.count,
    workflowAgeSeconds: workflow.ageSeconds,
    activityAgeSeconds: activity.ageSeconds,
  };
}

async function statsOf(
  client: Client,
  queue: string,
  taskQueueType: temporal.api.enums.v1.TaskQueueType,
): Promise<{ count: number; ageSeconds: number }> {
  const { stats } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType,
    reportStats: true,
  });
  const age = stats?.approximateBacklogAge;
  return { count: Number(stats?.approximateBacklogCount ?? 0), ageSeconds: Number(age?.seconds ?? 0) + (age?.nanos ?? 0) / 1e9 };
}
