import { v7 as uuidv7 } from 'uuid';
import { examVersionName } from '../../domain/exam.ts';
import { percentAt, type Accommodation } from '../../domain/limit.ts';
import { Refusal } from '../../domain/refusal.ts';
import { stepOfRegistration } from '../../domain/step.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { accommodationsJson, passedSince } from '../attempt-rows.ts';
import { inIdempotentTransaction, isUniqueViolation, type IdempotencyKey, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import { eventWrites } from '../events/write.ts';
import { examNotPublished, type ExamContext } from '../exam-versions.ts';
import { deadlineOfNew } from '../limits.ts';
import { tidingsWrite } from '../tidings.ts';

type Registration = {
  readonly subject: string;
  /** As it goes on a certificate. */
  readonly name: string;
  /** Where notices are mailed as well, in which language (BCP 47). What is left out stays as it was. */
  readonly email?: string | undefined;
  readonly locale?: string | undefined;
  /** Of the IANA database. */
  readonly timeZone?: string | undefined;
  /** When the token was issued that tells this; whoever cannot say so takes the place of nothing that is known. */
  readonly toldAt?: Date | undefined;
  readonly examId: string;
};

/**
 * Registers a candidate for the newest version of an exam. An aptitude pass is carried over from a previous attempt
 * that failed at its case study, and one that a regrade made of a failed test, which nobody has gone on from. Refused while an attempt or an appeal is open, or a certificate is valid.
 */
export async function register(context: ExamContext, request: Registration & { idempotency?: IdempotencyKey | undefined }): Promise<Committed> {
  try {
    return await inIdempotentTransaction(context, request.idempotency, (tx) => registerIn(tx, context, request));
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw new Refusal('attempt_already_open', 'You have an attempt at this exam under way. Go on with that one, or withdraw it first.');
    }
    throw error;
  }
}

async function registerIn(tx: Transaction, { clock, examVersions }: ExamContext, { examId, ...person }: Registration): Promise<Committed> {
  const candidate = await upsertCandidate(tx, person, await clock());
  const history = await historyOf(tx, candidate.id, examId);
  const { examVersionId } = history;
  if (examVersionId === null) throw examNotPublished(examId);
  if (history.openAttemptId) {
    throw new Refusal('attempt_already_open', 'You have an attempt at this exam under way. Go on with that one, or withdraw it first.', {
      attemptId: history.openAttemptId,
    });
  }
  if (history.appealedAttemptId) {
    throw new Refusal('attempt_already_open', 'You appealed a result of this exam. Register once that is answered, or withdraw the appeal first.', {
      attemptId: history.appealedAttemptId,
    });
  }
  if (history.certificateId) throw new Refusal('already_certified', 'You hold a valid certificate of this exam.');
  const attemptId = uuidv7();
  const exam = await examVersions.contentOf(examVersionId, tx);
  const registeredAt = candidate.now.getTime();
  const aptitudeCarriedOver = history.carriedDecisionId !== null;
  const window = aptitudeCarriedOver ? 'offer' : 'start';
  const deadline = deadlineOfNew(exam.policy, window, { openedAt: registeredAt, accommodations: history.accommodations });
  const downloadBy = aptitudeCarriedOver ? deadline : null;
  const attempt = Prisma.sql`
    INSERT INTO attempt (id, candidate_id, exam_version_id, exam_id, accommodation_percent, registered_at, start_by, download_by, aptitude_decision_id, told)
    VALUES (${attemptId}::uuid, ${candidate.id}::uuid, ${examVersionId}::uuid, ${examId}, ${percentAt(history.accommodations, registeredAt)}, ${candidate.now}, ${deadline}, ${downloadBy}, ${history.carriedDecisionId}::uuid, true)`;
  const step = stepOfRegistration({ aptitudeCarriedOver, until: deadline.toISOString() });
  const tidings = tidingsWrite({ attemptId, tidings: { kind: 'step', step } }, Prisma.sql`${candidate.now}::timestamptz`);
  const told = eventWrites([{ type: 'attempt.registered', key: attemptId, data: { attemptId, examId } }], candidate.now);
  const deliveryId = await commitFact(tx, { attemptId, fact: 'registered', at: candidate.now }, [attempt, tidings, ...told]);
  const phase = aptitudeCarriedOver ? 'case_study_offered' : 'registered';
  return { attemptId, deliveryId, standing: { examVersion: examVersionName(exam), phase, until: deadline.getTime() } };
}

/** What a newer token tells takes the place of what is known, an older one fills gaps alone: registering again rolls nothing back. */
async function upsertCandidate(
  tx: Transaction,
  { subject, name, email, locale, timeZone, toldAt }: Omit<Registration, 'examId'>,
  now: Prisma.Sql,
): Promise<{ id: string; now: Date }> {
  const isOlder = Prisma.sql`candidate.told_at > coalesce(excluded.told_at, '-infinity')`;
  const newest = (column: string) => {
    const [told, known] = [Prisma.raw(`excluded.${column}`), Prisma.raw(`candidate.${column}`)];
    return Prisma.sql`CASE WHEN ${isOlder} THEN coalesce(${known}, ${told}) ELSE coalesce(${told}, ${known}) END`;
  };
  const [candidate] = await tx.$queryRaw<{ id: string; now: Date }[]>`
    INSERT INTO candidate (id, subject, name, email, locale, time_zone, told_at, created_at)
    VALUES (${uuidv7()}::uuid, ${subject}, ${name}, ${email ?? null}, ${locale ?? null}, ${timeZone ?? null}, ${toldAt ?? null}, ${now})
    ON CONFLICT (subject) DO UPDATE SET name = ${newest('name')}, email = ${newest('email')}, locale = ${newest('locale')},
      time_zone = ${newest('time_zone')}, told_at = greatest(candidate.told_at, excluded.told_at)
    RETURNING id, ${now} AS now`;
  if (!candidate) throw new TypeError('an upsert returns its row');
  return candidate;
}

type History = {
  /** The newest of the exam that is not retired. */
  readonly examVersionId: string | null;
  readonly openAttemptId: string | null;
  /** Its appeal is open, and may bring it back. */
  readonly appealedAttemptId: string | null;
  readonly certificateId: string | null;
  readonly carriedDecisionId: string | null;
  readonly accommodations: readonly Accommodation[];
};

/** What a new registration depends on: the exam's newest version, an open attempt or appeal, a valid certificate, a pass to carry over, accommodations. */
async function historyOf(tx: Transaction, candidateId: string, examId: string): Promise<History> {
  const [row] = await tx.$queryRaw<
    {
      exam_version: string | null;
      open: string | null;
      appealed: string | null;
      certificate: string | null;
      carried: string | null;
      accommodations: readonly Accommodation[] | null;
    }[]
  >`
    SELECT
      (SELECT v.id FROM exam_version v WHERE v.exam_id = ${examId} AND NOT EXISTS (SELECT 1 FROM exam_retirement r WHERE r.exam_version_id = v.id)
       ORDER BY v.version DESC LIMIT 1) AS exam_version,
      (SELECT id FROM attempt WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} AND outcome IS NULL) AS open,
      (SELECT a.id FROM attempt a JOIN appeal q ON q.attempt_id = a.id AND q.state = 'open'
       WHERE a.candidate_id = ${candidateId}::uuid AND a.exam_id = ${examId} LIMIT 1) AS appealed,
      (SELECT id FROM certificate WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} AND status <> 'revoked') AS certificate,
      coalesce(
        (SELECT CASE WHEN outcome = 'failed' THEN aptitude_decision_id END
         FROM attempt WHERE candidate_id = ${candidateId}::uuid AND exam_id = ${examId} ORDER BY id DESC LIMIT 1),
        (SELECT since.id FROM attempt a CROSS JOIN LATERAL (${passedSince}) since
         WHERE a.candidate_id = ${candidateId}::uuid AND a.exam_id = ${examId} ORDER BY since.id DESC LIMIT 1)) AS carried,
      ${accommodationsJson({ candidateId: Prisma.sql`${candidateId}::uuid`, examId: Prisma.sql`${examId}` })} AS accommodations`;
  return {
    examVersionId: row?.exam_version ?? null,
    openAttemptId: row?.open ?? null,
    appealedAttemptId: row?.appealed ?? null,
    certificateId: row?.certificate ?? null,
    carriedDecisionId: row?.carried ?? null,
    accommodations: row?.accommodations ?? [],
  };
}
