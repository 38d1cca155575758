import { MARKING_REVIEW_WORKFLOW } from '../../workflows/schedules.ts';
import type { Pipeline } from './pipeline.ts';

/** The weekly review of the marking model, run as its schedule runs it. It takes one way, whatever it finds. */
export const REVIEW_SHAPES = [
  {
    name: 'marking-reviewed',
    /** Returns the id of the workflow. */
    async play({ client }: Pipeline): Promise<string> {
      const workflowId = 'marking-review-recorded';
      await client.workflow.execute(MARKING_REVIEW_WORKFLOW, { workflowId, taskQueue: 'certification' });
      return workflowId;
    },
  },
];
