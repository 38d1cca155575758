import { v7 as uuidv7 } from 'uuid';
import { phaseOf } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { deadlineOfNew } from '../limits.ts';
import { lockAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { inIdempotentTransaction, type CandidateRequest, type IdempotencyKey, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import type { ExamContext } from '../exam-versions.ts';
import type { RememberExam } from './exam-look-up.ts';

export type SittingContext = ExamContext & { readonly rememberExam: RememberExam };

/** A test that was started; with the attempt as it stands then, where that was now. */
export type Started = Committed & { readonly record?: AttemptRecord };

/** Starts the aptitude test: the clock runs from PostgreSQL's now. A repeat gets the same sitting. */
export function startAptitudeTest(context: SittingContext, { attemptId, subject, idempotency }: CandidateRequest): Promise<Started> {
  return startOnce(context, idempotency, async (tx) => {
    const record = await lockAttempt(tx, context.clock, { attemptId, subject });
    const { facts } = record;
    context.rememberExam(record);
    if (facts.sittings.aptitude) return { attemptId, deliveryId: undefined };
    const phase = phaseOf(facts);
    if (phase !== 'registered') throw new Refusal('wrong_phase', `The aptitude test cannot be started: the attempt is ${phase}.`, { phase });
    if (facts.asOf >= facts.startBy)
      throw new Refusal('deadline_passed', 'The time to start this attempt has passed. Register again.', {
        deadline: new Date(facts.startBy).toISOString(),
      });
    const { insert, after } = await newSitting(tx, context, { record, test: 'aptitude', caseStudyId: null });
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'started', at: new Date(facts.asOf) }, [insert]), record: after };
  });
}

/** What an Idempotency-Key keeps is what was committed: a repeat reads where the attempt stands by then. */
export async function startOnce(
  context: ExamContext,
  idempotency: IdempotencyKey | undefined,
  start: (tx: Transaction) => Promise<Started>,
): Promise<Started> {
  let started: AttemptRecord | undefined;
  const committed = await inIdempotentTransaction(context, idempotency, async (tx): Promise<Committed> => {
    const { record, ...fact } = await start(tx);
    started = record;
    return fact;
  });
  return started ? { ...committed, record: started } : committed;
}

/** A test that starts now, by the clock that the record was read with, and the record after. */
export async function newSitting(
  tx: Transaction,
  { examVersions }: ExamContext,
  { record, test, caseStudyId }: { record: AttemptRecord; test: Test; caseStudyId: string | null },
): Promise<{ insert: Prisma.Sql; after: AttemptRecord }> {
  const { facts } = record;
  const { attemptId, asOf } = facts;
  const { policy } = await examVersions.contentOf(record.examVersionId, tx);
  const deadline = deadlineOfNew(policy, test, { openedAt: asOf, accommodations: record.accommodations });
  const sittingId = uuidv7();
  const insert = Prisma.sql`
    INSERT INTO sitting (id, attempt_id, test, started_at, deadline, case_study_id)
    VALUES (${sittingId}::uuid, ${attemptId}::uuid, ${test}, ${new Date(asOf)}, ${deadline}, ${caseStudyId})`;
  const sitting = { sittingId, round: 1, startedAt: asOf, deadline: deadline.getTime(), frozenAt: null, submissionId: null };
  const sittings = { ...facts.sittings, [test]: sitting };
  return { insert, after: { ...record, caseStudyId, facts: { ...facts, sittings, assignments: { opened: 0, completed: 0 } } } };
}
