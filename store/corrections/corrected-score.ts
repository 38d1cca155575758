import { correctItems, type Replacement } from '../../domain/correction.ts';
import { TESTS, type Test } from '../../domain/exam.ts';
import { scoreOf, type ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import { certificateBasisPoints, passes, type Score } from '../../domain/score.ts';
import type { Decision } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { supersede } from '../decisions/supersede.ts';
import type { ExamContext } from '../exam-versions.ts';
import { letStand, standingDecision } from './standing-decisions.ts';

type Corrected = { readonly test: Test; readonly decision: Decision; readonly items: readonly ItemScore[]; readonly score: Score };
type Correcting = { readonly attemptId: string; readonly points: NonNullable<Replacement['points']> };

/** What would be decided anew, and the score of both tests then. Changes nothing. */
export async function correctionOf(
  tx: Transaction,
  context: ExamContext,
  { attemptId, points }: Correcting,
): Promise<{ readonly basisPoints: number; readonly corrected: readonly Corrected[] }> {
  const attempt = await tx.attempt.findUniqueOrThrow({ where: { id: attemptId }, select: { examVersionId: true, aptitudeDecisionId: true } });
  const { policy } = await context.examVersions.contentOf(attempt.examVersionId, tx);
  const scores = {} as Record<Test, Score>;
  const corrected: Corrected[] = [];
  for (const test of TESTS) {
    const decision = await standingDecision(tx, { attemptId, test, aptitudeDecisionId: attempt.aptitudeDecisionId });
    scores[test] = { millipoints: decision.millipoints, millipointsMax: decision.millipointsMax };
    if (!points.some((correction) => correction.test === test)) continue;
    const items = correctItems(decision.items as unknown as readonly ItemScore[], { test, points });
    const score = scoreOf(items);
    if (!passes(score, policy.passMark)) {
      throw new Refusal('marks_invalid', 'With these points the test is not passed, so there is nothing to certify: revoke the certificate instead.');
    }
    scores[test] = score;
    corrected.push({ test, decision, items, score });
  }
  return { basisPoints: certificateBasisPoints(scores), corrected };
}

/** Decides anew what is corrected, superseding. */
export async function decideCorrected(
  tx: Transaction,
  context: ExamContext,
  { attemptId, at, corrected }: { attemptId: string; at: Date; corrected: readonly Corrected[] },
): Promise<void> {
  for (const { test, decision, items, score } of corrected) {
    const decisionId = await supersede(tx, context, { decision, test, items, score, passed: true, at });
    await letStand(tx, { attemptId, test, decisionId });
  }
}
