import { createHash, randomInt } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import { deadlineOf, phaseOf } from '../../domain/attempt.ts';
import type { NewEvent } from '../../domain/events.ts';
import type { ExamContent, Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { problemOfResponse, type ResponseProblem, type ResponseValue } from '../../domain/response.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { attemptNotFound, lockAttempt, readAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import type { Committed } from '../attempts/attempts.ts';
import {
  inIdempotentTransaction,
  inTransaction,
  writeTogether,
  type CandidateRequest,
  type IdempotencyKey,
  type StoreContext,
  type Transaction,
} from '../context.ts';
import { commitFact } from '../deliveries.ts';
import { eventWrites } from '../events/events.ts';
import type { ExamVersionStore } from '../exam-versions.ts';

export type SavedResponse = { readonly itemId: string; readonly value: ResponseValue; readonly sequence: number; readonly savedAt: Date };

export type FrozenRecord = {
  readonly submissionId: string;
  readonly test: Test;
  readonly round: number;
  readonly cause: 'submitted' | 'timed_out';
  readonly contentHash: string;
  /** ISO 8601, UTC. */
  readonly submittedAt: string;
  readonly receipt: string;
};

export type FreezeResult =
  | { readonly kind: 'frozen'; readonly submission: FrozenRecord | null; readonly deliveryId: string | undefined }
  /** PostgreSQL's clock has not reached the stored deadline. */
  | { readonly kind: 'too_early'; readonly deadline: string };

export const RESPONSE_PROBLEMS: Readonly<Record<ResponseProblem, string>> = {
  unknown_item: 'is not an item of this test',
  expected_choices: 'must be a list of choice identifiers',
  expected_text: 'must be text',
  choice_not_offered: 'names a choice that this item does not offer',
  choice_repeated: 'names a choice twice',
  text_too_long: 'is too long: 20,000 characters at most',
};

/** The attempts whose exam version this process knows; the pairing never changes, so only memory bounds it. */
const EXAM_BY_ATTEMPT_MAX = 50_000;

/** Sittings: starting a test, autosave, the one freeze, the case study's download, reopening. */
export function createSittingStore(context: StoreContext, examVersions: ExamVersionStore) {
  const { clock, prisma, receipts } = context;
  const examVersionByAttempt = new Map<string, string>();

  async function examOf(attemptId: string): Promise<ExamContent> {
    const known = examVersionByAttempt.get(attemptId);
    if (known) return examVersions.contentOf(known);
    const attempt = await prisma.attempt.findUnique({ where: { id: attemptId }, select: { examVersionId: true } });
    if (!attempt) throw attemptNotFound();
    if (examVersionByAttempt.size >= EXAM_BY_ATTEMPT_MAX) examVersionByAttempt.clear();
    examVersionByAttempt.set(attemptId, attempt.examVersionId);
    return examVersions.contentOf(attempt.examVersionId);
  }

  type Locked = { id: string; round: number; deadline: Date; frozen_at: Date | null; now: Date; settled: boolean };

  /** The one freeze (design, section 7): under the sitting's exclusive lock, which every autosave shares. */
  async function freezeIn(
    tx: Transaction,
    request: { attemptId: string; subject?: string; test: Test; cause: 'submitted' | 'timed_out'; deliver: boolean },
  ): Promise<FreezeResult> {
    const { attemptId, subject, test } = request;
    const [sitting] = await tx.$queryRaw<Locked[]>`
      SELECT s.id, s.round, s.deadline, s.frozen_at, ${await clock()} AS now
      FROM sitting s JOIN attempt a ON a.id = s.attempt_id JOIN candidate c ON c.id = a.candidate_id
      WHERE s.attempt_id = ${attemptId}::uuid AND s.test = ${test} ${subject === undefined ? Prisma.empty : Prisma.sql`AND c.subject = ${subject}`}
      FOR UPDATE OF s`;
    if (!sitting) {
      await readAttempt(tx, clock, { attemptId, subject }); // refuses what is absent or not theirs
      throw new Refusal('wrong_phase', 'This test has not been started.');
    }
    if (sitting.frozen_at) return { kind: 'frozen', submission: await submissionOf(tx, sitting, test), deliveryId: undefined };
    const late = sitting.now >= sitting.deadline;
    if (request.cause === 'timed_out' && !late) return { kind: 'too_early', deadline: sitting.deadline.toISOString() };

    const cause = late ? 'timed_out' : 'submitted';
    const submittedAt = late ? sitting.deadline : sitting.now;
    const content = test === 'aptitude' ? await frozenResponses(tx, sitting.id) : await latestUpload(tx, sitting.id);
    if (!content && cause === 'submitted') {
      throw new Refusal(
        'nothing_to_submit',
        'There is no complete upload to submit. Upload your solution first; a file that is cut off can be resumed.',
      );
    }
    const submission = content ? await signSubmission({ ...content, attemptId, test, sitting, cause, submittedAt }) : null;
    const writes = [
      ...(submission && content ? [insertSubmission(submission, { ...content, sittingId: sitting.id })] : []),
      Prisma.sql`UPDATE sitting SET frozen_at = ${submittedAt} WHERE id = ${sitting.id}::uuid`,
      ...(submission ? eventWrites([submittedEvent(attemptId, submission)], sitting.now) : []),
    ];
    if (request.deliver)
      return { kind: 'frozen', submission, deliveryId: await commitFact(tx, { attemptId, fact: 'submitted', at: sitting.now }, writes) };
    await writeTogether(tx, writes);
    return { kind: 'frozen', submission, deliveryId: undefined };
  }

  function submittedEvent(attemptId: string, { test, round, submissionId, contentHash }: FrozenRecord): NewEvent {
    return { type: 'attempt.submitted', key: attemptId, data: { attemptId, test, round, submissionId, contentHash } };
  }

  type Content = { contentHash: string; content?: Prisma.InputJsonObject; uploadId?: string };

  async function signSubmission(
    frozen: Content & { attemptId: string; test: Test; sitting: Locked; cause: 'submitted' | 'timed_out'; submittedAt: Date },
  ): Promise<FrozenRecord> {
    const { attemptId, test, sitting, cause, contentHash } = frozen;
    const signed = { submissionId: uuidv7(), test, round: sitting.round, cause, contentHash, submittedAt: frozen.submittedAt.toISOString() };
    return { ...signed, receipt: await receipts.sign({ attemptId, ...signed }) };
  }

  function insertSubmission(submission: FrozenRecord, { content, uploadId, sittingId }: Content & { sittingId: string }): Prisma.Sql {
    const { submissionId, round, cause, contentHash, submittedAt, receipt } = submission;
    return Prisma.sql`
      INSERT INTO submission (id, sitting_id, round, cause, content_hash, content, upload_id, submitted_at, receipt)
      VALUES (${submissionId}::uuid, ${sittingId}::uuid, ${round}, ${cause}, ${contentHash}, ${content === undefined ? null : JSON.stringify(content)}::jsonb,
        ${uploadId ?? null}::uuid, ${new Date(submittedAt)}, ${receipt})`;
  }

  /** Why a response was not saved; a repeat of the newest answer is acknowledged again. */
  async function explainUnsaved(
    { attemptId, subject, itemId, value, sequence }: { attemptId: string; subject: string; itemId: string; value: ResponseValue; sequence: number },
    problem: ResponseProblem | undefined,
  ): Promise<{ sequence: number; savedAt: Date }> {
    const { facts } = await readAttempt(prisma, clock, { attemptId, subject });
    if (problem) {
      throw new Refusal('response_invalid', `"${itemId}" ${RESPONSE_PROBLEMS[problem]}.`, {
        fields: [{ path: problem === 'unknown_item' ? 'itemId' : 'value', message: RESPONSE_PROBLEMS[problem] }],
      });
    }
    const sitting = facts.sittings.aptitude;
    if (!sitting) throw new Refusal('wrong_phase', 'The aptitude test has not been started.', { phase: phaseOf(facts) });
    if (facts.outcome === 'withdrawn') throw new Refusal('wrong_phase', 'The attempt is withdrawn.', { phase: 'withdrawn' });
    const late = sitting.frozenAt === null && facts.asOf >= sitting.deadline;
    if (late || sitting.frozenAt === sitting.deadline) {
      if (late) await inTransaction(context, (tx) => freezeIn(tx, { attemptId, test: 'aptitude', cause: 'timed_out', deliver: true }));
      throw new Refusal('deadline_passed', 'The time is up. What was saved in time has been submitted.', {
        deadline: new Date(sitting.deadline).toISOString(),
      });
    }
    if (sitting.frozenAt !== null)
      throw new Refusal('wrong_phase', 'The test is submitted: answers can no longer change.', { phase: phaseOf(facts) });
    const current = await prisma.response.findUniqueOrThrow({ where: { sittingId_itemId: { sittingId: sitting.sittingId, itemId } } });
    if (current.sequence === sequence && canonicalize(current.value) === canonicalize(value)) return { sequence, savedAt: current.savedAt };
    throw new Refusal('stale_sequence', 'A newer answer is saved already, perhaps from another tab or device.', {
      current: { value: current.value, sequence: current.sequence, savedAt: current.savedAt.toISOString() },
    });
  }

  return {
    examOf,

    /** Starts the aptitude test: the clock runs from PostgreSQL's now. A repeat gets the same sitting. */
    start({ attemptId, subject, idempotency }: CandidateRequest): Promise<Committed> {
      return inIdempotentTransaction(context, idempotency, async (tx) => {
        const record = await lockAttempt(tx, clock, { attemptId, subject });
        const { facts } = record;
        if (facts.sittings.aptitude) return { attemptId, deliveryId: undefined };
        const phase = phaseOf(facts);
        if (phase !== 'registered') throw new Refusal('wrong_phase', `The aptitude test cannot be started: the attempt is ${phase}.`, { phase });
        if (facts.asOf >= facts.startBy)
          throw new Refusal('deadline_passed', 'The time to start this attempt has passed. Register again.', {
            deadline: new Date(facts.startBy).toISOString(),
          });
        const sitting = await insertSitting(tx, record, { test: 'aptitude', caseStudyId: null });
        return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'started', at: new Date(facts.asOf) }, [sitting]) };
      });
    },

    /**
     * Hands out the case study and starts its clock: one of those that the candidate has not seen, at random; all seen,
     * the one seen longest ago. A repeat gets the same case study and the same clock.
     */
    download({ attemptId, subject, idempotency }: CandidateRequest): Promise<Committed> {
      return inIdempotentTransaction(context, idempotency, async (tx) => {
        const record = await lockAttempt(tx, clock, { attemptId, subject });
        const { facts } = record;
        if (facts.sittings.case_study) return { attemptId, deliveryId: undefined };
        const phase = phaseOf(facts);
        if (phase !== 'case_study_offered')
          throw new Refusal('wrong_phase', `There is no case study to download: the attempt is ${phase}.`, { phase });
        if (facts.downloadBy === null || facts.asOf >= facts.downloadBy)
          throw new Refusal('deadline_passed', 'The time to download the case study has passed. Register again.');
        const exam = await examVersions.contentOf(record.examVersionId, tx);
        const seen = await tx.sitting.findMany({
          where: { caseStudyId: { not: null }, attempt: { candidateId: record.candidateId, examId: record.examId } },
          orderBy: { startedAt: 'asc' },
          select: { caseStudyId: true },
        });
        const caseStudyId = pickCaseStudy(
          exam.caseStudies.map((caseStudy) => caseStudy.id),
          seen.flatMap((row) => row.caseStudyId ?? []),
        );
        const sitting = await insertSitting(tx, record, { test: 'case_study', caseStudyId });
        return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'downloaded', at: new Date(facts.asOf) }, [sitting]) };
      });
    },

    /**
     * Saves the current answer to one item: one statement that shares the sitting's lock with nothing but other saves, so
     * that a freeze either holds the answer or refuses it. Refused when a later sequence number is saved already.
     */
    async saveResponse(request: {
      attemptId: string;
      subject: string;
      itemId: string;
      value: ResponseValue;
      sequence: number;
    }): Promise<{ sequence: number; savedAt: Date }> {
      const { attemptId, subject, itemId, value, sequence } = request;
      const exam = await examOf(attemptId);
      const problem = problemOfResponse(
        exam.items.find((item) => item.id === itemId),
        value,
      );
      const now = await clock();
      const rows = problem
        ? []
        : await prisma.$queryRaw<{ saved_at: Date }[]>`
            WITH open AS (
              SELECT s.id FROM sitting s JOIN attempt a ON a.id = s.attempt_id JOIN candidate c ON c.id = a.candidate_id
              WHERE s.attempt_id = ${attemptId}::uuid AND s.test = 'aptitude' AND c.subject = ${subject}
                AND s.frozen_at IS NULL AND s.deadline > ${now}
              FOR SHARE OF s
            )
            INSERT INTO response (sitting_id, item_id, value, sequence, saved_at)
            SELECT id, ${itemId}, ${JSON.stringify(value)}::jsonb, ${sequence}, ${now} FROM open
            ON CONFLICT (sitting_id, item_id) DO UPDATE
              SET value = excluded.value, sequence = excluded.sequence, saved_at = excluded.saved_at
              WHERE response.sequence < excluded.sequence
            RETURNING saved_at`;
      const [saved] = rows;
      if (saved) return { sequence, savedAt: saved.saved_at };
      return explainUnsaved(request, problem);
    },

    /** The answers saved so far, by item. */
    async responses(sittingId: string): Promise<readonly SavedResponse[]> {
      const rows = await prisma.response.findMany({ where: { sittingId }, orderBy: { itemId: 'asc' } });
      return rows.map(({ itemId, value, sequence, savedAt }) => ({ itemId, value: value as ResponseValue, sequence, savedAt }));
    },

    /** The candidate hands in. Submitting again gives the same submission; past the deadline it is what was saved in time. */
    submit({
      attemptId,
      subject,
      test,
      idempotency,
    }: {
      attemptId: string;
      subject: string;
      test: Test;
      idempotency?: IdempotencyKey | undefined;
    }): Promise<FreezeResult> {
      return inIdempotentTransaction(context, idempotency, (tx) => freezeIn(tx, { attemptId, subject, test, cause: 'submitted', deliver: true }));
    },

    /** The time-out, by the workflow's timer. Needs no delivery: the workflow itself asked. */
    freezeAtTimeOut: ({ attemptId, test }: { attemptId: string; test: Test }): Promise<FreezeResult> =>
      inTransaction(context, (tx) => freezeIn(tx, { attemptId, test, cause: 'timed_out', deliver: false })),

    /** Every submission of an attempt, oldest first. */
    async submissions(attemptId: string): Promise<readonly FrozenRecord[]> {
      const rows = await prisma.submission.findMany({
        where: { sitting: { attemptId } },
        include: { sitting: true },
        orderBy: { submittedAt: 'asc' },
      });
      return rows.map((row) => frozenRecord(row, row.sitting.test as Test));
    },

    /** Staff let the candidate go on with a frozen test, until its decision. Assignments still open are void; marks stay. */
    reopen({
      attemptId,
      test,
      deadline,
      ...act
    }: AuditedAct & { attemptId: string; test: Test; deadline: Date }): Promise<{ round: number; deadline: Date }> {
      return inTransaction(context, async (tx) => {
        const { facts } = await lockAttempt(tx, clock, { attemptId });
        const sitting = facts.sittings[test];
        const at = new Date(facts.asOf);
        if (!sitting || phaseOf(facts) !== `${test}_grading`) {
          const before = sitting && (await tx.auditEntry.findUnique({ where: { actionKey: act.actionKey } }));
          if (before) return { round: sitting.round, deadline: new Date(sitting.deadline) };
          throw new Refusal('wrong_phase', `The ${test} test is not being graded.`, { phase: phaseOf(facts) });
        }
        if (deadline <= at) throw new Refusal('deadline_not_later', 'The new deadline must be in the future.');
        if (
          !(await recordAct(tx, act, { attemptId, action: 'reopen', details: { test, round: sitting.round, deadline: deadline.toISOString() }, at }))
        ) {
          return { round: sitting.round, deadline: new Date(sitting.deadline) };
        }
        await tx.assignment.updateMany({
          where: { state: 'open', submission: { sittingId: sitting.sittingId } },
          data: { state: 'void', holder: null, leaseExpiresAt: null },
        });
        const { round } = await tx.sitting.update({
          where: { id: sitting.sittingId },
          data: { round: { increment: 1 }, frozenAt: null, deadline },
          select: { round: true },
        });
        return { round, deadline };
      });
    },
  };

  /** A test that starts now, by the clock that the record was read with. */
  async function insertSitting(
    tx: Transaction,
    record: AttemptRecord,
    { test, caseStudyId }: { test: Test; caseStudyId: string | null },
  ): Promise<Prisma.Sql> {
    const { attemptId, asOf } = record.facts;
    const { policy } = await examVersions.contentOf(record.examVersionId, tx);
    const deadline = new Date(deadlineOf(policy, test, asOf, record.accommodationPercent));
    return Prisma.sql`
      INSERT INTO sitting (id, attempt_id, test, started_at, deadline, case_study_id)
      VALUES (${uuidv7()}::uuid, ${attemptId}::uuid, ${test}, ${new Date(asOf)}, ${deadline}, ${caseStudyId})`;
  }
}

/** Unseen ones at random; all seen, the one whose last sight lies longest back. `seen` is oldest first. */
export function pickCaseStudy(caseStudyIds: readonly string[], seen: readonly string[]): string {
  const unseen = caseStudyIds.filter((id) => !seen.includes(id));
  const pick = unseen.length > 0 ? unseen[randomInt(unseen.length)] : caseStudyIds.toSorted((a, b) => seen.lastIndexOf(a) - seen.lastIndexOf(b))[0];
  if (pick === undefined) throw new RangeError('an exam has at least one case study');
  return pick;
}

async function frozenResponses(tx: Transaction, sittingId: string) {
  const rows = await tx.response.findMany({ where: { sittingId }, select: { itemId: true, value: true } });
  const content = Object.fromEntries(rows.map((row) => [row.itemId, row.value])) as Prisma.InputJsonObject;
  return {
    content,
    contentHash: `sha-256:${createHash('sha256')
      .update(canonicalize(content) ?? '')
      .digest('hex')}`,
  };
}

async function latestUpload(tx: Transaction, sittingId: string) {
  const upload = await tx.upload.findFirst({ where: { sittingId, completedAt: { not: null } }, orderBy: [{ completedAt: 'desc' }, { id: 'desc' }] });
  return upload ? { uploadId: upload.id, contentHash: `sha-256:${upload.declaredSha256}` } : undefined;
}

async function submissionOf(tx: Transaction, sitting: { id: string; round: number }, test: Test): Promise<FrozenRecord | null> {
  const row = await tx.submission.findUnique({ where: { sittingId_round: { sittingId: sitting.id, round: sitting.round } } });
  return row ? frozenRecord(row, test) : null;
}

function frozenRecord(
  row: { id: string; round: number; cause: string; contentHash: string; submittedAt: Date; receipt: string },
  test: Test,
): FrozenRecord {
  return {
    submissionId: row.id,
    test,
    round: row.round,
    cause: row.cause as FrozenRecord['cause'],
    contentHash: row.contentHash,
    submittedAt: row.submittedAt.toISOString(),
    receipt: row.receipt,
  };
}
