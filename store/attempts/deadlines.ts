import { latestDeadlineOf, type Instant, type Window } from '../../domain/attempt.ts';
import { isReopened, ownDeadlineOf } from '../../domain/limit.ts';
import { Refusal } from '../../domain/refusal.ts';
import { lockAttempt, readAttempt } from '../attempt-rows.ts';
import { actBefore, recordAct, type ActDetails, type AuditedAct } from '../audit.ts';
import { inTransaction, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import type { ExamContext } from '../exam-versions.ts';
import { addExtension, lockWindow, openWindow, type OpenWindow } from '../limits.ts';

type DeadlineAct = AuditedAct & { readonly attemptId: string; readonly window: Window };

/** Moves the deadline of the window under way to a later one, by name (design, section 3), no later than its exam's policy allows. */
export function extend(context: ExamContext, { attemptId, window, deadline, ...act }: DeadlineAct & { deadline: Date }): Promise<{ deadline: Date }> {
  return inTransaction(context, async (tx) => {
    const locked = await lockedWindow(tx, context, { attemptId, window, act });
    if ('before' in locked) return { deadline: namedBy(locked.before) };
    const { open, asOf, latest } = locked;
    const present = new Date(open.deadline);
    await recordAct(tx, act, { attemptId, action: 'extend', details: movedBy({ window, from: present, to: deadline }), at: asOf });
    if (deadline.getTime() === open.deadline) return { deadline };
    if (deadline < present) {
      throw new Refusal('deadline_not_later', `An extension never shortens: the deadline is ${present.toISOString()}.`, {
        deadline: present.toISOString(),
      });
    }
    if (deadline.getTime() > latest) throw outOfBounds({ earliest: open.deadline, latest });
    const extension = { kind: 'named' as const, until: deadline.getTime(), at: asOf.getTime() };
    return { deadline: await addExtension(tx, { attemptId, open, extension, at: asOf }) };
  });
}

/**
 * Takes back what was named by mistake for the window under way: extensions, and accommodations that have ended. Never to a
 * moment already past, and never below what policy, accommodation and outages give by themselves: that is nobody's mistake.
 * Staff record it, whatever Temporal does.
 */
export function correctDeadline(
  context: ExamContext,
  { attemptId, window, deadline, ...act }: DeadlineAct & { deadline: Date },
): Promise<Committed & { deadline: Date }> {
  return inTransaction(context, async (tx) => {
    const locked = await lockedWindow(tx, context, { attemptId, window, act });
    if ('before' in locked) return { attemptId, deliveryId: undefined, deadline: namedBy(locked.before) };
    const { open, asOf } = locked;
    const present = new Date(open.deadline);
    await recordAct(tx, act, { attemptId, action: 'correct_deadline', details: movedBy({ window, from: present, to: deadline }), at: asOf });
    if (deadline <= asOf) throw new Refusal('deadline_not_later', 'A deadline is never moved to a moment that is past.', { now: asOf.toISOString() });
    const own = isReopened(open.limit.extensions) ? asOf.getTime() : ownDeadlineOf(open.limit, asOf.getTime());
    if (deadline.getTime() < own || deadline > present) throw outOfBounds({ earliest: own, latest: open.deadline });
    const extension = { kind: 'correction' as const, until: deadline.getTime(), at: asOf.getTime() };
    const corrected = await addExtension(tx, { attemptId, open, extension, at: asOf });
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'deadline_moved', at: asOf }), deadline: corrected };
  });
}

export function outOfBounds({ earliest, latest }: { earliest: Instant; latest: Instant }): Refusal {
  const [from, to] = [earliest, latest].map((instant) => new Date(instant).toISOString());
  return new Refusal('deadline_out_of_bounds', `This deadline may be from ${from} to ${to}. Nothing was changed.`, { earliest: from, latest: to });
}

function movedBy({ window, from, to }: { window: Window; from: Date; to: Date }) {
  return { window, from: from.toISOString(), to: to.toISOString() };
}

function namedBy({ to }: ActDetails): Date {
  return new Date(String(to));
}

/** The window under way, under the locks that guard it; or what was done by this act before. Refused when that window is not open. */
async function lockedWindow(
  tx: Transaction,
  { clock, examVersions }: ExamContext,
  { attemptId, window, act }: { attemptId: string; window: Window; act: AuditedAct },
): Promise<{ open: OpenWindow; asOf: Date; latest: Instant } | { before: ActDetails }> {
  await lockAttempt(tx, clock, { attemptId });
  const before = await actBefore(tx, act);
  if (before) return { before };
  await lockWindow(tx, { attemptId, window });
  // Read after both locks: an outage credit takes the sitting's alone.
  const record = await readAttempt(tx, clock, { attemptId });
  const { policy } = await examVersions.contentOf(record.examVersionId, tx);
  const open = openWindow(record, policy, window);
  const { asOf } = record.facts;
  const own = isReopened(open.limit.extensions) ? asOf : ownDeadlineOf(open.limit, asOf);
  return { open, asOf: new Date(asOf), latest: latestDeadlineOf(policy, { own, asOf }) };
}
