import { answerAppeal as answerOf, isRefundOwed, type AppealAnswer } from '../../domain/appeal.ts';
import type { NewEvent } from '../../domain/events.ts';
import { APPEAL_SEAT, decide, nextStepAfter, type Decided } from '../../domain/grading.ts';
import type { ItemScore, Mark } from '../../domain/reconciliation.ts';
import type { Step } from '../../domain/step.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { Prisma, type Decision } from '../../prisma/generated/client.ts';
import { lockAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { inTransaction, writeTogether, type Transaction } from '../context.ts';
import { certify } from '../decisions/publish.ts';
import { supersede } from '../decisions/supersede.ts';
import { eventWrites } from '../events/write.ts';
import type { ExamContext } from '../exam-versions.ts';
import { deadlineOfNew } from '../limits.ts';
import { tidingsWrite } from '../tidings.ts';
import { standingOf } from './appealable.ts';
import { readAppealsOf, type AppealRecord } from './records.ts';

/** What became of it: a repeat says the same. */
export type AnsweredAppeal = { readonly result: AppealAnswer | 'withdrawn' };

/** What an appeal is answered with: the decision in the place of the one that stood. */
type Answer = Omit<Decided, 'items'> & { readonly answer: AppealAnswer; readonly decisionId: string };

type ToAnswer = { readonly attempt: AttemptRecord; readonly appeal: AppealRecord; readonly standing: Decision };

/**
 * Answers an appeal by the marks that it got, once: decision, feedback, what becomes of the attempt, notice and events, all or nothing. An appeal that was withdrawn
 * meanwhile stays so.
 */
export function answerAppeal(
  context: ExamContext,
  { attemptId, appealId }: { attemptId: string; appealId: string },
  credentials: CredentialIssuer,
): Promise<AnsweredAppeal> {
  return inTransaction(context, async (tx) => {
    const attempt = await lockAttempt(tx, context.clock, { attemptId });
    const appeal = (await readAppealsOf(tx, attemptId)).find(({ id }) => id === appealId);
    if (!appeal) throw new TypeError(`attempt ${attemptId} has no appeal ${appealId}`);
    if (appeal.state !== 'open') return { result: appeal.state };
    const standing = await standingOf(tx, { attemptId, test: appeal.test });
    if (!standing || attempt.facts.outcome !== 'failed') throw new TypeError(`appeal ${appealId} is of nothing that failed`);
    return answerIn(tx, context, { attempt, appeal, standing, credentials });
  });
}

async function answerIn(
  tx: Transaction,
  context: ExamContext,
  { attempt, appeal, standing, credentials }: ToAnswer & { credentials: CredentialIssuer },
): Promise<AnsweredAppeal> {
  const { attemptId, asOf } = attempt.facts;
  const { id: appealId, test } = appeal;
  const at = new Date(asOf);
  const { policy } = await context.examVersions.contentOf(attempt.examVersionId, tx);
  const before = standing.items as unknown as readonly ItemScore[];
  const itemIds = appeal.items.map(({ itemId }) => itemId);
  const { answer, items } = answerOf(before, { itemIds, marks: await marksOf(tx, appeal) });
  const { passed, score } = decide(items, policy);
  const appealed = before
    .filter(({ itemId }) => itemIds.includes(itemId))
    .map((item) => ({ itemId: item.itemId, millipointsBefore: item.millipoints }));
  const decisionId = await supersede(tx, context, { decision: standing, test, items, score, passed, at, appealed });
  const { writes, events, step } = await consequences(tx, context, { attempt, appeal, answer: { answer, decisionId, passed, score }, credentials });
  const answered = { type: 'appeal.answered', key: attemptId, data: { appealId, attemptId, test, decisionId } } as const;
  await writeTogether(tx, [
    ...writes,
    tidingsWrite({ attemptId, tidings: { kind: 'step', step } }, Prisma.sql`${at}::timestamptz`),
    ...eventWrites([answered, ...refundOf(appeal, answer), ...events], at),
    Prisma.sql`UPDATE appeal SET state = ${answer}, settled_at = ${at}, answer_decision_id = ${decisionId}::uuid WHERE id = ${appealId}::uuid`,
  ]);
  return { result: answer };
}

function refundOf({ id: appealId, attemptId, feeReference }: AppealRecord, answer: AppealAnswer): readonly NewEvent[] {
  if (feeReference === null || !isRefundOwed({ state: answer, feeReference })) return [];
  return [{ type: 'appeal.fee_refund_due', key: attemptId, data: { appealId, attemptId, feeReference } }];
}

/** Of an assignment that is completed all are there. */
function marksOf(tx: Transaction, { submissionId }: AppealRecord): Promise<readonly Mark[]> {
  return tx.mark.findMany({
    where: { submissionId, assignment: { seat: APPEAL_SEAT, state: 'completed' } },
    select: { itemId: true, millipoints: true },
  });
}

type Consequences = { readonly writes: readonly Prisma.Sql[]; readonly events: readonly NewEvent[]; readonly step: Step };

/** What becomes of the attempt. One that stays failed goes on with what is left of its window: a refusal opens no new one. */
async function consequences(
  tx: Transaction,
  context: ExamContext,
  { attempt, appeal, answer, credentials }: Omit<ToAnswer, 'standing'> & { answer: Answer; credentials: CredentialIssuer },
): Promise<Consequences> {
  const { attemptId, asOf } = attempt.facts;
  const { id: appealId, test } = appeal;
  switch (nextStepAfter(test, answer.passed)) {
    case 'offer_case_study': {
      const { policy } = await context.examVersions.contentOf(attempt.examVersionId, tx);
      const downloadBy = deadlineOfNew(policy, 'offer', { openedAt: asOf, accommodations: attempt.accommodations });
      const offer = Prisma.sql`
        UPDATE attempt SET aptitude_decision_id = ${answer.decisionId}::uuid, download_by = ${downloadBy}, outcome = NULL, outcome_reason = NULL, settled_at = NULL
        WHERE id = ${attemptId}::uuid`;
      return { writes: [offer], events: [], step: { kind: 'appeal_aptitude_passed', appealId, deadline: downloadBy.toISOString() } };
    }
    case 'certify': {
      const { certificateId, insert } = await certify(tx, context, { attempt, caseStudy: answer.score, credentials });
      const end = Prisma.sql`UPDATE attempt SET outcome = 'certified', outcome_reason = NULL, settled_at = ${new Date(asOf)} WHERE id = ${attemptId}::uuid`;
      return {
        writes: [insert, end],
        events: [{ type: 'certificate.issued', key: attemptId, data: { certificateId, attemptId } }],
        step: { kind: 'appeal_case_study_passed', appealId },
      };
    }
    case 'fail':
      return { writes: [], events: [], step: { kind: answer.answer === 'refused' ? 'appeal_refused' : 'appeal_raised', appealId, test } };
  }
}
