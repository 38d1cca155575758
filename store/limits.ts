import { v7 as uuidv7 } from 'uuid';
import { endOf, phaseOf, windowOf, windowSeconds, type Instant, type Window } from '../domain/attempt.ts';
import type { Policy } from '../domain/exam.ts';
import { bindingOf, type Extension, type Limit } from '../domain/limit.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Step } from '../domain/step.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { AttemptRecord } from './attempt-rows.ts';
import { writeTogether, type Transaction } from './context.ts';
import { tidingsWrite } from './tidings.ts';

/** Limits: a window's deadline is computed from its parts whenever one of them changes, and kept where requests look for it. */

/** A window of an attempt, with the deadline that stands. */
export type OpenWindow = { readonly window: Window; readonly limit: Limit; readonly deadline: Instant };

/** The deadline of a window that opens now. */
export function deadlineOfNew(policy: Policy, window: Window, { openedAt, accommodations }: Pick<Limit, 'openedAt' | 'accommodations'>): Date {
  return new Date(bindingOf({ openedAt, seconds: windowSeconds(policy, window), accommodations, extensions: [] }).deadline);
}

/**
 * The window that is open, with all that its deadline is computed from. A deadline that its parts do not explain, since an
 * earlier release set it, is a part of its own: it stays promised.
 */
export function openWindowOf(record: AttemptRecord, policy: Policy): OpenWindow | undefined {
  const window = windowOf(phaseOf(record.facts));
  if (window === undefined) return undefined;
  const { openedAt, deadline } = boundsOf(record, window);
  const limit = {
    openedAt,
    seconds: windowSeconds(policy, window),
    accommodations: record.accommodations,
    extensions: record.extensions[window],
  };
  const kept = deadline > bindingOf(limit).deadline ? [{ kind: 'kept' as const, until: deadline, at: openedAt }] : [];
  return { window, limit: { ...limit, extensions: [...limit.extensions, ...kept] }, deadline };
}

/** Refuses when another window is open, or none. */
export function openWindow(record: AttemptRecord, policy: Policy, window: Window): OpenWindow {
  if (isFrozen(record, window)) {
    throw new Refusal('deadline_passed', 'The test is frozen. Reopen it instead, while it is being graded.');
  }
  const open = openWindowOf(record, policy);
  if (open?.window !== window) throw new Refusal('wrong_phase', `The window "${window}" is not open.`, { phase: phaseOf(record.facts) });
  return open;
}

function isFrozen({ facts }: AttemptRecord, window: Window): boolean {
  switch (window) {
    case 'start':
    case 'offer':
      return false;
    case 'aptitude':
    case 'case_study':
      return typeof facts.sittings[window]?.frozenAt === 'number';
  }
}

function boundsOf({ facts, registeredAt, offeredAt }: AttemptRecord, window: Window): { openedAt: Instant; deadline: Instant } {
  const deadline = endOf(facts, window) ?? facts.asOf;
  switch (window) {
    case 'start':
      return { openedAt: registeredAt.getTime(), deadline };
    case 'offer':
      return { openedAt: (offeredAt ?? registeredAt).getTime(), deadline };
    case 'aptitude':
    case 'case_study':
      return { openedAt: facts.sittings[window]?.startedAt ?? facts.asOf, deadline };
  }
}

/** Waits for whoever freezes the test or saves in it. Of the other windows the attempt's lock is all. */
export async function lockWindow(tx: Transaction, { attemptId, window }: { attemptId: string; window: Window }): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM sitting WHERE attempt_id = ${attemptId}::uuid AND test = ${window} FOR UPDATE`;
}

/** With one more part; the window and its attempt are locked. Returns the deadline that binds now. */
export async function addExtension(
  tx: Transaction,
  { attemptId, open, extension, at }: { attemptId: string; open: OpenWindow; extension?: Extension | undefined; at: Date },
): Promise<Date> {
  const { window, limit } = open;
  const added = [...limit.extensions.filter(({ kind }) => kind === 'kept'), ...(extension ? [extension] : [])];
  await insertExtensions(
    tx,
    added.map((part) => ({ attemptId, window, extension: part, at })),
  );
  const deadline = new Date(bindingOf({ ...limit, extensions: [...limit.extensions, ...(extension ? [extension] : [])] }).deadline);
  await moveDeadline(tx, { attemptId, window, deadline });
  await tellOfMove(tx, { attemptId, window, from: new Date(open.deadline), to: deadline, at });
  return deadline;
}

type Move = { readonly attemptId: string; readonly window: Window; readonly from: Date; readonly to: Date; readonly at: Date };

/** With the fact, under the occasion of the workflow, which tells of what moves while it looks: nothing is told twice, and nothing that moved before goes untold. */
async function tellOfMove(tx: Transaction, move: Move): Promise<void> {
  const step = stepOfMove(move);
  if (step)
    await writeTogether(tx, [tidingsWrite({ attemptId: move.attemptId, tidings: { kind: 'step', step } }, Prisma.sql`${move.at}::timestamptz`)]);
}

/** Undefined where nothing moved. */
export function stepOfMove({ window, from, to }: Pick<Move, 'window' | 'from' | 'to'>): Step | undefined {
  if (from.getTime() === to.getTime()) return undefined;
  return { kind: to > from ? 'deadline_moved' : 'deadline_corrected', window, deadline: to.toISOString() };
}

type NewExtension = { readonly attemptId: string; readonly window: Window; readonly extension: Extension; readonly at: Date };

/** In their order. */
export async function insertExtensions(tx: Transaction, rows: readonly NewExtension[]): Promise<void> {
  await tx.extension.createMany({ data: rows.map(rowOf) });
}

function rowOf({ attemptId, window, extension, at }: NewExtension) {
  const { kind } = extension;
  const own = { id: uuidv7(), attemptId, window, kind };
  if (kind !== 'outage') return { ...own, grantedAt: new Date(extension.at), until: new Date(extension.until) };
  const { outageId, from, to, extraSeconds } = extension;
  return { ...own, grantedAt: at, outageId, outageFrom: new Date(from), outageTo: new Date(to), extraSeconds };
}

async function moveDeadline(tx: Transaction, { attemptId, window, deadline }: { attemptId: string; window: Window; deadline: Date }): Promise<void> {
  switch (window) {
    case 'start':
      await tx.attempt.update({ where: { id: attemptId }, data: { startBy: deadline }, select: { id: true } });
      return;
    case 'offer':
      await tx.attempt.update({ where: { id: attemptId }, data: { downloadBy: deadline }, select: { id: true } });
      return;
    case 'aptitude':
    case 'case_study':
      await tx.sitting.update({ where: { attemptId_test: { attemptId, test: window } }, data: { deadline }, select: { id: true } });
  }
}
