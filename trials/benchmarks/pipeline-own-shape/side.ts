import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { createBaselineSide } from '../pipeline-baseline/side.ts';
import { bell } from '../pipeline-baseline/workflow.ts';
import { CertDueAt, CertPhase } from '../../../workflows/search-attributes.ts';
import type { Side } from '../pipeline-side.ts';
import { QUEUES } from './queues.ts';
import { ownShapeAttempt } from './workflow.ts';

/** Of the bells of an attempt, in their order, those of marks that are not their submission's last: they ring nobody, as with ours. */
const FIRST_MARKS: ReadonlySet<number> = new Set([4, 8]);

/** What people do is as in the baseline; what it rings for is the workflow of our shape. */
export function createOwnShapeSide({ pool, client }: { pool: pg.Pool; client: Client }): Side {
  const rung = new Map<string, number>();
  const named = (workflowId: string) => `own-shape-${workflowId}`;
  const workflow = {
    // The baseline starts with a signal; ours is started alone, and says with that where it stands.
    signalWithStart: async (_baseline: unknown, { workflowId, args }: { workflowId: string; args: [string] }) => {
      rung.set(workflowId, 1);
      return client.workflow.start(ownShapeAttempt, {
        workflowId: named(workflowId),
        taskQueue: QUEUES.workflows,
        args,
        typedSearchAttributes: [
          { key: CertPhase, value: 'registered' },
          { key: CertDueAt, value: new Date(Date.now()) },
        ],
      });
    },
    getHandle: (workflowId: string) => ({
      async signal(): Promise<void> {
        const number = (rung.get(workflowId) ?? 0) + 1;
        rung.set(workflowId, number);
        if (!FIRST_MARKS.has(number)) await client.workflow.getHandle(named(workflowId)).signal(bell);
      },
      async result(): Promise<unknown> {
        rung.delete(workflowId);
        return client.workflow.getHandle(named(workflowId)).result();
      },
    }),
  };
  // The baseline asks nothing else of its client.
  return createBaselineSide({ pool, client: { workflow } as unknown as Client });
}
