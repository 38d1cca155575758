import { REPORT_CANDIDATES_MIN } from '../../domain/report.ts';
import { MARKING_REVIEW_WORKFLOW, REPORTS_WORKFLOW } from '../../workflows/schedules.ts';
import { decidedScript } from './decided.ts';
import type { Pipeline } from './pipeline.ts';

/** What runs every week, as its schedule runs it: the review of the marking model, and reports. */
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
  {
    name: 'reports-made',
    async play({ client, store, credentials }: Pipeline): Promise<string> {
      const workflowId = 'reports-recorded';
      const given = [{ grader: 'g', points: [5, 4] as const }];
      for (let decided = 0; decided < REPORT_CANDIDATES_MIN; decided += 1) await decidedScript(store, { given, credentials: credentials() });
      await client.workflow.execute(REPORTS_WORKFLOW, { workflowId, taskQueue: 'certification' });
      return workflowId;
    },
  },
];
