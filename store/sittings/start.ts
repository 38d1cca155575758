import { v7 as uuidv7 } from 'uuid';
import { phaseOf } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { deadlineOfNew } from '../limits.ts';
import { lockAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { inIdempotentTransaction, type CandidateRequest, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import type { ExamContext } from '../exam-versions.ts';

/** Starts the aptitude test: the clock runs from PostgreSQL's now. A repeat gets the same sitting. */
export function startAptitudeTest(context: ExamContext, { attemptId, subject, idempotency }: CandidateRequest): Promise<Committed> {
  return inIdempotentTransaction(context, idempotency, async (tx) => {
    const record = await lockAttempt(tx, context.clock, { attemptId, subject });
    const { facts } = record;
    if (facts.sittings.aptitude) return { attemptId, deliveryId: undefined };
    const phase = phaseOf(facts);
    if (phase !== 'registered') throw new Refusal('wrong_phase', `The aptitude test cannot be started: the attempt is ${phase}.`, { phase });
    if (facts.asOf >= facts.startBy)
      throw new Refusal('deadline_passed', 'The time to start this attempt has passed. Register again.', {
        deadline: new Date(facts.startBy).toISOString(),
      });
    const sitting = await insertSitting(tx, context, { record, test: 'aptitude', caseStudyId: null });
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'started', at: new Date(facts.asOf) }, [sitting]) };
  });
}

/** A test that starts now, by the clock that the record was read with. */
export async function insertSitting(
  tx: Transaction,
  { examVersions }: ExamContext,
  { record, test, caseStudyId }: { record: AttemptRecord; test: Test; caseStudyId: string | null },
): Promise<Prisma.Sql> {
  const { attemptId, asOf } = record.facts;
  const { policy } = await examVersions.contentOf(record.examVersionId, tx);
  const deadline = deadlineOfNew(policy, test, { openedAt: asOf, accommodations: record.accommodations });
  return Prisma.sql`
    INSERT INTO sitting (id, attempt_id, test, started_at, deadline, case_study_id)
    VALUES (${uuidv7()}::uuid, ${attemptId}::uuid, ${test}, ${new Date(asOf)}, ${deadline}, ${caseStudyId})`;
}
