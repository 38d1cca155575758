import { randomUUID } from 'node:crypto';
import { ApplicationFailure, WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { phaseOf } from '../domain/attempt.ts';
import { Refusal, REFUSAL_CODES, type RefusalCode, type RefusalDetails } from '../domain/refusal.ts';
import { isTemporalUnavailable } from '../platform/temporal/client.ts';
import { termsOf, type StaffActKind } from '../domain/staff-act.ts';
import type { ActDetails } from '../store/audit.ts';
import type { AttemptStore } from '../store/attempts/attempts.ts';
import type { StaffActStore } from '../store/staff-acts.ts';
import { attemptWorkflowId, REFUSED } from '../workflows/messages.ts';
import { unavailable } from './problems.ts';

/** How long an act may take before staff are told to try again; it may still happen, and a repeat with the same key is the same act. */
const ACT_TIMEOUT_MILLISECONDS = 10_000;
/** How long Temporal may take to say that it is there: the client would try an act again and again until its time is over. */
const PROBE_TIMEOUT_MILLISECONDS = 2000;

/** gRPC. */
const FAILED_PRECONDITION = 9;
/** Of an Update whose workflow task fails. */
const ACT_TRIES = 5;

type Act<Result, Input extends StaffInput> = {
  readonly attemptId: string;
  readonly update: UpdateDefinition<Result, [Input]>;
  readonly input: Input;
  /** Names the act, so that a repeat is answered and not done again. */
  readonly actKey: string | undefined;
  /** Of what was claimed in the Temporal UI, when this confirms it. */
  readonly claimId?: string;
};

type StaffInput = { readonly actor: string; readonly reason: string };
type StaffActsOptions = { temporal: Client; attempts: Pick<AttemptStore, 'read'>; staffActs: Pick<StaffActStore, 'vouch' | 'before'> };
type AttemptActKind = Exclude<StaffActKind, 'settle' | 'suspend'>;

/** What each answered when it was done, by what its audit says. */
const ANSWERS: Readonly<Record<AttemptActKind, (details: ActDetails) => object>> = {
  extend: ({ to }) => ({ deadline: to }),
  withdraw: () => ({ outcome: 'withdrawn' }),
  reassign: ({ assignmentId }) => ({ assignmentId }),
  reopen: ({ round, deadline }) => ({ round: Number(round) + 1, deadline }),
};

/**
 * Staff act on an attempt by an Update of its workflow, which validates and records it: that the actor is real it knows by what is vouched for here first. Refuses with the workflow's own
 * refusals, `not_found` without such an attempt, `wrong_phase` once it is over, and `unavailable` while Temporal is away or slow.
 * A repeat is answered by the record, whatever has become of the workflow since.
 */
export function createStaffActs({ temporal, attempts, staffActs: { vouch, before } }: StaffActsOptions) {
  return async function act<Result, Input extends StaffInput>({
    attemptId,
    update,
    input,
    actKey = randomUUID(),
    claimId,
  }: Act<Result, Input>): Promise<Result> {
    await attempts.read({ attemptId });
    const handle = temporal.workflow.getHandle(attemptWorkflowId(attemptId));
    const kind = kindOf(update.name);
    const actionKey = `${attemptId}:${actKey}`;
    const done = await before(actionKey);
    if (done) return ANSWERS[kind](done) as Result;
    await vouch({ actionKey, kind, terms: termsOf(kind, input), actor: input.actor, reason: input.reason }, claimId);
    try {
      return await withTemporal(temporal, () => handle.executeUpdate<Result, [Input]>(update, { args: [input], updateId: actKey }));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) {
        // It may have ended since.
        const { facts } = await attempts.read({ attemptId });
        if (facts.outcome !== null) throw new Refusal('wrong_phase', `The attempt is ${facts.outcome} already.`, { phase: phaseOf(facts) });
      }
      // Registered, but the workflow is not started yet: the relay is about to.
      if (error instanceof WorkflowNotFoundError || isTemporalUnavailable(error)) throw unavailable('The orchestration of attempts');
      throw refusalOf(error) ?? error;
    }
  };
}

function kindOf(name: string): AttemptActKind {
  const kind = (Object.keys(ANSWERS) as AttemptActKind[]).find((known) => known === name);
  if (!kind) throw new TypeError(`${name} is no act of staff on an attempt`);
  return kind;
}

/**
 * Acts while Temporal is there, within a time that a person waits. Throws at once, or soon, while it is not. An Update whose workflow
 * task failed, since a doorbell rang while it was ending, is sent again: by its id it is the same.
 */
export async function withTemporal<Result>(temporal: Client, act: () => Promise<Result>): Promise<Result> {
  await temporal.withDeadline(Date.now() + PROBE_TIMEOUT_MILLISECONDS, () => temporal.workflowService.getSystemInfo({}));
  return temporal.withDeadline(Date.now() + ACT_TIMEOUT_MILLISECONDS, async () => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await act();
      } catch (error) {
        if (tries === ACT_TRIES || !isTaskFailure(error)) throw error;
      }
    }
  });
}

/** It comes with words that the server has for this alone. */
function isTaskFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === FAILED_PRECONDITION && error.message.includes('workflow task failure')) || isTaskFailure(error.cause);
}

/** A refusal by the workflow's validator, or by an activity within the act, however deep it lies. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof ApplicationFailure && error.type === REFUSED) {
    const [code, details] = error.details ?? [];
    return new Refusal(codeOf(code), error.message, detailsOf(details));
  }
  if (error instanceof WorkflowUpdateFailedError || error.cause !== undefined) return refusalOf(error.cause);
  return undefined;
}

function codeOf(detail: unknown): RefusalCode {
  return REFUSAL_CODES.find((code) => code === detail) ?? 'wrong_phase';
}

function detailsOf(details: unknown): RefusalDetails {
  return typeof details === 'object' && details !== null ? (details as RefusalDetails) : {};
}
