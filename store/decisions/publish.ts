import { v7 as uuidv7 } from 'uuid';
import { testUnderWay, type AttemptFacts } from '../../domain/attempt.ts';
import type { NewEvent } from '../../domain/events.ts';
import type { Test } from '../../domain/exam.ts';
import { blankTest, decide, nextStepAfter } from '../../domain/grading.ts';
import { NOT_PASSED, OUTCOME_REASONS } from '../../domain/outcome-reason.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { certificateBasisPoints, shownBasisPoints, type Score } from '../../domain/score.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import { lockAttempt, readAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { issueCertificate } from '../certificates.ts';
import { inTransaction, writeTogether, type Transaction } from '../context.ts';
import { deadlineOfNew } from '../limits.ts';
import { tidingsWrite } from '../tidings.ts';
import { eventWrites } from '../events/write.ts';
import { composedFeedback } from './feedback.ts';
import type { ExamContext } from '../exam-versions.ts';
import { lockWithRegrades, regradedBefore } from '../regrades/in-force.ts';

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
  /** Whether the candidate is told by what is published; where not, the attempt tells them itself. */
  readonly tells?: true;
  /** Whether whoever asks decides again where a regrade is in force. Builds of before do not: the regrade finds what they published. */
  readonly followsRegrades?: true;
};

/** The same of what was graded: its feedback is composed as it is published. */
export type GradedDecision = DecisionToPublish & { readonly submissionId: string };

/** `reopened` and `settled`: staff took the submission back, or ended the attempt, before the decision. */
export type PublishResult = 'published' | 'reopened' | 'settled';

/** With the facts as they are then. */
export type Published = { readonly result: PublishResult; readonly facts: AttemptFacts };

/** Nothing is published, since an item was put right meanwhile (docs/decisions/0022): these are the points by that, to be decided on and published. */
export type Regraded = { readonly result: 'regraded'; readonly items: readonly ItemScore[] };

/** Publishes a decision once per attempt, test and round: result, offer or outcome, and certificate, all or nothing. */
export function publishDecision(context: ExamContext, decision: DecisionToPublish, credentials: CredentialIssuer): Promise<Published | Regraded> {
  return inTransaction(context, (tx) => publishIn(tx, context, { decision, credentials }));
}

/** The same with the feedback, composed by the marks that are decided on: neither is there without the other. */
export function publishGraded(context: ExamContext, decision: GradedDecision, credentials: CredentialIssuer): Promise<Published | Regraded> {
  return inTransaction(context, (tx) => publishIn(tx, context, { decision, credentials, composesFor: decision.submissionId }));
}

/** Nothing was handed in by the deadline: failed, with no points of those there were. */
export async function publishNotSubmitted(
  context: ExamContext,
  { attemptId, test, round, ...tells }: { attemptId: string; test: Test; round: number; tells?: true },
  credentials: CredentialIssuer,
): Promise<Published> {
  return inTransaction(context, async (tx) => {
    const attempt = await lockAttempt(tx, context.clock, { attemptId });
    const exam = await context.examVersions.contentOf(attempt.examVersionId, tx);
    const { score, items } = decide(blankTest(exam, { test, caseStudyId: attempt.caseStudyId }), exam.policy);
    const decision = { attemptId, test, round, submissionId: null, passed: false, score, items, reason: OUTCOME_REASONS.not_submitted, ...tells };
    const published = await publishIn(tx, context, { decision, credentials });
    if (published.result === 'regraded') throw new TypeError('what was not handed in has no points to be put right');
    return published;
  });
}

async function publishIn(
  tx: Transaction,
  context: ExamContext,
  {
    decision,
    credentials,
    composesFor: submissionId,
  }: {
    decision: DecisionToPublish;
    credentials: CredentialIssuer;
    /** The submission whose feedback comes with the decision. */
    composesFor?: string;
  },
): Promise<Published | Regraded> {
  const { attemptId, test, round } = decision;
  const regrades = await lockWithRegrades(tx, decision);
  const attempt = await readAttempt(tx, context.clock, { attemptId });
  const { facts } = attempt;
  const now = new Date(facts.asOf);
  const tidings = decision.tells ? [tidingsWrite(resultOf(decision), Prisma.sql`${now}::timestamptz`)] : [];
  const decisionId = uuidv7();
  if (facts.outcome === null && facts.sittings[test]?.round !== round) return { result: 'reopened', facts };
  if (facts.outcome !== null || testUnderWay(facts) !== test) {
    const before = await tx.decision.findUnique({
      where: { attemptId_test_gradingRound: { attemptId, test, gradingRound: round } },
      select: { id: true },
    });
    // An attempt that is begun again may find out that a build of before published this, and told nobody.
    if (before && tidings.length > 0) await writeTogether(tx, tidings);
    return { result: before ? 'published' : 'settled', facts };
  }
  const regraded = await regradedBefore(tx, context, { attempt, decision, regrades });
  if (regraded.items !== decision.items && decision.followsRegrades) return { result: 'regraded', items: regraded.items };
  const { examVersionId, caseStudyId } = attempt;
  const feedback =
    submissionId === undefined
      ? []
      : [await composedFeedback(tx, context, { attemptId, test, round, submissionId, examVersionId, caseStudyId, items: decision.items, at: now })];
  const { writes, events, after } = await consequences(tx, context, { attempt, decision, decisionId, credentials });
  const told = [...eventsOf(decision, decisionId), ...events];
  await writeTogether(tx, [
    insertDecision(decision, { decisionId, at: now, regradeIds: regraded.items === decision.items ? regraded.regradeIds : [] }),
    ...feedback,
    ...writes,
    ...tidings,
    ...eventWrites(told, now),
  ]);
  return { result: 'published', facts: { ...facts, ...after } };
}

function resultOf({ attemptId, test, passed }: DecisionToPublish) {
  return { attemptId, tidings: { kind: 'result', test, passed } } as const;
}

type Consequences = {
  readonly writes: readonly Prisma.Sql[];
  readonly events: readonly NewEvent[];
  /** The facts that these writes change. */
  readonly after: Partial<AttemptFacts>;
};

/** What becomes of the attempt by a decision. */
async function consequences(
  tx: Transaction,
  context: ExamContext,
  {
    attempt,
    decision,
    decisionId,
    credentials,
  }: { attempt: AttemptRecord; decision: DecisionToPublish; decisionId: string; credentials: CredentialIssuer },
): Promise<Consequences> {
  const { attemptId, asOf } = attempt.facts;
  const now = new Date(asOf);
  switch (nextStepAfter(decision.test, decision.passed)) {
    case 'offer_case_study': {
      const { policy } = await context.examVersions.contentOf(attempt.examVersionId, tx);
      const downloadBy = deadlineOfNew(policy, 'offer', { openedAt: asOf, accommodations: attempt.accommodations });
      const offer = Prisma.sql`UPDATE attempt SET aptitude_decision_id = ${decisionId}::uuid, download_by = ${downloadBy} WHERE id = ${attemptId}::uuid`;
      return { writes: [offer], events: [], after: { aptitudePassed: true, downloadBy: downloadBy.getTime() } };
    }
    case 'certify': {
      const { certificateId, insert } = await certify(tx, context, { attempt, caseStudy: decision.score, credentials });
      return {
        writes: [insert, Prisma.sql`UPDATE attempt SET outcome = 'certified', settled_at = ${now} WHERE id = ${attemptId}::uuid`],
        events: [{ type: 'certificate.issued', key: attemptId, data: { certificateId, attemptId } }],
        after: { outcome: 'certified' },
      };
    }
    case 'fail': {
      const outcomeReason = decision.reason ?? NOT_PASSED[decision.test];
      const fail = Prisma.sql`UPDATE attempt SET outcome = 'failed', outcome_reason = ${outcomeReason}, settled_at = ${now} WHERE id = ${attemptId}::uuid`;
      return { writes: [fail], events: [], after: { outcome: 'failed', settledAt: asOf } };
    }
  }
}

export async function certify(
  tx: Transaction,
  { examVersions }: ExamContext,
  { attempt, caseStudy, credentials }: { attempt: AttemptRecord; caseStudy: Score; credentials: CredentialIssuer },
): Promise<{ certificateId: string; insert: Prisma.Sql }> {
  const [aptitude] = await tx.$queryRaw<Score[]>`
    SELECT millipoints, millipoints_max AS "millipointsMax" FROM decision WHERE id = ${attempt.aptitudeDecisionId}::uuid`;
  if (!aptitude) throw new TypeError('nobody is certified without a pass of the aptitude test');
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
  { decisionId, at, regradeIds }: { decisionId: string; at: Date; regradeIds: readonly string[] },
): Prisma.Sql {
  return Prisma.sql`
    INSERT INTO decision (id, attempt_id, test, grading_round, submission_id, passed, millipoints, millipoints_max, basis_points, items, regrade_ids, decided_at)
    VALUES (${decisionId}::uuid, ${attemptId}::uuid, ${test}, ${round}, ${submissionId}::uuid, ${passed}, ${score.millipoints}, ${score.millipointsMax},
      ${shownBasisPoints(score)}, ${JSON.stringify(items)}::jsonb, ${[...regradeIds]}::uuid[], ${at})`;
}
