import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { v7 as uuidv7 } from 'uuid';
import { correctItems, type Replacement, type Resolution } from '../../domain/correction.ts';
import { TESTS, type Test } from '../../domain/exam.ts';
import { composeFeedback } from '../../domain/feedback.ts';
import { ADJUDICATION_SEAT } from '../../domain/grading.ts';
import { scoreOf, type ItemScore } from '../../domain/reconciliation.ts';
import type { CertificateStatus } from '../../domain/register.ts';
import { Refusal } from '../../domain/refusal.ts';
import { certificateBasisPoints, passes, shownBasisPoints, type Score } from '../../domain/score.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import type { Decision, Prisma } from '../../prisma/generated/client.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { certificateNotFound, eventKeyOf, issueCertificate, signStatusListsOf, type CertificateRecord } from '../certificates.ts';
import { inTransaction, type StoreContext, type Transaction } from '../context.ts';
import { writeEvents } from '../events/write.ts';
import type { ExamVersionStore } from '../exam-versions.ts';

export type CorrectionRecord = {
  readonly id: string;
  readonly certificateId: string;
  readonly attemptId: string | null;
  readonly openedBy: string;
  readonly reason: string;
  readonly openedAt: Date;
  readonly resolution: Resolution | null;
  readonly resolvedBy: string | null;
  readonly resolvedReason: string | null;
  readonly resolvedAt: Date | null;
  /** The certificate that took the place of this one. */
  readonly replacedBy: string | null;
};

/** How staff settle it. What is put right was proposed before, and is named by its hash: names stay out of Temporal's history. */
export type ResolutionRequest = { readonly resolution: Resolution; readonly replacementHash?: string };

/**
 * Doubts about certificates. One transaction a step: the certificate's status, its bits in the signed lists, the audit and
 * the event, all or nothing, under the lock of the certificate's row.
 */
export function createCorrectionStore(context: StoreContext, examVersions: ExamVersionStore) {
  const { prisma, clock } = context;

  async function lockCertificate(tx: Transaction, certificateId: string): Promise<CertificateRecord & { now: Date }> {
    const [locked] = await tx.$queryRaw<{ now: Date }[]>`
      SELECT ${await clock()} AS now FROM certificate WHERE id = ${certificateId}::uuid FOR UPDATE`;
    if (!locked) throw certificateNotFound();
    const row = await tx.certificate.findUniqueOrThrow({ where: { id: certificateId }, omit: { credential: true } });
    return { ...row, status: row.status as CertificateStatus, now: locked.now };
  }

  /** Moves the status, signs the lists that show it, and tells the world. */
  async function move(
    tx: Transaction,
    certificate: CertificateRecord & { now: Date },
    { status, replacedBy, credentials }: { status: CertificateStatus; replacedBy?: string; credentials: CredentialIssuer },
  ): Promise<void> {
    const { id: certificateId, now: at } = certificate;
    await tx.$executeRaw`UPDATE certificate SET status = ${status}, revision = revision + 1 WHERE id = ${certificateId}::uuid`;
    await signStatusListsOf(tx, { statusPosition: certificate.statusPosition, at, credentials });
    const data = { certificateId, ...(replacedBy === undefined ? {} : { replacedBy }) };
    const type = ({ valid: 'certificate.reinstated', suspended: 'certificate.suspended', revoked: 'certificate.revoked' } as const)[status];
    await writeEvents(tx, [{ type, key: eventKeyOf(certificate), data }], at);
  }

  async function replace(
    tx: Transaction,
    certificate: CertificateRecord & { now: Date },
    { replacement, credentials }: { replacement: Replacement; credentials: CredentialIssuer },
  ): Promise<string> {
    const { attemptId } = certificate;
    if (attemptId === null) {
      throw new Refusal(
        'wrong_phase',
        'An imported certificate cannot be replaced here: there is no attempt behind it. Revoke it, and import its correction.',
      );
    }
    const basisPoints = await correctedScore(tx, { attemptId, at: certificate.now, points: replacement.points ?? [] });
    const name = replacement.name ?? certificate.name;
    if (name === certificate.name && basisPoints === certificate.basisPoints) {
      throw new Refusal('marks_invalid', 'A certificate that takes the place of another must differ from it: in its name or its score.');
    }
    const { examId, examTitle, candidateId, edition, now } = certificate;
    const { certificateId, insert } = await issueCertificate(tx, {
      statement: { examId, examTitle, name, basisPoints, issuedAt: now },
      attemptId,
      candidateId,
      edition: edition + 1,
      replacesId: certificate.id,
      credentials,
    });
    await move(tx, certificate, { status: 'revoked', replacedBy: certificateId, credentials });
    await tx.$executeRaw(insert);
    await writeEvents(tx, [{ type: 'certificate.issued', key: attemptId, data: { certificateId, attemptId } }], now);
    return certificateId;
  }

  /** Decides anew what is corrected, superseding, and returns the score of both tests as they now stand. */
  async function correctedScore(
    tx: Transaction,
    { attemptId, at, points }: { attemptId: string; at: Date; points: NonNullable<Replacement['points']> },
  ): Promise<number> {
    const attempt = await tx.attempt.findUniqueOrThrow({ where: { id: attemptId }, select: { examVersionId: true, aptitudeDecisionId: true } });
    const { policy } = await examVersions.contentOf(attempt.examVersionId, tx);
    const scores = {} as Record<Test, Score>;
    for (const test of TESTS) {
      const decision = await standingDecision(tx, { attemptId, test, aptitudeDecisionId: attempt.aptitudeDecisionId });
      scores[test] = { millipoints: decision.millipoints, millipointsMax: decision.millipointsMax };
      if (!points.some((correction) => correction.test === test)) continue;
      const items = correctItems(decision.items as unknown as readonly ItemScore[], { test, points });
      const score = scoreOf(items);
      if (!passes(score, policy.passMark)) {
        throw new Refusal(
          'marks_invalid',
          'With these points the test is not passed, so there is nothing to certify: revoke the certificate instead.',
        );
      }
      scores[test] = score;
      const decisionId = uuidv7();
      const gradingRound = decision.gradingRound + 1;
      const { submissionId } = decision;
      await tx.decision.create({
        data: {
          id: decisionId,
          attemptId: decision.attemptId,
          test,
          gradingRound,
          submissionId,
          passed: true,
          ...score,
          basisPoints: shownBasisPoints(score),
          items: [...items],
          supersedesId: decision.id,
          decidedAt: at,
        },
      });
      await keepFeedback(tx, { attemptId: decision.attemptId, test, gradingRound, submissionId, items, at });
      await letStand(tx, { attemptId, test, decisionId });
      const data = { attemptId: decision.attemptId, test, round: gradingRound, decisionId };
      const told = (['attempt.decided', 'attempt.published'] as const).map((type) => ({ type, key: decision.attemptId, data }));
      await writeEvents(tx, told, at);
    }
    return certificateBasisPoints(scores);
  }

  /** The report of a decision that was made anew: as it was, but for what was corrected. */
  async function keepFeedback(
    tx: Transaction,
    {
      attemptId,
      test,
      gradingRound,
      submissionId,
      items,
      at,
    }: { attemptId: string; test: Test; gradingRound: number; submissionId: string | null; items: readonly ItemScore[]; at: Date },
  ): Promise<void> {
    if (submissionId === null) return;
    const { sitting } = await tx.submission.findUniqueOrThrow({
      where: { id: submissionId },
      select: { sitting: { select: { caseStudyId: true, attempt: { select: { examVersionId: true } } } } },
    });
    const marks = await tx.mark.findMany({ where: { submissionId }, select: { itemId: true, reason: true, assignment: { select: { seat: true } } } });
    const entries = composeFeedback({
      exam: await examVersions.contentOf(sitting.attempt.examVersionId, tx),
      taken: { test, caseStudyId: sitting.caseStudyId },
      items,
      reasons: marks.map(({ itemId, reason, assignment }) => ({ itemId, reason, seat: assignment.seat })),
      adjudicationSeat: ADJUDICATION_SEAT,
    });
    await tx.feedback.create({
      data: { attemptId, test, gradingRound, entries: [...entries], composedAt: at },
      select: { test: true },
    });
  }

  return {
    /** Opens a doubt: the certificate is suspended at once. A repeat under the same id changes nothing. */
    open(
      { correctionId, certificateId, ...act }: AuditedAct & { correctionId: string; certificateId: string },
      credentials: CredentialIssuer,
    ): Promise<CorrectionRecord> {
      return inTransaction(context, async (tx) => {
        const certificate = await lockCertificate(tx, certificateId);
        const before = await findCorrection(tx, correctionId);
        if (before) return before;
        if (certificate.status !== 'valid') {
          throw new Refusal('wrong_phase', `The certificate is ${certificate.status} already.`, { status: certificate.status });
        }
        const { attemptId, now: at } = certificate;
        await recordAct(tx, act, { attemptId, certificateId, action: 'suspend_certificate', details: { correctionId }, at });
        await tx.correction.create({ data: { id: correctionId, certificateId, openedBy: act.actor, reason: act.reason, openedAt: at } });
        await move(tx, certificate, { status: 'suspended', credentials });
        return readCorrection(tx, correctionId);
      });
    },

    /**
     * Keeps what is to be put right until the doubt is settled by it, and returns the hash that names it. A later proposal takes
     * its place. Refused once the doubt is settled by another one.
     */
    async propose({ correctionId, replacement }: { correctionId: string; replacement: Replacement }): Promise<string> {
      const content = canonicalize(replacement) ?? '';
      const replacementHash = createHash('sha256').update(content).digest('hex');
      const kept = await prisma.$executeRaw`
        UPDATE correction SET replacement = ${content}::jsonb, replacement_hash = ${replacementHash} WHERE id = ${correctionId}::uuid AND resolved_at IS NULL`;
      if (kept === 0) {
        const { resolution } = await readCorrection(prisma, correctionId);
        const settledBy = await prisma.correction.findUnique({ where: { id: correctionId, replacementHash }, select: { id: true } });
        if (resolution === 'replaced' && settledBy) return replacementHash;
        throw new Refusal('wrong_phase', `The correction is settled already: ${resolution}.`);
      }
      return replacementHash;
    },

    /** Settles a doubt. A repeat of the same act changes nothing; another one is refused. */
    resolve(
      { correctionId, ...request }: AuditedAct & { correctionId: string } & ResolutionRequest,
      credentials: CredentialIssuer,
    ): Promise<CorrectionRecord> {
      return inTransaction(context, async (tx) => {
        const { certificateId } = await readCorrection(tx, correctionId);
        const certificate = await lockCertificate(tx, certificateId);
        const correction = await readCorrection(tx, correctionId);
        const { actor, reason, actionKey, resolution } = request;
        const { attemptId, now: at } = certificate;
        const details = { correctionId, resolution };
        if (!(await recordAct(tx, { actor, reason, actionKey }, { attemptId, certificateId, action: 'resolve_correction', details, at })))
          return correction;
        if (correction.resolution !== null) throw new Refusal('wrong_phase', `The correction is settled already: ${correction.resolution}.`);
        switch (request.resolution) {
          case 'reinstated':
            await move(tx, certificate, { status: 'valid', credentials });
            break;
          case 'revoked':
            await move(tx, certificate, { status: 'revoked', credentials });
            break;
          case 'replaced': {
            const replacement = await proposedReplacement(tx, { correctionId, replacementHash: request.replacementHash });
            await replace(tx, certificate, { replacement, credentials });
          }
        }
        await tx.correction.update({
          where: { id: correctionId },
          data: { resolution, resolvedBy: actor, resolvedReason: reason, resolvedAt: at },
          select: { id: true },
        });
        return readCorrection(tx, correctionId);
      });
    },

    /** The decisions that a certificate of this attempt rests on, as they stand: one a test. */
    async decisionsBehind(attemptId: string): Promise<readonly { attemptId: string; test: Test; round: number }[]> {
      const { aptitudeDecisionId } = await prisma.attempt.findUniqueOrThrow({ where: { id: attemptId }, select: { aptitudeDecisionId: true } });
      const decisions = await Promise.all(TESTS.map((test) => standingDecision(prisma, { attemptId, test, aptitudeDecisionId })));
      return decisions.map((decision) => ({ attemptId: decision.attemptId, test: decision.test as Test, round: decision.gradingRound }));
    },

    read: (correctionId: string): Promise<CorrectionRecord> => readCorrection(prisma, correctionId),

    /** Newest first; the open ones only, or all; of one certificate, or of every one. */
    async list({ open, certificateId }: { open?: boolean | undefined; certificateId?: string }): Promise<readonly CorrectionRecord[]> {
      const rows = await prisma.correction.findMany({
        where: { ...(open ? { resolvedAt: null } : {}), ...(certificateId === undefined ? {} : { certificateId }) },
        include: correctionIncludes,
        orderBy: { openedAt: 'desc' },
        take: 500,
      });
      return rows.map(correctionOf);
    },
  };
}

export type CorrectionStore = ReturnType<typeof createCorrectionStore>;

const correctionIncludes = {
  certificate: { select: { attemptId: true, replacedBy: { select: { id: true } } } },
} satisfies Prisma.CorrectionInclude;

type CorrectionRow = Prisma.CorrectionGetPayload<{ include: typeof correctionIncludes }>;

function correctionOf({ certificate, resolution, replacement: _proposed, replacementHash: _hash, ...row }: CorrectionRow): CorrectionRecord {
  return {
    ...row,
    attemptId: certificate.attemptId,
    resolution: resolution as Resolution | null,
    replacedBy: certificate.replacedBy?.id ?? null,
  };
}

async function proposedReplacement(
  tx: Transaction,
  { correctionId, replacementHash }: { correctionId: string; replacementHash: string | undefined },
): Promise<Replacement> {
  const { replacement, replacementHash: kept } = await tx.correction.findUniqueOrThrow({
    where: { id: correctionId },
    select: { replacement: true, replacementHash: true },
  });
  if (replacement === null || kept !== replacementHash) {
    throw new Refusal('wrong_phase', 'What is to be put right is not what was proposed last. Look at the correction, and settle it again.');
  }
  return replacement as Replacement;
}

async function findCorrection(tx: Transaction, correctionId: string): Promise<CorrectionRecord | undefined> {
  const row = await tx.correction.findUnique({ where: { id: correctionId }, include: correctionIncludes });
  return row ? correctionOf(row) : undefined;
}

async function readCorrection(tx: Transaction, correctionId: string): Promise<CorrectionRecord> {
  const correction = await findCorrection(tx, correctionId);
  if (!correction) throw new Refusal('not_found', 'There is no such correction.');
  return correction;
}

/** The decision that counts: the aptitude pass may be of an earlier attempt, carried over. */
async function standingDecision(
  tx: Transaction,
  { attemptId, test, aptitudeDecisionId }: { attemptId: string; test: Test; aptitudeDecisionId: string | null },
): Promise<Decision> {
  switch (test) {
    case 'aptitude':
      return tx.decision.findUniqueOrThrow({ where: { id: aptitudeDecisionId ?? '' } });
    case 'case_study':
      return tx.decision.findFirstOrThrow({ where: { attemptId, test }, orderBy: { gradingRound: 'desc' } });
  }
}

/** Makes a decision the one that standingDecision finds. Of a case study that is the last round's, with nothing to be done. */
async function letStand(tx: Transaction, { attemptId, test, decisionId }: { attemptId: string; test: Test; decisionId: string }): Promise<void> {
  const kept: Readonly<Record<Test, { aptitudeDecisionId: string } | null>> = { aptitude: { aptitudeDecisionId: decisionId }, case_study: null };
  const data = kept[test];
  if (data) await tx.attempt.update({ where: { id: attemptId }, data, select: { id: true } });
}
