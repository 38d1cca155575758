import { v7 as uuidv7 } from 'uuid';
import { correctItems, type Replacement } from '../../domain/correction.ts';
import { TESTS, type Test } from '../../domain/exam.ts';
import { composeFeedback } from '../../domain/feedback.ts';
import { ADJUDICATION_SEAT } from '../../domain/grading.ts';
import { scoreOf, type ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import { certificateBasisPoints, passes, shownBasisPoints, type Score } from '../../domain/score.ts';
import type { Decision } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { writeEvents } from '../events/write.ts';
import type { ExamContext } from '../exam-versions.ts';
import { letStand, standingDecision } from './standing-decisions.ts';

/** Decides anew what is corrected, superseding, and returns the score of both tests as they now stand. */
export async function correctedScore(
  tx: Transaction,
  context: ExamContext,
  { attemptId, at, points }: { attemptId: string; at: Date; points: NonNullable<Replacement['points']> },
): Promise<number> {
  const attempt = await tx.attempt.findUniqueOrThrow({ where: { id: attemptId }, select: { examVersionId: true, aptitudeDecisionId: true } });
  const { policy } = await context.examVersions.contentOf(attempt.examVersionId, tx);
  const scores = {} as Record<Test, Score>;
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
    await supersede(tx, context, { decision, attemptId, test, items, score, at });
  }
  return certificateBasisPoints(scores);
}

/** The next decision of the same test, in place of one that stood, with its feedback and its events. */
async function supersede(
  tx: Transaction,
  context: ExamContext,
  {
    decision,
    attemptId,
    test,
    items,
    score,
    at,
  }: { decision: Decision; attemptId: string; test: Test; items: readonly ItemScore[]; score: Score; at: Date },
): Promise<void> {
  const decisionId = uuidv7();
  const gradingRound = decision.gradingRound + 1;
  const { submissionId } = decision;
  await tx.decision.create({
    data: {
      id: decisionId,
      attemptId: decision.attemptId,
      test,
      gradingRound,
      submissionId,
      passed: true,
      ...score,
      basisPoints: shownBasisPoints(score),
      items: [...items],
      supersedesId: decision.id,
      decidedAt: at,
    },
  });
  await keepFeedback(tx, context, { attemptId: decision.attemptId, test, gradingRound, submissionId, items, at });
  await letStand(tx, { attemptId, test, decisionId });
  const data = { attemptId: decision.attemptId, test, round: gradingRound, decisionId };
  const told = (['attempt.decided', 'attempt.published'] as const).map((type) => ({ type, key: decision.attemptId, data }));
  await writeEvents(tx, told, at);
}

/** The report of a decision that was made anew: as it was, but for what was corrected. */
async function keepFeedback(
  tx: Transaction,
  { examVersions }: ExamContext,
  {
    attemptId,
    test,
    gradingRound,
    submissionId,
    items,
    at,
  }: { attemptId: string; test: Test; gradingRound: number; submissionId: string | null; items: readonly ItemScore[]; at: Date },
): Promise<void> {
  if (submissionId === null) return;
  const { sitting } = await tx.submission.findUniqueOrThrow({
    where: { id: submissionId },
    select: { sitting: { select: { caseStudyId: true, attempt: { select: { examVersionId: true } } } } },
  });
  const marks = await tx.mark.findMany({ where: { submissionId }, select: { itemId: true, reason: true, assignment: { select: { seat: true } } } });
  const entries = composeFeedback({
    exam: await examVersions.contentOf(sitting.attempt.examVersionId, tx),
    taken: { test, caseStudyId: sitting.caseStudyId },
    items,
    reasons: marks.map(({ itemId, reason, assignment }) => ({ itemId, reason, seat: assignment.seat })),
    adjudicationSeat: ADJUDICATION_SEAT,
  });
  await tx.feedback.create({
    data: { attemptId, test, gradingRound, entries: [...entries], composedAt: at },
    select: { test: true },
  });
}
