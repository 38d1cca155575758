import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Outcome, Window } from '../domain/attempt.ts';
import type { Test } from '../domain/exam.ts';

/** The contract of the attempt workflow: its id, its input and result, and every message it takes. */

export const ATTEMPT_WORKFLOW = 'certificationAttempt';

const ID_PREFIX = 'attempt-';

export function attemptWorkflowId(attemptId: string): string {
  return `${ID_PREFIX}${attemptId}`;
}

/** The inverse of attemptWorkflowId; undefined for the id of any other workflow. */
export function attemptIdOfWorkflow(workflowId: string): string | undefined {
  return workflowId.startsWith(ID_PREFIX) ? workflowId.slice(ID_PREFIX.length) : undefined;
}

export type AttemptInput = { readonly attemptId: string };
export type AttemptResult = { readonly outcome: Outcome };

/** A doorbell: something was committed for this attempt. What it was, the workflow loads from PostgreSQL. */
export const factsCommitted = defineSignal('factsCommitted');

/** Every act of staff says who acts and why; both are audited. Who it is counts where the API vouches for it (docs/decisions/0017); typed by hand it is claimed. */
type StaffAct = { readonly actor: string; readonly reason: string };

export type ExtendInput = StaffAct & {
  readonly window: Window;
  /** ISO 8601 with offset, later than the present deadline. */ readonly deadline: string;
};
export type WithdrawInput = StaffAct;
export type ReassignInput = StaffAct & {
  readonly assignmentId: string;
  /** The grader who is to take it; without one it goes back to the pool. */
  readonly grader?: string;
};
export type ReopenInput = StaffAct & { readonly test: Test; /** ISO 8601 with offset, in the future. */ readonly deadline: string };

export const extend = defineUpdate<{ deadline: string }, [ExtendInput]>('extend');
export const withdraw = defineUpdate<{ outcome: Outcome }, [WithdrawInput]>('withdraw');
export const reassign = defineUpdate<{ assignmentId: string }, [ReassignInput]>('reassign');
export const reopen = defineUpdate<{ round: number; deadline: string }, [ReopenInput]>('reopen');

/** The type of the ApplicationFailure by which an update or an activity refuses; its first detail is the refusal's code. */
export const REFUSED = 'Refused';

/** The header by which a message or an activity says which trace it belongs to; Temporal's SDKs use the same. */
export const TRACE_HEADER = '_tracer-data';
export type TraceHeader = { /** As W3C Trace Context has it. */ readonly traceparent: string };

/** How log lines are labelled, by the fields that they have. */
export const LOG_LABELS = { attemptId: 'attempt_id' };

/** How those who speak with workflows trace what they say (platform/temporal/tracing.ts). */
export const MESSAGE_TRACING = {
  header: TRACE_HEADER,
  attributesOf(workflowId: string): Readonly<Record<string, string>> {
    const attemptId = attemptIdOfWorkflow(workflowId);
    return attemptId === undefined ? {} : { 'certifiable.attempt.id': attemptId };
  },
};
