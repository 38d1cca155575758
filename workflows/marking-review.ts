import { setCurrentDetails, setWorkflowOptions, workflowInfo } from '@temporalio/workflow';
import { reporting } from './activities.ts';

setWorkflowOptions({ versioningBehavior: 'PINNED' }, markingReview);

/**
 * Every week, by a schedule: the marking model is fitted anew on what people marked until then, becomes the one that is asked where
 * somebody wants that of better ones, and the plan of second marking is made anew. What was found is recorded; staff read it here in words.
 */
export async function markingReview(): Promise<readonly string[]> {
  const { workflowId, startTime } = workflowInfo();
  const review = { occasion: workflowId, marksUntil: startTime.toISOString() };
  const words: string[] = [];
  const steps = [() => reporting.refitMarkingModel(review), () => reporting.followBetterModel(review), () => reporting.planMarking(review)];
  for (const step of steps) {
    words.push(...(await step()).words);
    setCurrentDetails(words.map((line) => `- ${line}`).join('\n'));
  }
  return words;
}
