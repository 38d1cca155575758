import type { TaskQueue } from './queues.ts';

/** What is to be put right, by its id: PostgreSQL has the rest. */
export type RegradeInput = { readonly regradeId: string };

const REGRADE_WORKFLOW = 'itemRegrade';

export function regradeWorkflowId(regradeId: string): string {
  return `regrade-${regradeId}`;
}

/** How the workflow of an applied regrade is started. What it did it does not do again, so it may be started at any time. */
export function regradeStart(regradeId: string) {
  return {
    workflowType: REGRADE_WORKFLOW,
    options: {
      workflowId: regradeWorkflowId(regradeId),
      taskQueue: 'certification' satisfies TaskQueue,
      args: [{ regradeId } satisfies RegradeInput],
      staticSummary: 'An item graded anew for all who had it: see the current details beside',
      workflowIdConflictPolicy: 'USE_EXISTING' as const,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    },
  };
}
