import { ApplicationFailure } from '@temporalio/workflow';
import { REFUSED } from './messages.ts';

/** What a validator or a handler refuses an update with; the message is for whoever sent it. */
export function refuse(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, REFUSED, 'wrong_phase');
}

/** Refuses an act of staff that does not say who acts and why: both are audited. */
export function checkActor(act: { readonly actor?: unknown; readonly reason?: unknown } | undefined): void {
  if (!isText(act?.actor)) throw refuse('actor is missing: say who acts');
  if (!isText(act?.reason)) throw refuse('reason is missing: say why');
}

export function isText(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '';
}
