import type { RegradeEffect, RegradeWait } from '../../domain/regrade.ts';
import { certificateBasisPoints, type Score } from '../../domain/score.ts';
import { nextStepAfter, type Decided } from '../../domain/grading.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { lockAttempt, type AttemptRecord } from '../attempt-rows.ts';
import { inTransaction, type Transaction } from '../context.ts';
import { lockCertificate } from '../corrections/certificate-status.ts';
import { issueInPlaceOf } from '../corrections/replace.ts';
import { standingDecision } from '../corrections/standing-decisions.ts';
import { certify } from '../decisions/publish.ts';
import { supersede } from '../decisions/supersede.ts';
import { writeEvents } from '../events/write.ts';
import type { ExamContext } from '../exam-versions.ts';
import { tidingsWrite } from '../tidings.ts';
import { regradedOf } from './preview.ts';
import { readRegrade, type ChangeState, type RegradeRecord } from './records.ts';
import { findStanding, standingIn, underGrading, type StandingDecision } from './scope.ts';

/** How far a regrade has come: `after` is the last decision that was looked at, null once there is none behind it. */
export type RegradePage = { readonly after: string | null; readonly applied: number; readonly waits: number };

const PAGE_SIZE = 200;
/** A page ends after so long, wherever it is: well within the time that its activity has. */
const PAGE_MILLISECONDS = 10_000;

/**
 * Puts right the next decisions of an applied regrade, each in a transaction of its own under the lock of its attempt: a page that is
 * broken off is begun again, and what it did is not done twice.
 */
export async function applyPage(
  context: ExamContext,
  { regradeId, after, credentials, progress }: { regradeId: string; after: string; credentials: CredentialIssuer; progress?: () => void },
): Promise<RegradePage> {
  const { prisma, clock } = context;
  const regrade = await readRegrade(prisma, regradeId);
  const page = await standingIn(prisma, { regradeId, scope: regrade.scope, after, limit: PAGE_SIZE });
  const counts = { applied: 0, waits: 0 };
  const endsAt = performance.now() + PAGE_MILLISECONDS;
  let last: string | undefined;
  for (const { id, attemptId } of page) {
    if (performance.now() > endsAt) break;
    last = id;
    const state = await inTransaction(context, (tx) => applyTo(tx, context, { regrade, decisionId: id, attemptId, credentials }));
    if (state === 'applied' || state === 'waits') counts[state] += 1;
    progress?.();
  }
  const isLast = page.length < PAGE_SIZE && last === page.at(-1)?.id;
  if (isLast) counts.waits += await underGrading(prisma, regrade);
  await prisma.$executeRaw`UPDATE regrade SET progressed_at = ${await clock()} WHERE id = ${regradeId}::uuid AND finished_at IS NULL`;
  return { after: isLast ? null : (last ?? after), ...counts };
}

/** Once nothing waits any more. A repeat changes nothing. */
export async function finishRegrade({ prisma, clock }: ExamContext, { regradeId }: { regradeId: string }): Promise<void> {
  await prisma.$executeRaw`UPDATE regrade SET finished_at = ${await clock()} WHERE id = ${regradeId}::uuid AND outcome = 'applied' AND finished_at IS NULL`;
}

type Applying = { readonly regrade: RegradeRecord; readonly decisionId: string; readonly attemptId: string; readonly credentials: CredentialIssuer };

async function applyTo(tx: Transaction, context: ExamContext, { regrade, decisionId, attemptId, credentials }: Applying): Promise<ChangeState> {
  const attempt = await lockAttempt(tx, context.clock, { attemptId });
  const at = new Date(attempt.facts.asOf);
  const decision = await findStanding(tx, decisionId);
  const keep = (change: Omit<Change, 'regradeId' | 'decisionId' | 'attemptId' | 'at'>) =>
    keepChange(tx, { regradeId: regrade.id, decisionId, attemptId, at, ...change });
  if (!decision) return keep({ state: 'superseded' });
  const { effect, after } = await regradedOf(tx, context, { scope: regrade.scope, decision });
  if (effect !== 'passes' && effect !== 'raised') return keep({ state: 'kept', effect, score: after.score });
  const certifies = effect === 'passes' && nextStepAfter(regrade.scope.test, true) === 'certify';
  const waitsFor = await obstacle(tx, { attempt, certifies, decision });
  if (waitsFor) return keep({ state: 'waits', effect, score: after.score, waitsFor });
  const newDecisionId = await putRight(tx, context, { attempt, regrade, decision, certifies, after, at, credentials });
  return keep({ state: 'applied', effect, score: after.score, newDecisionId });
}

type Change = {
  readonly regradeId: string;
  readonly decisionId: string;
  readonly attemptId: string;
  readonly at: Date;
  readonly state: ChangeState;
  /** Left out: as it was previewed, or nothing. */
  readonly effect?: RegradeEffect;
  readonly score?: Score;
  readonly waitsFor?: RegradeWait;
  readonly newDecisionId?: string;
};

async function keepChange(
  tx: Transaction,
  { regradeId, decisionId, attemptId, at, state, effect = 'unchanged', score, waitsFor, newDecisionId }: Change,
): Promise<ChangeState> {
  const { millipoints, millipointsMax } = score ?? { millipoints: 0, millipointsMax: 0 };
  await tx.$executeRaw`
    INSERT INTO regrade_change (regrade_id, decision_id, attempt_id, effect, millipoints, millipoints_max, state, waits_for, new_decision_id, at)
    VALUES (${regradeId}::uuid, ${decisionId}::uuid, ${attemptId}::uuid, ${effect}, ${millipoints}, ${millipointsMax}, ${state}, ${waitsFor ?? null}, ${newDecisionId ?? null}::uuid, ${at})
    ON CONFLICT (regrade_id, decision_id) DO UPDATE SET effect = excluded.effect, millipoints = excluded.millipoints, millipoints_max = excluded.millipoints_max,
      state = excluded.state, waits_for = excluded.waits_for, new_decision_id = excluded.new_decision_id, at = excluded.at
    WHERE regrade_change.state IN ('previewed', 'waits')`;
  return state;
}

/** What has to be settled first, so that two acts never meet on one result. */
async function obstacle(
  tx: Transaction,
  { attempt, certifies, decision }: { attempt: AttemptRecord; certifies: boolean; decision: StandingDecision },
): Promise<RegradeWait | undefined> {
  const { candidateId, examId } = attempt;
  const [found] = await tx.$queryRaw<{ appeal: boolean; correction: boolean; attempt: boolean }[]>`
    SELECT
      EXISTS (SELECT 1 FROM appeal p WHERE p.attempt_id = ${decision.attemptId}::uuid AND p.state = 'open') AS appeal,
      EXISTS (SELECT 1 FROM correction o JOIN certificate c ON c.id = o.certificate_id
        WHERE c.candidate_id = ${candidateId}::uuid AND c.exam_id = ${examId} AND o.resolved_at IS NULL) AS correction,
      EXISTS (SELECT 1 FROM attempt t WHERE t.candidate_id = ${candidateId}::uuid AND t.exam_id = ${examId} AND t.outcome IS NULL AND t.id <> ${decision.attemptId}::uuid) AS attempt`;
  if (found?.appeal) return 'appeal_open';
  if (found?.correction) return 'correction_open';
  // A certificate beside an attempt under way would leave that one with nothing to be certified.
  if (found?.attempt && certifies) return 'attempt_open';
  return undefined;
}

type PuttingRight = {
  readonly attempt: AttemptRecord;
  readonly regrade: RegradeRecord;
  readonly decision: StandingDecision;
  /** Whether its candidate is certified by it. */
  readonly certifies: boolean;
  readonly after: Decided;
  readonly at: Date;
  readonly credentials: CredentialIssuer;
};

/** The new decision and all that follows from it, and the candidate is told, once. */
async function putRight(
  tx: Transaction,
  context: ExamContext,
  { attempt, regrade, decision, certifies, after, at, credentials }: PuttingRight,
): Promise<string> {
  const { test } = regrade.scope;
  const { items, score, passed } = after;
  const decisionId = await supersede(tx, context, { decision, test, items, score, passed, regradeId: regrade.id, at });
  await tx.attempt.updateMany({ where: { aptitudeDecisionId: decision.id }, data: { aptitudeDecisionId: decisionId } });
  const newCertificate = certifies
    ? await certifyUnlessCertified(tx, context, { attempt, score, at, credentials })
    : await reissue(tx, context, { attempt, at, credentials });
  const tidings = { kind: 'regraded', regradeId: regrade.id, test, passes: !decision.passed && passed, newCertificate } as const;
  await tx.$executeRaw(tidingsWrite({ attemptId: decision.attemptId, tidings }, Prisma.sql`${at}::timestamptz`));
  return decisionId;
}

/** A failed case study passes now. Whoever was certified by a later attempt has their certificate: false. */
async function certifyUnlessCertified(
  tx: Transaction,
  context: ExamContext,
  { attempt, score, at, credentials }: { attempt: AttemptRecord; score: Score; at: Date; credentials: CredentialIssuer },
): Promise<boolean> {
  const { candidateId, examId, facts } = attempt;
  const { attemptId } = facts;
  if (await tx.certificate.findFirst({ where: { candidateId, examId, status: { not: 'revoked' } }, select: { id: true } })) return false;
  const { certificateId, insert } = await certify(tx, context, { attempt, caseStudy: score, credentials });
  await tx.$executeRaw(insert);
  await tx.$executeRaw`UPDATE attempt SET outcome = 'certified', outcome_reason = NULL, settled_at = ${at} WHERE id = ${attemptId}::uuid`;
  await writeEvents(tx, [{ type: 'certificate.issued', key: attemptId, data: { certificateId, attemptId } }], at);
  return true;
}

/** A certificate that rests on the decision and says another score now gets a new edition; else false. */
async function reissue(
  tx: Transaction,
  context: ExamContext,
  { attempt, at, credentials }: { attempt: AttemptRecord; at: Date; credentials: CredentialIssuer },
): Promise<boolean> {
  const { candidateId, examId } = attempt;
  const valid = await tx.certificate.findFirst({
    where: { candidateId, examId, status: 'valid' },
    select: { id: true, attemptId: true, basisPoints: true },
  });
  if (!valid?.attemptId) return false;
  const { attemptId } = valid;
  const { aptitudeDecisionId } = await tx.attempt.findUniqueOrThrow({ where: { id: attemptId }, select: { aptitudeDecisionId: true } });
  const [aptitude, caseStudy] = [
    await standingDecision(tx, { attemptId, test: 'aptitude', aptitudeDecisionId }),
    await standingDecision(tx, { attemptId, test: 'case_study', aptitudeDecisionId }),
  ];
  const basisPoints = certificateBasisPoints({ aptitude, case_study: caseStudy });
  if (basisPoints === valid.basisPoints) return false;
  const certificate = await lockCertificate(tx, context.clock, valid.id);
  await issueInPlaceOf(tx, { certificate: { ...certificate, now: at }, name: certificate.name, basisPoints, credentials });
  return true;
}
