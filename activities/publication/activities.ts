import type { Test } from '../../domain/exam.ts';
import type { DecisionToPublish, PublishResult } from '../../store/decisions.ts';
import type { Store } from '../../store/store.ts';
import { refusing } from '../refusals.ts';

/** Makes a decision known: one transaction under a natural key, so that no repeat can publish or certify twice. */
export function createPublicationActivities({ store }: { store: Store }) {
  return refusing({
    publishDecision: (decision: DecisionToPublish): Promise<PublishResult> => store.decisions.publish(decision),

    publishNotSubmitted: (request: { attemptId: string; test: Test; round: number }): Promise<PublishResult> =>
      store.decisions.publishNotSubmitted(request),
  });
}

export type PublicationActivities = ReturnType<typeof createPublicationActivities>;
