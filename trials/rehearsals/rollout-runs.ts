import type { Client } from '@temporalio/client';
import { ATTEMPT_WORKFLOW } from '../../workflows/messages.ts';

/** Which builds an attempt's workflow tasks ran on, by its history. */
export type Run = {
  readonly workflowId: string;
  /** When its first task was handed out. */
  readonly startedAt: number;
  /** In order, each once. */
  readonly builds: readonly string[];
  readonly failedTasks: number;
  /** Undefined: it is open. */
  readonly endedAt: number | undefined;
};

/** The attempts that started since then. */
export async function runsOf(client: Client, since: number): Promise<readonly Run[]> {
  const query = `WorkflowType = '${ATTEMPT_WORKFLOW}' AND StartTime >= '${new Date(since).toISOString()}'`;
  const runs: Run[] = [];
  for await (const { workflowId, closeTime } of client.workflow.list({ query })) {
    const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
    const ids = (events ?? []).flatMap((event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? []);
    const failedTasks = (events ?? []).filter((event) => event.workflowTaskFailedEventAttributes).length;
    const first = (events ?? []).find((event) => event.workflowTaskStartedEventAttributes);
    runs.push({
      workflowId,
      startedAt: Number(first?.eventTime?.seconds ?? 0) * 1000 + (first?.eventTime?.nanos ?? 0) / 1e6,
      builds: [...new Set(ids)],
      failedTasks,
      endedAt: closeTime?.getTime(),
    });
  }
  return runs;
}

/** How many attempts started before the change and after it, where they ran, and what went wrong. */
export function summaryOf(runs: readonly Run[], { from, to }: { from: number; to: number }): readonly string[] {
  const before = runs.filter((run) => run.startedAt < from);
  const underWay = before.filter((run) => (run.endedAt ?? Number.POSITIVE_INFINITY) > to);
  const parts = [
    [`before the change, ${underWay.length} of them under way during it`, before],
    ['while it was made', runs.filter((run) => run.startedAt >= from && run.startedAt <= to)],
    ['after it', runs.filter((run) => run.startedAt > to)],
  ] as const;
  const failedTasks = runs.reduce((sum, run) => sum + run.failedTasks, 0);
  return [
    ...parts.filter(([, of]) => of.length > 0).map(([when, of]) => `${of.length} started ${when}: ${whereTheyRan(of)}`),
    `${failedTasks} workflow tasks failed`,
  ];
}

function whereTheyRan(runs: readonly Run[]): string {
  const counts = new Map<string, number>();
  for (const { builds, endedAt } of runs) {
    const where = `${endedAt === undefined ? 'are open' : 'ran to their end'} on ${builds.join(', then ')}`;
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  return [...counts].map(([where, count]) => `${count} ${where}`).join(', ');
}
