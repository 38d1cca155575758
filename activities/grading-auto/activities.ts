import { machinePartOf } from '../../domain/grading.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

/** What machines decide: choice items alone. A text response or a criterion is always a person's. */
export function createGradingAutoActivities({ store }: { store: Store }) {
  return refusing({
    async gradeChoices({ submissionId }: { submissionId: string }): Promise<readonly ItemScore[]> {
      const { exam, gradable } = await store.assignments.underGrading(submissionId);
      return machinePartOf(exam, gradable);
    },
  });
}

export type GradingAutoActivities = ReturnType<typeof createGradingAutoActivities>;
