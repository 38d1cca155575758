import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { RefusalCode } from '../domain/refusal.ts';
import { isBlankText, TEXTS, type TextRule } from '../domain/text.ts';
import { REFUSED } from './messages.ts';

const CONFIRMATION_NEEDED: RefusalCode = 'confirmation_needed';

/** What a validator or a handler refuses an update with; the message is for whoever sent it. */
export function refuse(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, REFUSED, 'wrong_phase');
}

/** Whether an activity refused since the act waits for a second person; local activities fail with the refusal itself. */
export function awaitsConfirmation(error: unknown): boolean {
  if (error instanceof ApplicationFailure) return error.type === REFUSED && error.details?.[0] === CONFIRMATION_NEEDED;
  return error instanceof ActivityFailure && awaitsConfirmation(error.cause);
}

/** Refuses an act of staff that does not say who acts and why: both are audited. */
export function checkActor(act: { readonly actor?: unknown; readonly reason?: unknown } | undefined): void {
  if (!isText(act?.actor)) throw refuse('actor is missing: say who acts');
  if (!isText(act?.reason)) throw refuse('reason is missing: say why');
  checkText('actor', act.actor, TEXTS.subject);
  checkText('reason', act.reason, TEXTS.reason);
}

/** Refuses a text that no other door would take, before PostgreSQL is asked to keep it. */
export function checkText(field: string, text: string, rule: TextRule): void {
  const problem = rule.problem(text);
  if (problem !== undefined) throw refuse(`${field} ${problem}`);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && !isBlankText(value);
}
