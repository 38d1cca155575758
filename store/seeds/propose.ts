import { v7 as uuidv7 } from 'uuid';
import { ADJUDICATION_SEAT } from '../../domain/grading.ts';
import type { Test } from '../../domain/exam.ts';
import type { ItemScore } from '../../domain/reconciliation.ts';
import { Refusal } from '../../domain/refusal.ts';
import { agreedMarksOf, type SeedBasis } from '../../domain/seed.ts';
import { actBefore, recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, nowBy, type Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { boxOf } from '../sealed-secrets.ts';
import { keepSecret } from './draw.ts';

type Proposal = { readonly attemptId: string; readonly test: Test; readonly act: AuditedAct };

/** What stands of a submission as a seed: `isNew` where this made it. */
type Proposed = { readonly seedId: string; readonly isNew: boolean };

/**
 * Makes a seed of what was decided of a test, with the marks that the decision rests on. Marked by two designated graders it may be handed
 * out at once; else a designated grader confirms it first. Proposed before, it is that one. Refused with `seed_unfit` where people do not
 * agree on every item, or the exam version's policy has no seeds.
 */
export function proposeSeed(context: ExamContext, { attemptId, test, act }: Proposal): Promise<Proposed> {
  return inTransaction(context, async (tx) => {
    const before = await actBefore(tx, act);
    if (before) return { seedId: String(before.seedId), isNew: false };
    const decided = await readDecided(tx, { attemptId, test });
    if (decided.proposed) return { seedId: decided.proposed, isNew: false };
    const { policy } = await context.examVersions.contentOf(decided.examVersionId, tx);
    if (!policy.seeds) throw new Refusal('seed_unfit', 'This exam version says nothing of seeds: publish one whose policy does.');
    const agreed = agreedMarksOf(decided.items, decided.marks);
    const covered = new Set(agreed?.map(({ itemId }) => itemId));
    if (!agreed || decided.itemIds.length !== covered.size || !decided.itemIds.every((itemId) => covered.has(itemId))) {
      throw new Refusal(
        'seed_unfit',
        'Two graders, or one who is designated, must have agreed on every item: here something has one mark alone, or was corrected.',
      );
    }
    const at = await nowBy(context.clock, tx);
    const basis: SeedBasis = decided.designated.length === 2 ? 'two_designated' : 'decision';
    const seedId = uuidv7();
    await keepSecret(tx, at, boxOf(context));
    const isAgreed = basis === 'two_designated';
    await tx.seed.create({
      data: {
        id: seedId,
        submissionId: decided.submissionId,
        examVersionId: decided.examVersionId,
        test,
        marks: [...agreed],
        basis,
        proposedBy: act.actor,
        reason: act.reason,
        proposedAt: at,
        agreedBy: isAgreed ? [...decided.designated] : [],
        agreedAt: isAgreed ? at : null,
      },
      select: { id: true },
    });
    await recordAct(tx, act, { attemptId, action: 'propose_seed', details: { seedId, test, basis }, at });
    return { seedId, isNew: true };
  });
}

type DecidedSubmission = {
  readonly submissionId: string;
  readonly examVersionId: string;
  readonly items: readonly ItemScore[];
  readonly itemIds: readonly string[];
  readonly marks: Parameters<typeof agreedMarksOf>[1];
  /** Of the two who marked it independently, those who are. */
  readonly designated: readonly string[];
  /** The seed that stands. */
  readonly proposed: string | undefined;
};

/** Under the lock of the submission, so that of two proposals at once one finds the other's. Refused as not found where nothing is decided. */
async function readDecided(tx: Transaction, { attemptId, test }: Omit<Proposal, 'act'>): Promise<DecidedSubmission> {
  const decision = await tx.decision.findFirst({
    where: { attemptId, test, submissionId: { not: null } },
    orderBy: [{ decidedAt: 'desc' }, { id: 'desc' }],
    select: { submissionId: true, items: true, attempt: { select: { examVersionId: true } } },
  });
  const submissionId = decision?.submissionId ?? undefined;
  if (!decision || submissionId === undefined) throw new Refusal('not_found', 'Nothing was decided of this test of the attempt.');
  // Its test, since a submission itself is never to be changed and so nobody may lock it.
  await tx.$queryRaw`SELECT s.id FROM sitting s JOIN submission b ON b.sitting_id = s.id WHERE b.id = ${submissionId}::uuid FOR UPDATE OF s`;
  const standing = await tx.seed.findFirst({ where: { submissionId, endedAt: null }, select: { id: true } });
  const seats = await tx.assignment.findMany({
    where: { submissionId, state: 'completed', seat: { lte: ADJUDICATION_SEAT } },
    orderBy: { seat: 'asc' },
    select: { seat: true, purpose: true, itemIds: true, holder: true, marks: { select: { itemId: true, millipoints: true, reason: true } } },
  });
  const markers = seats.flatMap(({ purpose, holder }) => (purpose === 'mark' && holder !== null ? [holder] : []));
  const designated = await tx.grader.findMany({
    where: { subject: { in: markers }, designated: true },
    orderBy: { subject: 'asc' },
    select: { subject: true },
  });
  return {
    submissionId,
    examVersionId: decision.attempt.examVersionId,
    items: decision.items as unknown as readonly ItemScore[],
    itemIds: seats[0]?.itemIds ?? [],
    marks: seats.flatMap(({ seat, marks }) => marks.map((mark) => ({ ...mark, seat }))),
    designated: designated.map(({ subject }) => subject),
    proposed: standing?.id,
  };
}
