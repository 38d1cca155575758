import { patched, setCurrentDetails, setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { reporting } from './activities.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, weeklyReports);

/**
 * Every week, by a schedule: what the answers say about the items of each exam version of which something was decided since its last report, and
 * what the records say of each week, month and quarter that is over. Each report is recorded; staff read here in words which there are.
 */
export async function weeklyReports(): Promise<readonly string[]> {
  const { workflowId, startTime } = workflowInfo();
  const run = { occasion: workflowId, until: startTime.toISOString() };
  const words: string[] = [];
  const tell = (found: { readonly words: readonly string[] }) => {
    words.push(...found.words);
    setCurrentDetails(words.map((line) => `- ${line}`).join('\n'));
  };
  const { examVersionIds } = await reporting.itemReportsDue(run);
  for (const examVersionId of examVersionIds) tell(await reporting.reportItems({ ...run, examVersionId }));
  if (patched('period-reports')) {
    const { periods } = await reporting.periodReportsDue(run);
    for (const period of periods) tell(await reporting.reportPeriod(period));
  }
  if (words.length === 0) setCurrentDetails('Nothing was decided since the last reports.');
  return words;
}
