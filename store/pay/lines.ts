import { workLineOf, type Cents, type PieceKind, type WorkLine } from '../../domain/pay.ts';
import type { Test } from '../../domain/exam.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';
import { listRates } from './rates.ts';
import { readWork, type WorkRecord } from './work.ts';

/** What a statement keeps of a claim: as it was reckoned, whatever changes later. Amounts are cents. */
type WorkEvidence = {
  readonly kind: 'work';
  readonly assignmentId: string;
  readonly test: Test;
  readonly purpose: PieceKind;
  readonly isCompleted: boolean;
  readonly endedAt: string;
  readonly stretches: readonly { readonly startedAt: string; readonly endedAt: string }[];
  readonly seconds: number;
  readonly rateVersion: number;
  readonly perHour: Cents;
  readonly timeCents: Cents;
  readonly pieceCents: Cents;
};

type CorrectionEvidence = { readonly kind: 'correction'; readonly reason: string; readonly recordedAt: string };

/** A line as it is, or will be, of a statement. */
export type Line = { readonly cents: Cents } & (
  | { readonly claimId: string; readonly correctionId: null; readonly evidence: WorkEvidence }
  | { readonly claimId: null; readonly correctionId: string; readonly evidence: CorrectionEvidence }
);

/** What no statement has yet of a grader: claims that ended before then, oldest first, and every correction. */
export async function linesDue(tx: Transaction, { grader, before }: { grader: string; before: Date }): Promise<readonly Line[]> {
  const [work, rates] = [await readWorkDue(tx, { grader, before }), await listRates({ prisma: tx })];
  const corrections = await tx.payCorrection.findMany({ where: { grader, line: null }, orderBy: { id: 'asc' } });
  return [
    ...work.flatMap((one) => {
      const line = workLineOf(one, rates);
      return line ? [{ claimId: one.claimId, correctionId: null, cents: line.cents, evidence: evidenceOf(line) }] : [];
    }),
    ...corrections.map(({ id, cents, reason, recordedAt }) => ({
      claimId: null,
      correctionId: id,
      cents,
      evidence: { kind: 'correction' as const, reason, recordedAt: recordedAt.toISOString() },
    })),
  ];
}

function readWorkDue(tx: Transaction, { grader, before }: { grader: string; before: Date }): Promise<readonly WorkRecord[]> {
  return readWork(tx, {
    claims: Prisma.sql`SELECT * FROM claim WHERE grader = ${grader} AND NOT pay_settled`,
    ended: Prisma.sql`ending.at < ${before} AND NOT EXISTS (SELECT 1 FROM pay_line l WHERE l.claim_id = c.id)`,
  });
}

/** What ended by then without a piece or any time is never to be paid, and is not looked at again. */
export async function settleUnpayable(tx: Transaction, { grader, before }: { grader: string; before: Date }): Promise<void> {
  await tx.$executeRaw`
    UPDATE claim c SET pay_settled = true WHERE c.grader = ${grader} AND NOT c.pay_settled AND c.released_at < ${before} AND NOT EXISTS (
      SELECT 1 FROM marking_stretch x WHERE x.assignment_id = c.assignment_id AND x.fencing_token = c.fencing_token AND x.grader = c.grader AND x.ended_at > x.started_at)`;
}

function evidenceOf({ assignmentId, test, purpose, isCompleted, endedAt, stretches, seconds, rate, timeCents, pieceCents }: WorkLine): WorkEvidence {
  return {
    kind: 'work',
    assignmentId,
    test,
    purpose,
    isCompleted,
    endedAt: endedAt.toISOString(),
    stretches: stretches.map((stretch) => ({ startedAt: stretch.startedAt.toISOString(), endedAt: stretch.endedAt.toISOString() })),
    seconds,
    rateVersion: rate.version,
    perHour: rate.perHour,
    timeCents,
    pieceCents,
  };
}
