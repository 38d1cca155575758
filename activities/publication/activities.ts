import type { Test } from '../../domain/exam.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { AnsweredAppeal } from '../../store/appeals/answer.ts';
import type { AuditedAct } from '../../store/audit.ts';
import type { CorrectionRecord } from '../../store/corrections/records.ts';
import type { ResolutionRequest } from '../../store/corrections/resolve.ts';
import type { DecisionToPublish, GradedDecision, Published, PublishResult, Regraded } from '../../store/decisions/publish.ts';
import type { RegradePage } from '../../store/regrades/apply.ts';
import type { Store } from '../../store/store.ts';
import type { CorrectionState } from '../../workflows/correction-messages.ts';
import { asHeard, type Claimed } from '../claims.ts';
import { refusing } from '../refusals.ts';

export type { GradedDecision, Regraded } from '../../store/decisions/publish.ts';

/** A pool of before answers with the result alone, whatever is asked. */
export type PublishAnswer = Published | PublishResult;

/** Who asks for the facts goes on from them, and loads none after; builds of before do not, and read the result. */
type Publishing<Request, Answer> = {
  (request: Request & { readonly returnsFacts: true }): Promise<Answer | PublishResult>;
  (request: Request): Promise<PublishResult>;
};

function answering<Request extends object, Answer extends Published | Regraded>(
  publish: (request: Request) => Promise<Answer>,
): Publishing<Request, Answer> {
  function answered(request: Request & { readonly returnsFacts: true }): Promise<Answer | PublishResult>;
  function answered(request: Request): Promise<PublishResult>;
  async function answered(request: Request & { readonly returnsFacts?: true }): Promise<Answer | PublishResult> {
    const published = await publish(request);
    if (request.returnsFacts) return published;
    if (published.result === 'regraded') throw new TypeError('who follows regrades asks for the facts as well');
    return published.result;
  }
  return answered;
}

/** Makes a decision known, or puts one right: one transaction under a natural key, so that no repeat can publish or certify twice. */
export function createPublicationActivities({ store, credentials }: { store: Store; credentials: CredentialIssuer }) {
  return refusing({
    /** With its feedback. A pool of before does not know this, and it is tried again until one does: nothing is published without. */
    publishGraded: (decision: GradedDecision): Promise<Published | Regraded> => store.decisions.publishGraded(decision, credentials),

    /** Its feedback is there already: for attempts of builds that composed it before. */
    publishDecision: answering((decision: DecisionToPublish) => store.decisions.publish(decision, credentials)),

    publishNotSubmitted: answering((request: { attemptId: string; test: Test; round: number; tells?: true }) =>
      store.decisions.publishNotSubmitted(request, credentials),
    ),

    /** Answers an appeal by the marks that it got. Its natural key is the appeal. */
    answerAppeal: (request: { attemptId: string; appealId: string }): Promise<AnsweredAppeal> => store.appeals.answer(request, credentials),

    async openCorrection(request: AuditedAct & { correctionId: string; certificateId: string }): Promise<CorrectionState & Claimed> {
      return asHeard(store, 'suspend', request, async (act) => stateOf(await store.corrections.open(act, credentials)));
    },

    /** The next page of what an applied regrade puts right, after a decision. */
    applyRegradePage: (page: { regradeId: string; after: string }): Promise<RegradePage> => store.regrades.applyPage({ ...page, credentials }),

    finishRegrade: (request: { regradeId: string }): Promise<void> => store.regrades.finish(request),

    countPendingClaims: (request: { correctionId: string }): Promise<number> => store.staffActs.countPending(request),

    async resolveCorrection(request: AuditedAct & { correctionId: string } & ResolutionRequest): Promise<CorrectionState> {
      return asHeard(store, 'settle', request, async (act) => stateOf(await store.corrections.resolve(act, credentials)));
    },
  });
}

export type PublicationActivities = ReturnType<typeof createPublicationActivities>;

function stateOf({ id, certificateId, resolution, replacedBy }: CorrectionRecord): CorrectionState {
  return { correctionId: id, certificateId, resolution, replacedBy };
}
