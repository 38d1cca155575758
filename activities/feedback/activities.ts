import type { Test } from '../../domain/exam.ts';
import { composeFeedback } from '../../domain/feedback.ts';
import { ADJUDICATION_SEAT } from '../../domain/grading.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

/** What candidates are told; shown once the decision is published. */
export function createFeedbackActivities({ store }: { store: Store }) {
  return refusing({
    async composeFeedback({
      attemptId,
      test,
      round,
      submissionId,
      items,
    }: {
      attemptId: string;
      test: Test;
      round: number;
      submissionId: string;
      items: readonly ItemScore[];
    }): Promise<void> {
      const [{ exam, gradable }, reasons] = await Promise.all([store.assignments.underGrading(submissionId), store.decisions.reasons(submissionId)]);
      const caseStudyId = gradable.test === 'case_study' ? gradable.caseStudyId : null;
      const entries = composeFeedback({ exam, test, caseStudyId, items, reasons, adjudicationSeat: ADJUDICATION_SEAT });
      await store.decisions.keepFeedback({ attemptId, test, round, entries });
    },
  });
}

export type FeedbackActivities = ReturnType<typeof createFeedbackActivities>;
