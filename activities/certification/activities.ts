import type { AttemptFacts, Outcome } from '../../domain/attempt.ts';
import { examVersionName, type Policy, type Test } from '../../domain/exam.ts';
import type { Tidings } from '../../domain/step.ts';
import type { SeatMark } from '../../domain/reconciliation.ts';
import type { LapseResult } from '../../store/attempts/end.ts';
import type { Store } from '../../store/store.ts';
import type { ExtendInput, ReassignInput, ReopenInput, WithdrawInput } from '../../workflows/messages.ts';
import { asHeard, type Claimed } from '../claims.ts';
import { refusing } from '../refusals.ts';

/** What an attempt is bound to from its registration on. */
export type AttemptPlan = {
  readonly examVersion: string;
  readonly policy: Policy;
  readonly hasChoiceItems: boolean;
  readonly aptitudeCarriedOver: boolean;
  /** Whether candidates are told of each step; absent in histories of builds that did not. */
  readonly tellsSteps?: true;
  /** Whether documents are made when somebody asks for them; absent in histories of builds that rendered them with the result. */
  readonly documentsOnRequest?: true;
  /** Whether what is told goes through the outbox; absent in histories of builds that told it by activities. */
  readonly tellsByOutbox?: true;
  /** Whether it waits for appeals; absent in histories of builds that slept through their window. */
  readonly takesAppeals?: true;
  /** Whether feedback is composed as the decision is published; absent in histories of builds that composed it before. */
  readonly publishesFeedback?: true;
};

/** The natural key of an act of staff: the update's id, unique within the attempt. */
type Act = { readonly attemptId: string; readonly actionKey: string };

/** Short local activities: each loads or writes a row or two. */
export function createCertificationActivities({ store }: { store: Store }) {
  return refusing({
    /** The plan that was pinned at registration, and the facts so far. */
    async begin(attemptId: string): Promise<{ plan: AttemptPlan; facts: AttemptFacts }> {
      const { facts, examVersionId } = await store.attempts.beginTakingAppeals(attemptId);
      const exam = await store.examVersions.contentOf(examVersionId);
      const plan = {
        examVersion: examVersionName(exam),
        policy: exam.policy,
        hasChoiceItems: exam.items.some((item) => item.type === 'choice'),
        aptitudeCarriedOver: facts.aptitudePassed && facts.sittings.aptitude === null,
        tellsSteps: true as const,
        documentsOnRequest: true as const,
        tellsByOutbox: true as const,
        takesAppeals: true as const,
        publishesFeedback: true as const,
      };
      return { plan, facts };
    },

    loadFacts: async (attemptId: string): Promise<AttemptFacts> => (await store.attempts.consumeFacts(attemptId)).facts,

    /** At the end of the appeal window, once whoever files at that moment is through. */
    loadFactsOnceFree: async (attemptId: string): Promise<AttemptFacts> => (await store.attempts.consumeFactsOnceFree(attemptId)).facts,

    lapse: (request: { attemptId: string; window: 'start' | 'offer' }): Promise<LapseResult> => store.attempts.lapse(request),

    async freezeAtTimeOut(request: { attemptId: string; test: Test }): Promise<void> {
      await store.sittings.freezeAtTimeOut(request);
    },

    /** Leaves what a candidate is to be told to the notification pool (workers/herald.ts). */
    tell: (tidings: { attemptId: string; tidings: Tidings }): Promise<void> => store.tidings.queue(tidings),

    loadMarks: ({ submissionId }: { submissionId: string }): Promise<readonly SeatMark[]> => store.assignments.marks(submissionId),

    extend: (input: Act & ExtendInput): Promise<{ deadline: string }> =>
      asHeard(store, 'extend', input, async ({ deadline, ...act }) => {
        const extended = await store.attempts.extend({ ...act, deadline: new Date(deadline) });
        return { deadline: extended.deadline.toISOString() };
      }),

    withdraw: (input: Act & WithdrawInput): Promise<{ outcome: Outcome }> => asHeard(store, 'withdraw', input, store.attempts.withdrawByStaff),

    reassign: (input: Act & ReassignInput): Promise<{ assignmentId: string } & Claimed> =>
      asHeard(store, 'reassign', input, store.assignments.reassign),

    reopen: (input: Act & ReopenInput): Promise<{ round: number; deadline: string }> =>
      asHeard(store, 'reopen', input, async ({ deadline, ...act }) => {
        const reopened = await store.sittings.reopen({ ...act, deadline: new Date(deadline) });
        return { round: reopened.round, deadline: reopened.deadline.toISOString() };
      }),
  });
}

export type CertificationActivities = ReturnType<typeof createCertificationActivities>;
