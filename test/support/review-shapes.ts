import { REPORT_CANDIDATES_MIN } from '../../domain/report.ts';
import { MARKING_REVIEW_WORKFLOW, REPORTS_WORKFLOW, RETENTION_WORKFLOW } from '../../workflows/schedules.ts';
import { decidedScript } from './decided.ts';
import type { Pipeline } from './pipeline.ts';

async function playReports({ client, store, credentials }: Pipeline, workflowId: string): Promise<string> {
  const given = [{ grader: 'g', points: [5, 4] as const }];
  for (let decided = 0; decided < REPORT_CANDIDATES_MIN; decided += 1) await decidedScript(store, { given, credentials: credentials() });
  await client.workflow.execute(REPORTS_WORKFLOW, { workflowId, taskQueue: 'certification' });
  return workflowId;
}

/** What runs by the calendar, as its schedule runs it: the review of the marking model, reports, and the retention. */
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
    /** Recorded by a build that made no reports of periods. */
    name: 'reports-made',
    play: (pipeline: Pipeline) => playReports(pipeline, 'reports-recorded'),
  },
  { name: 'reports-of-periods-made', play: (pipeline: Pipeline) => playReports(pipeline, 'reports-of-periods-recorded') },
  {
    name: 'retention-gone-through',
    async play({ client }: Pipeline): Promise<string> {
      const workflowId = 'retention-recorded';
      await client.workflow.execute(RETENTION_WORKFLOW, { workflowId, taskQueue: 'certification' });
      return workflowId;
    },
  },
];
