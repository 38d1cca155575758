import { mayWithdraw, phaseOf, windowOf, type AttemptFacts, type Outcome, type Window } from '../../domain/attempt.ts';
import { OUTCOME_REASONS, type OutcomeReasonCode } from '../../domain/outcome-reason.ts';
import { Refusal } from '../../domain/refusal.ts';
import { settleFlags } from '../assignments/flag.ts';
import { lockAttempt } from '../attempt-rows.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inIdempotentTransaction, inTransaction, type CandidateRequest, type RecordContext, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';

export type LapseResult = { readonly lapsed: boolean };

/** Ends an attempt whose window has passed by PostgreSQL's clock; too early, or already taken, it changes nothing. */
export function lapse(
  context: RecordContext,
  { attemptId, window }: { attemptId: string; window: Extract<Window, 'start' | 'offer'> },
): Promise<LapseResult> {
  return inTransaction(context, async (tx) => {
    const { facts } = await lockAttempt(tx, context.clock, { attemptId });
    const waits = windowOf(phaseOf(facts)) === window;
    const deadline = window === 'start' ? facts.startBy : facts.downloadBy;
    if (!waits || deadline === null || facts.asOf < deadline) return { lapsed: false };
    await settle(tx, {
      attemptId,
      outcome: 'lapsed',
      reason: window === 'start' ? 'not_started_in_time' : 'not_downloaded_in_time',
      at: deadline,
    });
    return { lapsed: true };
  });
}

/** The candidate ends the attempt, until the first submission of the test under way. A repeat gets the same answer. */
export function withdraw(context: RecordContext, { attemptId, subject, idempotency }: CandidateRequest): Promise<Committed> {
  return inIdempotentTransaction(context, idempotency, async (tx) => {
    const { facts } = await lockAttempt(tx, context.clock, { attemptId, subject });
    const phase = phaseOf(facts);
    if (phase === 'withdrawn') return { attemptId, deliveryId: undefined };
    if (!mayWithdraw(phase)) {
      throw new Refusal('wrong_phase', 'An attempt can be withdrawn until the first submission of the test under way.', { phase });
    }
    await closeSittings(tx, facts);
    await settle(tx, { attemptId, outcome: 'withdrawn', reason: 'withdrawn_by_candidate', at: facts.asOf });
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'withdrawn', at: new Date(facts.asOf) }) };
  });
}

/** Staff end the attempt at any point before it is settled; assignments still open are void, marks stay. */
export function withdrawByStaff(context: RecordContext, { attemptId, ...act }: AuditedAct & { attemptId: string }): Promise<{ outcome: Outcome }> {
  return inTransaction(context, async (tx) => {
    const { facts } = await lockAttempt(tx, context.clock, { attemptId });
    const at = new Date(facts.asOf);
    if (facts.outcome !== null && facts.outcome !== 'withdrawn') throw new Refusal('wrong_phase', `The attempt is ${facts.outcome} already.`);
    if (!(await recordAct(tx, act, { attemptId, action: 'withdraw', details: {}, at })) || facts.outcome === 'withdrawn')
      return { outcome: 'withdrawn' };
    await closeSittings(tx, facts, { staff: true });
    await voidAssignments(tx, attemptId);
    await settleFlags(tx, { attemptId, settlement: 'withdrawn', by: act.actor, at });
    await settle(tx, { attemptId, outcome: 'withdrawn', reason: 'withdrawn_by_staff', at: facts.asOf });
    return { outcome: 'withdrawn' };
  });
}

/** Ends an attempt; its row is locked by the caller. */
async function settle(
  tx: Transaction,
  { attemptId, outcome, reason, at }: { attemptId: string; outcome: Outcome; reason: OutcomeReasonCode; at: number },
): Promise<void> {
  await tx.attempt.update({
    where: { id: attemptId },
    data: { outcome, outcomeReason: OUTCOME_REASONS[reason], settledAt: new Date(at) },
    select: { id: true },
  });
}

/** Closes the open sitting without a submission. A freeze that won the sitting's lock first makes the withdrawal too late. */
async function closeSittings(tx: Transaction, facts: AttemptFacts, { staff = false } = {}): Promise<void> {
  const open = Object.values(facts.sittings).find((sitting) => sitting?.frozenAt === null);
  if (!open) return;
  const { count } = await tx.sitting.updateMany({ where: { id: open.sittingId, frozenAt: null }, data: { frozenAt: new Date(facts.asOf) } });
  if (count === 0 && !staff) throw new Refusal('wrong_phase', 'An attempt can be withdrawn until the first submission of the test under way.');
}

async function voidAssignments(tx: Transaction, attemptId: string): Promise<void> {
  await tx.assignment.updateMany({
    where: { state: { in: ['open', 'held'] }, purpose: { not: 'seed' }, submission: { sitting: { attemptId } } },
    data: { state: 'void', holder: null, leaseExpiresAt: null },
  });
}
