import { v4 as randomUuid, v7 as uuidv7 } from 'uuid';
import { deadlineOf } from '../domain/attempt.ts';
import type { Test } from '../domain/exam.ts';
import type { FeedbackEntry } from '../domain/feedback.ts';
import { nextStepAfter } from '../domain/grading.ts';
import type { ItemScore } from '../domain/reconciliation.ts';
import { Refusal } from '../domain/refusal.ts';
import { certificateBasisPoints, shownBasisPoints, type Score } from '../domain/score.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { lockAttempt, type AttemptRecord } from './attempt-rows.ts';
import { inTransaction, writeTogether, type StoreContext, type Transaction } from './context.ts';
import type { ExamVersionStore } from './exam-versions.ts';

export type DecisionToPublish = {
  readonly attemptId: string;
  readonly test: Test;
  readonly round: number;
  readonly submissionId: string | null;
  readonly passed: boolean;
  readonly score: Score;
  readonly items: readonly ItemScore[];
  /** Set where the attempt ends without marks. */
  readonly reason?: string;
};

/** `reopened` and `settled`: staff took the submission back, or ended the attempt, before the decision. */
export type PublishResult = 'published' | 'reopened' | 'settled';

/** Decisions and what becomes of them: publication in one transaction, feedback, the certificate, notices. */
export function createDecisionStore(context: StoreContext, examVersions: ExamVersionStore) {
  const { prisma, clock } = context;

  async function publishIn(tx: Transaction, decision: DecisionToPublish): Promise<PublishResult> {
    const { attemptId, test, round } = decision;
    const attempt = await lockAttempt(tx, clock, { attemptId });
    const { facts } = attempt;
    const now = new Date(facts.asOf);
    const decisionId = uuidv7();
    if (facts.outcome === null && facts.sittings[test]?.round !== round) return 'reopened';
    if (facts.outcome !== null || (test === 'aptitude' && facts.aptitudePassed)) {
      const before = await tx.decision.findUnique({
        where: { attemptId_test_gradingRound: { attemptId, test, gradingRound: round } },
        select: { id: true },
      });
      return before ? 'published' : 'settled';
    }
    await writeTogether(tx, [insertDecision(decision, { decisionId, at: now }), ...(await consequences(tx, attempt, decision, decisionId))]);
    return 'published';
  }

  /** What becomes of the attempt by a decision. */
  async function consequences(
    tx: Transaction,
    attempt: AttemptRecord,
    decision: DecisionToPublish,
    decisionId: string,
  ): Promise<readonly Prisma.Sql[]> {
    const { attemptId, asOf } = attempt.facts;
    const now = new Date(asOf);
    switch (nextStepAfter(decision.test, decision.passed)) {
      case 'offer_case_study': {
        const { policy } = await examVersions.contentOf(attempt.examVersionId, tx);
        const downloadBy = new Date(deadlineOf(policy, 'offer', asOf, attempt.accommodationPercent));
        return [Prisma.sql`UPDATE attempt SET aptitude_decision_id = ${decisionId}::uuid, download_by = ${downloadBy} WHERE id = ${attemptId}::uuid`];
      }
      case 'certify':
        return [
          await insertCertificate(tx, attempt, decision.score),
          Prisma.sql`UPDATE attempt SET outcome = 'certified', settled_at = ${now} WHERE id = ${attemptId}::uuid`,
        ];
      case 'fail': {
        const outcomeReason = decision.reason ?? `${decision.test === 'aptitude' ? 'aptitude test' : 'case study'} not passed`;
        return [
          Prisma.sql`UPDATE attempt SET outcome = 'failed', outcome_reason = ${outcomeReason}, settled_at = ${now} WHERE id = ${attemptId}::uuid`,
        ];
      }
    }
  }

  /** The natural key is the attempt: a repeat cannot issue a second certificate. */
  async function insertCertificate(tx: Transaction, attempt: AttemptRecord, caseStudy: Score): Promise<Prisma.Sql> {
    const aptitude = await tx.decision.findUniqueOrThrow({ where: { id: attempt.aptitudeDecisionId ?? '' } });
    const { candidateId, examId, candidateName, facts } = attempt;
    return Prisma.sql`
      INSERT INTO certificate (id, attempt_id, candidate_id, exam_id, name, basis_points, issued_at)
      VALUES (${randomUuid()}::uuid, ${facts.attemptId}::uuid, ${candidateId}::uuid, ${examId}, ${candidateName}, ${certificateBasisPoints(aptitude, caseStudy)}, ${new Date(facts.asOf)})`;
  }

  return {
    /** Publishes a decision once per attempt, test and round: result, offer or outcome, and certificate, all or nothing. */
    publish: (decision: DecisionToPublish): Promise<PublishResult> => inTransaction(context, (tx) => publishIn(tx, decision)),

    /** Nothing was handed in by the deadline: failed, with no points of those there were. */
    async publishNotSubmitted({ attemptId, test, round }: { attemptId: string; test: Test; round: number }): Promise<PublishResult> {
      return inTransaction(context, async (tx) => {
        const attempt = await lockAttempt(tx, clock, { attemptId });
        const exam = await examVersions.contentOf(attempt.examVersionId, tx);
        const rubric = exam.caseStudies.find((caseStudy) => caseStudy.id === attempt.caseStudyId)?.rubric ?? [];
        const items = rubric.map((criterion): ItemScore => ({
          itemId: criterion.id,
          millipoints: 0,
          millipointsMax: criterion.millipoints,
          basis: 'blank',
        }));
        const millipointsMax = items.reduce((sum, item) => sum + item.millipointsMax, 0);
        return publishIn(tx, {
          attemptId,
          test,
          round,
          submissionId: null,
          passed: false,
          score: { millipoints: 0, millipointsMax },
          items,
          reason: 'not submitted',
        });
      });
    },

    /** Keeps the feedback of a decision to come; candidates see it once that is published. A repeat replaces it. */
    async keepFeedback({
      attemptId,
      test,
      round,
      entries,
    }: {
      attemptId: string;
      test: Test;
      round: number;
      entries: readonly FeedbackEntry[];
    }): Promise<void> {
      const content = JSON.stringify(entries);
      await prisma.$executeRaw`
        INSERT INTO feedback (attempt_id, test, grading_round, entries, composed_at)
        VALUES (${attemptId}::uuid, ${test}, ${round}, ${content}::jsonb, ${await clock()})
        ON CONFLICT (attempt_id, test, grading_round) DO UPDATE SET entries = excluded.entries, composed_at = excluded.composed_at`;
    },

    /** The reasons that graders gave for an item, in no order that tells who gave which. */
    async reasons(submissionId: string): Promise<readonly { itemId: string; reason: string; seat: number }[]> {
      const rows = await prisma.mark.findMany({
        where: { submissionId, reason: { not: '' } },
        relationLoadStrategy: 'join',
        select: { itemId: true, reason: true, assignment: { select: { seat: true } } },
        orderBy: [{ itemId: 'asc' }, { reason: 'asc' }],
      });
      return rows.map(({ itemId, reason, assignment }) => ({ itemId, reason, seat: assignment.seat }));
    },

    /** The published decisions of an attempt, oldest first, each with its feedback. */
    async results(attemptId: string) {
      const [decisions, feedback] = await Promise.all([
        prisma.decision.findMany({ where: { attemptId }, orderBy: { decidedAt: 'asc' } }),
        prisma.feedback.findMany({ where: { attemptId } }),
      ]);
      return decisions.map((decision) => ({
        test: decision.test as Test,
        round: decision.gradingRound,
        passed: decision.passed,
        millipoints: decision.millipoints,
        millipointsMax: decision.millipointsMax,
        basisPoints: decision.basisPoints,
        decidedAt: decision.decidedAt,
        items: decision.items as unknown as readonly ItemScore[],
        feedback: (feedback.find((entry) => entry.test === decision.test && entry.gradingRound === decision.gradingRound)?.entries ??
          []) as unknown as readonly FeedbackEntry[],
      }));
    },

    /** The certificate of an attempt. Refused as not found when there is none. */
    async certificate(attemptId: string) {
      const certificate = await prisma.certificate.findUnique({ where: { attemptId } });
      if (!certificate) throw new Refusal('not_found', 'This attempt has no certificate.');
      return certificate;
    },

    /** Puts a notice into the candidate's inbox, once a kind. */
    async notify({ attemptId, kind, subject, body }: { attemptId: string; kind: string; subject: string; body: string }): Promise<void> {
      await prisma.$executeRaw`
        INSERT INTO notice (id, attempt_id, kind, subject, body, created_at)
        VALUES (${uuidv7()}::uuid, ${attemptId}::uuid, ${kind}, ${subject}, ${body}, ${await clock()})
        ON CONFLICT (attempt_id, kind) DO NOTHING`;
    },

    async notices(attemptId: string) {
      return prisma.notice.findMany({ where: { attemptId }, orderBy: { createdAt: 'asc' } });
    },
  };
}

/** The natural key is attempt, test and round: a repeat cannot decide twice. */
function insertDecision(
  { attemptId, test, round, submissionId, passed, score, items }: DecisionToPublish,
  { decisionId, at }: { decisionId: string; at: Date },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, decided_at)
    VALUES (${decisionId}::uuid, ${attemptId}::uuid, ${test}, ${round}, ${submissionId}::uuid, ${passed}, ${score.millipoints}, ${score.millipointsMax},
      ${shownBasisPoints(score)}, ${JSON.stringify(items)}::jsonb, ${at})`;
}

export type DecisionStore = ReturnType<typeof createDecisionStore>;
