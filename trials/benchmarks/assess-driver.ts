import { assessing } from '../../workflows/activities.ts';

/** Assesses each as an attempt's workflow does, all at once; the pool takes as many at a time as it has slots. */
export async function assessEach(submissionIds: readonly string[]): Promise<number> {
  const assessments = await Promise.all(submissionIds.map((submissionId) => assessing.assessSecondMark({ submissionId })));
  return assessments.filter(({ opens }) => opens).length;
}
