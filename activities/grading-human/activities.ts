import type { Instant, NewlyOpened } from '../../domain/attempt.ts';
import type { Markable } from '../../domain/exam.ts';
import type { GradedBasis, ItemScore } from '../../domain/reconciliation.ts';
import type { Logger } from '../../platform/logging.ts';
import type { Purpose } from '../../store/assignments/open.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

/** Opens assignments and reminds of them; graders claim and complete them through the API. */
export function createGradingHumanActivities({ store, logger }: { store: Store; logger: Logger }) {
  return refusing({
    openAssignments({
      dueAt,
      ...request
    }: {
      submissionId: string;
      purpose: Purpose;
      seats: readonly number[];
      itemIds?: readonly string[];
      /** Leaves the second seat closed where a marking model can say later whether it is needed; `toAssess` says so. */
      secondSeatAfterAssessment?: boolean;
      dueAt: Instant;
    }): Promise<{ markables: readonly Markable[]; blanks: readonly ItemScore<GradedBasis>[]; toAssess?: boolean; newlyOpened?: NewlyOpened }> {
      return store.assignments.open({ ...request, dueAt: new Date(dueAt) });
    },

    /** Percent of the promised time that is gone; at 100 the workflow calls staff as well. */
    async remind({ submissionId, percent }: { submissionId: string; percent: number }): Promise<void> {
      const reminded = await store.assignments.remind({ submissionId, percent });
      if (reminded > 0) logger.warn({ submissionId, percent, assignments: reminded }, 'assignments are open late');
    },
  });
}

export type GradingHumanActivities = ReturnType<typeof createGradingHumanActivities>;
