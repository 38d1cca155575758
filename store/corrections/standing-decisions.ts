import { TESTS, type Test } from '../../domain/exam.ts';
import type { Decision } from '../../prisma/generated/client.ts';
import type { RecordContext, Transaction } from '../context.ts';

/** The decisions that a certificate of this attempt rests on, as they stand: one a test. */
export async function decisionsBehind(
  { prisma }: RecordContext,
  attemptId: string,
): Promise<readonly { attemptId: string; test: Test; round: number }[]> {
  const { aptitudeDecisionId } = await prisma.attempt.findUniqueOrThrow({ where: { id: attemptId }, select: { aptitudeDecisionId: true } });
  const decisions = await Promise.all(TESTS.map((test) => standingDecision(prisma, { attemptId, test, aptitudeDecisionId })));
  return decisions.map((decision) => ({ attemptId: decision.attemptId, test: decision.test as Test, round: decision.gradingRound }));
}

/** The decision that counts: the aptitude pass may be of an earlier attempt, carried over. */
export async function standingDecision(
  tx: Transaction,
  { attemptId, test, aptitudeDecisionId }: { attemptId: string; test: Test; aptitudeDecisionId: string | null },
): Promise<Decision> {
  switch (test) {
    case 'aptitude':
      return tx.decision.findUniqueOrThrow({ where: { id: aptitudeDecisionId ?? '' } });
    case 'case_study':
      return tx.decision.findFirstOrThrow({ where: { attemptId, test }, orderBy: { gradingRound: 'desc' } });
  }
}

/** Makes a decision the one that standingDecision finds. Of a case study that is the last round's, with nothing to be done. */
export async function letStand(
  tx: Transaction,
  { attemptId, test, decisionId }: { attemptId: string; test: Test; decisionId: string },
): Promise<void> {
  const kept: Readonly<Record<Test, { aptitudeDecisionId: string } | null>> = { aptitude: { aptitudeDecisionId: decisionId }, case_study: null };
  const data = kept[test];
  if (data) await tx.attempt.update({ where: { id: attemptId }, data, select: { id: true } });
}
