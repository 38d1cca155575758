import { v7 as uuidv7 } from 'uuid';
import { deadlineOf, testUnderWay } from '../../domain/attempt.ts';
import type { NewEvent } from '../../domain/events.ts';
import { partsOf, TEST_NAMES, type Test } from '../../domain/exam.ts';
import type { FeedbackEntry } from '../../domain/feedback.ts';
import { nextStepAfter } from '../../domain/grading.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import { certificateBasisPoints, shownBasisPoints, type Score } from '../../domain/score.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { FeedbackReport } from '../../publication/documents/feedback-report.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { lockAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { inTransaction, writeTogether, type StoreContext, type Transaction } from '../context.ts';
import { issueCertificate } from '../certificates.ts';
import { eventWrites } from '../events/events.ts';
import type { ExamVersionStore } from '../exam-versions.ts';

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

/** A published decision as its report shows it. */
export type DecisionReport = FeedbackReport & { readonly decisionId: string };

/** `reopened` and `settled`: staff took the submission back, or ended the attempt, before the decision. */
export type PublishResult = 'published' | 'reopened' | 'settled';

/** Decisions and what becomes of them: publication in one transaction, feedback, the certificate. */
export function createDecisionStore(context: StoreContext, examVersions: ExamVersionStore) {
  const { prisma, clock } = context;

  async function publishIn(tx: Transaction, decision: DecisionToPublish, credentials: CredentialIssuer): Promise<PublishResult> {
    const { attemptId, test, round } = decision;
    const attempt = await lockAttempt(tx, clock, { attemptId });
    const { facts } = attempt;
    const now = new Date(facts.asOf);
    const decisionId = uuidv7();
    if (facts.outcome === null && facts.sittings[test]?.round !== round) return 'reopened';
    if (facts.outcome !== null || testUnderWay(facts) !== test) {
      const before = await tx.decision.findUnique({
        where: { attemptId_test_gradingRound: { attemptId, test, gradingRound: round } },
        select: { id: true },
      });
      return before ? 'published' : 'settled';
    }
    const { writes, events } = await consequences(tx, attempt, { decision, decisionId, credentials });
    const told = [...eventsOf(decision, decisionId), ...events];
    await writeTogether(tx, [insertDecision(decision, { decisionId, at: now }), ...writes, ...eventWrites(told, now)]);
    return 'published';
  }

  type Consequences = { readonly writes: readonly Prisma.Sql[]; readonly events: readonly NewEvent[] };

  /** What becomes of the attempt by a decision. */
  async function consequences(
    tx: Transaction,
    attempt: AttemptRecord,
    { decision, decisionId, credentials }: { decision: DecisionToPublish; decisionId: string; credentials: CredentialIssuer },
  ): Promise<Consequences> {
    const { attemptId, asOf } = attempt.facts;
    const now = new Date(asOf);
    switch (nextStepAfter(decision.test, decision.passed)) {
      case 'offer_case_study': {
        const { policy } = await examVersions.contentOf(attempt.examVersionId, tx);
        const downloadBy = new Date(deadlineOf(policy, 'offer', asOf, attempt.accommodationPercent));
        const offer = Prisma.sql`UPDATE attempt SET aptitude_decision_id = ${decisionId}::uuid, download_by = ${downloadBy} WHERE id = ${attemptId}::uuid`;
        return { writes: [offer], events: [] };
      }
      case 'certify': {
        const { certificateId, insert } = await certify(tx, attempt, { caseStudy: decision.score, credentials });
        return {
          writes: [insert, Prisma.sql`UPDATE attempt SET outcome = 'certified', settled_at = ${now} WHERE id = ${attemptId}::uuid`],
          events: [{ type: 'certificate.issued', key: attemptId, data: { certificateId, attemptId } }],
        };
      }
      case 'fail': {
        const outcomeReason = decision.reason ?? `${TEST_NAMES[decision.test]} not passed`;
        const fail = Prisma.sql`UPDATE attempt SET outcome = 'failed', outcome_reason = ${outcomeReason}, settled_at = ${now} WHERE id = ${attemptId}::uuid`;
        return { writes: [fail], events: [] };
      }
    }
  }

  async function certify(
    tx: Transaction,
    attempt: AttemptRecord,
    { caseStudy, credentials }: { caseStudy: Score; credentials: CredentialIssuer },
  ): Promise<{ certificateId: string; insert: Prisma.Sql }> {
    const aptitude = await tx.decision.findUniqueOrThrow({ where: { id: attempt.aptitudeDecisionId ?? '' } });
    const { title } = await examVersions.contentOf(attempt.examVersionId, tx);
    const { candidateId, examId, candidateName: name, facts } = attempt;
    return issueCertificate(tx, {
      statement: {
        examId,
        examTitle: title,
        name,
        basisPoints: certificateBasisPoints({ aptitude, case_study: caseStudy }),
        issuedAt: new Date(facts.asOf),
      },
      attemptId: facts.attemptId,
      candidateId,
      credentials,
    });
  }

  return {
    /** Publishes a decision once per attempt, test and round: result, offer or outcome, and certificate, all or nothing. */
    publish: (decision: DecisionToPublish, credentials: CredentialIssuer): Promise<PublishResult> =>
      inTransaction(context, (tx) => publishIn(tx, decision, credentials)),

    /** Nothing was handed in by the deadline: failed, with no points of those there were. */
    async publishNotSubmitted(
      { attemptId, test, round }: { attemptId: string; test: Test; round: number },
      credentials: CredentialIssuer,
    ): Promise<PublishResult> {
      return inTransaction(context, async (tx) => {
        const attempt = await lockAttempt(tx, clock, { attemptId });
        const exam = await examVersions.contentOf(attempt.examVersionId, tx);
        const items = partsOf(exam, { test, caseStudyId: attempt.caseStudyId }).map((part): ItemScore => ({
          itemId: part.id,
          millipoints: 0,
          millipointsMax: part.millipoints,
          basis: 'blank',
        }));
        const millipointsMax = items.reduce((sum, item) => sum + item.millipointsMax, 0);
        const score = { millipoints: 0, millipointsMax };
        return publishIn(tx, { attemptId, test, round, submissionId: null, passed: false, score, items, reason: 'not submitted' }, credentials);
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

    /** A published decision as its report shows it. Refused as not found. */
    async report({ attemptId, test, round }: { attemptId: string; test: Test; round: number }): Promise<DecisionReport> {
      const [report] = await prisma.$queryRaw<DecisionReport[]>`
        SELECT d.id AS "decisionId", d.attempt_id AS "attemptId", c.name AS "candidateName", v.title AS "examTitle", d.test, d.passed,
          d.millipoints, d.millipoints_max AS "millipointsMax", d.basis_points AS "basisPoints", d.decided_at AS "decidedAt",
          coalesce(f.entries, '[]'::jsonb) AS entries
        FROM decision d JOIN attempt a ON a.id = d.attempt_id JOIN candidate c ON c.id = a.candidate_id JOIN exam_version v ON v.id = a.exam_version_id
          LEFT JOIN feedback f ON f.attempt_id = d.attempt_id AND f.test = d.test AND f.grading_round = d.grading_round
        WHERE d.attempt_id = ${attemptId}::uuid AND d.test = ${test} AND d.grading_round = ${round}`;
      if (!report) throw new Refusal('not_found', 'There is no such result.');
      return report;
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
  };
}

/** A test that was never submitted is decided without being graded. */
function eventsOf({ attemptId, test, round, submissionId }: DecisionToPublish, decisionId: string): readonly NewEvent[] {
  const data = { attemptId, test, round };
  return [
    ...(submissionId === null ? [] : [{ type: 'attempt.graded', key: attemptId, data: { ...data, submissionId } } as const]),
    { type: 'attempt.decided', key: attemptId, data: { ...data, decisionId } },
    { type: 'attempt.published', key: attemptId, data: { ...data, decisionId } },
  ];
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
