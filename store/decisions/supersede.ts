import { v7 as uuidv7 } from 'uuid';
import type { AppealedBefore } from '../../domain/appeal.ts';
import type { Test } from '../../domain/exam.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { shownBasisPoints, type Score } from '../../domain/score.ts';
import type { Decision } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { writeEvents } from '../events/write.ts';
import type { ExamContext } from '../exam-versions.ts';
import { composedFeedback, type Decided } from './feedback.ts';

type Superseding = {
  /** That stood. */
  readonly decision: Pick<Decision, 'id' | 'attemptId' | 'gradingRound' | 'submissionId'>;
  readonly test: Test;
  readonly items: readonly ItemScore[];
  readonly score: Score;
  readonly passed: boolean;
  /** By which it is put right. */
  readonly regradeId?: string;
  readonly at: Date;
  /** What the appeal was of that it answers. */
  readonly appealed?: readonly AppealedBefore[];
};

/** The next decision of the same test, in place of one that stood, with its feedback and its events. Returns its id. */
export async function supersede(
  tx: Transaction,
  context: ExamContext,
  { decision, test, items, score, passed, regradeId, at, appealed = [] }: Superseding,
): Promise<string> {
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
      passed,
      ...score,
      basisPoints: shownBasisPoints(score),
      items: [...items],
      supersedesId: decision.id,
      ...(regradeId === undefined ? {} : { regradeIds: [regradeId] }),
      decidedAt: at,
    },
  });
  await keepFeedback(tx, context, { attemptId: decision.attemptId, test, round: gradingRound, submissionId, items, at, appealed });
  const data = { attemptId: decision.attemptId, test, round: gradingRound, decisionId };
  const told = (['attempt.decided', 'attempt.published'] as const).map((type) => ({ type, key: decision.attemptId, data }));
  await writeEvents(tx, told, at);
  return decisionId;
}

/** The report of a decision that was made anew: as it was, but for what was corrected. */
async function keepFeedback(
  tx: Transaction,
  context: ExamContext,
  { submissionId, ...decided }: Omit<Decided, 'submissionId' | 'examVersionId' | 'caseStudyId'> & { readonly submissionId: string | null },
): Promise<void> {
  if (submissionId === null) return;
  const { sitting } = await tx.submission.findUniqueOrThrow({
    where: { id: submissionId },
    select: { sitting: { select: { caseStudyId: true, attempt: { select: { examVersionId: true } } } } },
  });
  const { caseStudyId, attempt } = sitting;
  await tx.$executeRaw(await composedFeedback(tx, context, { ...decided, submissionId, caseStudyId, examVersionId: attempt.examVersionId }));
}
