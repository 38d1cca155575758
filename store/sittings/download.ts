import { randomInt } from 'node:crypto';
import { phaseOf } from '../../domain/attempt.ts';
import { Refusal } from '../../domain/refusal.ts';
import { lockAttempt, type AttemptRecord } from '../attempt-rows.ts';
import type { CandidateRequest, Transaction } from '../context.ts';
import { commitFact } from '../deliveries.ts';
import type { ExamContext } from '../exam-versions.ts';
import { newSitting, startOnce, type Started } from './start.ts';

/**
 * Hands out the case study and starts its clock: one of those that the candidate has not seen, at random; all seen,
 * the one seen longest ago. A repeat gets the same case study and the same clock.
 */
export function downloadCaseStudy(context: ExamContext, { attemptId, subject, idempotency }: CandidateRequest): Promise<Started> {
  return startOnce(context, idempotency, async (tx) => {
    const record = await lockAttempt(tx, context.clock, { attemptId, subject });
    const { facts } = record;
    if (facts.sittings.case_study) return { attemptId, deliveryId: undefined };
    const phase = phaseOf(facts);
    if (phase !== 'case_study_offered') throw new Refusal('wrong_phase', `There is no case study to download: the attempt is ${phase}.`, { phase });
    if (facts.downloadBy === null || facts.asOf >= facts.downloadBy)
      throw new Refusal('deadline_passed', 'The time to download the case study has passed. Register again.');
    const caseStudyId = await caseStudyFor(tx, context, record);
    const { insert, after } = await newSitting(tx, context, { record, test: 'case_study', caseStudyId });
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'downloaded', at: new Date(facts.asOf) }, [insert]), record: after };
  });
}

async function caseStudyFor(tx: Transaction, { examVersions }: ExamContext, record: AttemptRecord): Promise<string> {
  const exam = await examVersions.contentOf(record.examVersionId, tx);
  const seen = await tx.$queryRaw<{ caseStudyId: string }[]>`
    SELECT s.case_study_id AS "caseStudyId" FROM attempt a JOIN sitting s ON s.attempt_id = a.id
    WHERE a.candidate_id = ${record.candidateId}::uuid AND a.exam_id = ${record.examId} AND s.case_study_id IS NOT NULL ORDER BY s.started_at`;
  return pickCaseStudy(
    exam.caseStudies.map((caseStudy) => caseStudy.id),
    seen.map((row) => row.caseStudyId),
  );
}

/** Unseen ones at random; all seen, the one whose last sight lies longest back. `seen` is oldest first. */
export function pickCaseStudy(caseStudyIds: readonly string[], seen: readonly string[]): string {
  const unseen = caseStudyIds.filter((id) => !seen.includes(id));
  const pick = unseen.length > 0 ? unseen[randomInt(unseen.length)] : caseStudyIds.toSorted((a, b) => seen.lastIndexOf(a) - seen.lastIndexOf(b))[0];
  if (pick === undefined) throw new RangeError('an exam has at least one case study');
  return pick;
}
