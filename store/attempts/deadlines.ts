import { deadlineOf, phaseOf, windowOf, type AttemptFacts, type Window } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import { Refusal } from '../../domain/refusal.ts';
import { lockAttempt } from '../attempt-rows.ts';
import { recordAct, type AuditedAct } from '../audit.ts';
import { inTransaction, type RecordContext, type Transaction } from '../context.ts';
import { commitFact, type Committed } from '../deliveries.ts';
import type { ExamContext } from '../exam-versions.ts';

/** Moves the deadline of the window under way to a later one, by name (design, section 3). */
export function extend(
  context: RecordContext,
  { attemptId, window, deadline, ...act }: AuditedAct & { attemptId: string; window: Window; deadline: Date },
): Promise<{ deadline: Date }> {
  return inTransaction(context, async (tx) => {
    const { facts } = await lockAttempt(tx, context.clock, { attemptId });
    const present = await lockedDeadline(tx, facts, window);
    const at = new Date(facts.asOf);
    const details = { window, from: present.toISOString(), to: deadline.toISOString() };
    if (deadline <= present) {
      if (deadline.getTime() === present.getTime()) return { deadline };
      throw new Refusal('deadline_not_later', `An extension never shortens: the deadline is ${present.toISOString()}.`, {
        deadline: present.toISOString(),
      });
    }
    if (!(await recordAct(tx, act, { attemptId, action: 'extend', details, at }))) return { deadline: present };
    await moveDeadline(tx, facts, window, deadline);
    return { deadline };
  });
}

/**
 * Sets the factor by which every window of this candidate's attempt is scaled, 150 for one and a half times. The
 * window under way grows with it and never shrinks; later ones follow. Staff record it, whatever Temporal does.
 */
export function accommodate(
  context: ExamContext,
  { attemptId, percent, ...act }: AuditedAct & { attemptId: string; percent: number },
): Promise<Committed> {
  return inTransaction(context, async (tx) => {
    const record = await lockAttempt(tx, context.clock, { attemptId });
    const { facts } = record;
    if (facts.outcome !== null) throw new Refusal('wrong_phase', `The attempt is ${facts.outcome} already.`);
    const at = new Date(facts.asOf);
    if (!(await recordAct(tx, act, { attemptId, action: 'accommodate', details: { from: record.accommodationPercent, to: percent }, at }))) {
      return { attemptId, deliveryId: undefined };
    }
    await tx.attempt.update({ where: { id: attemptId }, data: { accommodationPercent: percent }, select: { id: true } });
    const { policy } = await context.examVersions.contentOf(record.examVersionId, tx);
    const window = openWindow(facts);
    if (window) {
      const present = await lockedDeadline(tx, facts, window.name);
      const scaled = new Date(
        present.getTime() -
          deadlineOf(policy, window.name, window.from, record.accommodationPercent) +
          deadlineOf(policy, window.name, window.from, percent),
      );
      if (scaled > present) await moveDeadline(tx, facts, window.name, scaled);
    }
    return { attemptId, deliveryId: await commitFact(tx, { attemptId, fact: 'deadline_moved', at }) };
  });
}

/** The window under way and when it opened. */
function openWindow(facts: AttemptFacts): { name: Window; from: number } | undefined {
  const name = windowOf(phaseOf(facts));
  switch (name) {
    case 'start':
    case 'offer':
      return { name, from: facts.asOf };
    case 'aptitude':
    case 'case_study':
      return { name, from: facts.sittings[name]?.startedAt ?? facts.asOf };
    case undefined:
      return undefined;
  }
}

/** The stored deadline of a window, under the lock that guards it. Refused when that window is not open. */
async function lockedDeadline(tx: Transaction, facts: AttemptFacts, window: Window): Promise<Date> {
  const closed = () => new Refusal('wrong_phase', `The window "${window}" is not open.`, { phase: phaseOf(facts) });
  switch (window) {
    case 'start':
    case 'offer':
      if (windowOf(phaseOf(facts)) !== window) throw closed();
      return new Date(window === 'start' ? facts.startBy : (facts.downloadBy ?? facts.asOf));
    case 'aptitude':
    case 'case_study':
      return lockedSittingDeadline(tx, { attemptId: facts.attemptId, test: window, closed });
  }
}

async function lockedSittingDeadline(
  tx: Transaction,
  { attemptId, test, closed }: { attemptId: string; test: Test; closed: () => Refusal },
): Promise<Date> {
  const [sitting] = await tx.$queryRaw<{ deadline: Date; frozen_at: Date | null }[]>`
    SELECT deadline, frozen_at FROM sitting WHERE attempt_id = ${attemptId}::uuid AND test = ${test} FOR UPDATE`;
  if (!sitting) throw closed();
  if (sitting.frozen_at) throw new Refusal('deadline_passed', 'The test is frozen. Reopen it instead, while it is being graded.');
  return sitting.deadline;
}

async function moveDeadline(tx: Transaction, facts: AttemptFacts, window: Window, deadline: Date): Promise<void> {
  const where = { id: facts.attemptId };
  switch (window) {
    case 'start':
      await tx.attempt.update({ where, data: { startBy: deadline }, select: { id: true } });
      return;
    case 'offer':
      await tx.attempt.update({ where, data: { downloadBy: deadline }, select: { id: true } });
      return;
    case 'aptitude':
    case 'case_study':
      await tx.sitting.update({ where: { attemptId_test: { attemptId: facts.attemptId, test: window } }, data: { deadline }, select: { id: true } });
  }
}
