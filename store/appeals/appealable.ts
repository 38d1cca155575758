import { appealableItems, appealUntil } from '../../domain/appeal.ts';
import { testUnderWay } from '../../domain/attempt.ts';
import type { Policy, Test } from '../../domain/exam.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Decision } from '../../prisma/generated/client.ts';
import type { AttemptRecord } from '../attempt-rows.ts';
import type { Transaction } from '../context.ts';

/** The decision that may be appealed, of which items and until when. */
export type Appealable = {
  readonly test: Test;
  readonly decision: Decision & { readonly submissionId: string };
  readonly items: readonly ItemScore[];
  readonly until: Date;
};

/**
 * What of this attempt may be appealed now. Refused with `wrong_phase` where it did not fail, or a regrade has made it a pass, `not_appealable` where no person marked anything below its full
 * points, and `deadline_passed` once the window is over. PostgreSQL's clock decides: the facts are read under the lock of the attempt by whoever files.
 */
export async function appealableOf(tx: Transaction, record: AttemptRecord, policy: Pick<Policy, 'appealWindowSeconds'>): Promise<Appealable> {
  const { facts, settledAt, takesAppeals } = record;
  if (facts.outcome !== 'failed' || settledAt === null) {
    throw new Refusal('wrong_phase', 'A result may be appealed once a test is not passed. This attempt is not at that point.');
  }
  if (!takesAppeals) throw notAppealable('This attempt began before appeals could be filed here. Write to us, and somebody of us files it with you.');
  const test = testUnderWay(facts);
  const decision = await standingOf(tx, { attemptId: facts.attemptId, test });
  if (decision?.passed)
    throw new Refusal(
      'wrong_phase',
      'This test is passed since it was graded anew for everybody: there is nothing to appeal. Register again to go on.',
    );
  if (decision === null || decision.submissionId === null) throw notAppealable('Nothing was handed in, so that there is nothing to look at again.');
  const items = appealableItems(decision.items as unknown as readonly ItemScore[]);
  if (items.length === 0) {
    throw notAppealable(
      'People marked nothing of this test below its full points. If a question or its key is wrong, write to us: that is looked into for everybody.',
    );
  }
  const until = appealUntil(policy, settledAt.getTime());
  if (facts.asOf >= until) {
    throw new Refusal('deadline_passed', 'The time to appeal this result is over. Nothing was filed.', { deadline: new Date(until).toISOString() });
  }
  return { test, decision: { ...decision, submissionId: decision.submissionId }, items, until: new Date(until) };
}

/** The decision of a test that counts: the last one. */
export function standingOf(tx: Transaction, { attemptId, test }: { attemptId: string; test: Test }): Promise<Decision | null> {
  return tx.decision.findFirst({ where: { attemptId, test }, orderBy: { gradingRound: 'desc' } });
}

function notAppealable(message: string): Refusal {
  return new Refusal('not_appealable', message);
}
