import { setCurrentDetails, setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { reporting } from './activities.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, weeklyReports);

/**
 * Every week, by a schedule: what the answers say about the items of each exam version of which something was decided since its last report.
 * Each report is recorded; staff read here in words which there are.
 */
export async function weeklyReports(): Promise<readonly string[]> {
  const { workflowId, startTime } = workflowInfo();
  const run = { occasion: workflowId, until: startTime.toISOString() };
  const { examVersionIds } = await reporting.itemReportsDue(run);
  const words: string[] = [];
  for (const examVersionId of examVersionIds) {
    words.push(...(await reporting.reportItems({ ...run, examVersionId })).words);
    setCurrentDetails(words.map((line) => `- ${line}`).join('\n'));
  }
  if (words.length === 0) setCurrentDetails('Nothing was decided since the last reports.');
  return words;
}
