import { v7 as uuidv7 } from 'uuid';
import type { AppealedItem } from '../../domain/appeal.ts';
import { promisedAt, testUnderWay } from '../../domain/attempt.ts';
import type { Policy } from '../../domain/exam.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Refusal, type FieldProblem } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { lockAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { inIdempotentTransaction, type CandidateRequest, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import { eventWrites } from '../events/write.ts';
import type { ExamContext } from '../exam-versions.ts';
import { tidingsWrite } from '../tidings.ts';
import { appealableOf } from './appealable.ts';
import { readAppealsOf, type AppealRecord } from './records.ts';

export type NewAppeal = { readonly items: readonly AppealedItem[]; /** Of a payment elsewhere. */ readonly feeReference?: string | undefined };

/**
 * The candidate appeals the result of the test that they failed, within the policy's window. The same once more answers as it did, whatever became of it; another
 * one of the same test is refused with `appealed_already`.
 */
export function fileAppeal(context: ExamContext, { attemptId, subject, idempotency, ...appeal }: CandidateRequest & NewAppeal): Promise<Committed> {
  return inIdempotentTransaction(context, idempotency, async (tx) => {
    await lockCandidateOf(tx, { attemptId, subject });
    const attempt = await lockAttempt(tx, context.clock, { attemptId, subject });
    const before = (await readAppealsOf(tx, attemptId)).find(({ test }) => test === testUnderWay(attempt.facts));
    if (before) return repeated(before, appeal);
    return fileIn(tx, context, { attempt, appeal });
  });
}

/** Who registers holds the same row: of an appeal and a registration at once one sees the other. */
async function lockCandidateOf(tx: Transaction, { attemptId, subject }: { attemptId: string; subject: string }): Promise<void> {
  await tx.$executeRaw`
    SELECT 1 FROM candidate WHERE subject = ${subject} AND id = (SELECT candidate_id FROM attempt WHERE id = ${attemptId}::uuid) FOR NO KEY UPDATE`;
}

function repeated(before: AppealRecord, appeal: NewAppeal): Committed {
  if (wordsOf(before) === wordsOf(appeal)) return { attemptId: before.attemptId, deliveryId: undefined };
  throw new Refusal('appealed_already', 'You appealed this result before, and a result may be appealed once. What you filed then stands.', {
    appealId: before.id,
  });
}

function wordsOf({ items, feeReference = null }: { items: readonly AppealedItem[]; feeReference?: string | null | undefined }): string {
  const inOrder = items.toSorted((one, other) => (one.itemId < other.itemId ? -1 : 1));
  return JSON.stringify([inOrder.map(({ itemId, reason, text }) => [itemId, reason, text]), feeReference]);
}

async function fileIn(tx: Transaction, context: ExamContext, { attempt, appeal }: { attempt: AttemptRecord; appeal: NewAppeal }): Promise<Committed> {
  const { attemptId, asOf } = attempt.facts;
  const { policy } = await context.examVersions.contentOf(attempt.examVersionId, tx);
  const { test, decision, items: appealable } = await appealableOf(tx, attempt, policy);
  const problems = [...problemsOf(appeal.items, appealable), ...feeProblems(appeal, policy)];
  if (problems.length > 0) throw new Refusal('appeal_invalid', 'The appeal cannot be filed like this. Nothing was changed.', { fields: problems });
  await refuseWhileElsewhere(tx, attempt);
  const at = new Date(asOf);
  const appealId = uuidv7();
  const items = appeal.items.map(({ itemId, reason, text }) => ({ itemId, reason, text }));
  const deadline = new Date(promisedAt(policy, test, asOf)).toISOString();
  const event = { type: 'appeal.filed', key: attemptId, data: { appealId, attemptId, test, decisionId: decision.id } } as const;
  const deliveryId = await commitFact(tx, { attemptId, fact: 'appealed', at }, [
    Prisma.sql`
      INSERT INTO appeal (id, attempt_id, test, decision_id, submission_id, items, fee_reference, filed_at)
      VALUES (${appealId}::uuid, ${attemptId}::uuid, ${test}, ${decision.id}::uuid, ${decision.submissionId}::uuid, ${JSON.stringify(items)}::jsonb,
        ${appeal.feeReference ?? null}, ${at})`,
    tidingsWrite({ attemptId, tidings: { kind: 'step', step: { kind: 'appeal_filed', appealId, test, deadline } } }, Prisma.sql`${at}::timestamptz`),
    ...eventWrites([event], at),
  ]);
  return { attemptId, deliveryId };
}

function problemsOf(items: readonly AppealedItem[], appealable: readonly ItemScore[]): readonly FieldProblem[] {
  return items.flatMap(({ itemId }, index) => {
    const path = `items[${index}].itemId`;
    if (items.slice(0, index).some((before) => before.itemId === itemId)) return [{ path, message: 'is appealed twice' }];
    if (!appealable.some((item) => item.itemId === itemId)) return [{ path, message: 'is nothing that a person marked below its full points' }];
    return [];
  });
}

function feeProblems({ feeReference }: NewAppeal, { appealFee }: Pick<Policy, 'appealFee'>): readonly FieldProblem[] {
  if ((feeReference !== undefined) === (appealFee === 'required')) return [];
  const message = appealFee === 'required' ? 'is missing: this exam asks for a fee' : 'is not asked for: this exam has no fee';
  return [{ path: 'feeReference', message }];
}

/** An appeal may bring its attempt back, and one attempt of an exam is open at a time. */
async function refuseWhileElsewhere(tx: Transaction, { candidateId, examId, facts }: AttemptRecord): Promise<void> {
  const [row] = await tx.$queryRaw<{ open: string | null; certificate: string | null }[]>`
    SELECT (SELECT id FROM attempt WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} AND outcome IS NULL LIMIT 1) AS open,
      (SELECT id FROM certificate WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} AND status <> 'revoked' LIMIT 1) AS certificate`;
  if (row?.open) {
    throw new Refusal(
      'attempt_already_open',
      'You have another attempt at this exam under way. Withdraw it first if you want to appeal this result.',
      {
        attemptId: row.open,
        appealed: facts.attemptId,
      },
    );
  }
  if (row?.certificate)
    throw new Refusal('already_certified', 'You hold a valid certificate of this exam: there is nothing that an appeal could change.');
}
