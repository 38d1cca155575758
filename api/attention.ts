import type { Client } from '@temporalio/client';
import { validate as isUuid } from 'uuid';
import { ATTEMPT_WORKFLOW, attemptIdOfWorkflow } from '../workflows/messages.ts';

/** Which attempts called staff, as Temporal knows it. */
export type Called = {
  readonly attemptIds: ReadonlySet<string>;
  /** Temporal did not answer, or more called than are listed: the facts alone tell of the others. */
  readonly isPartial: boolean;
};

/** Staff who look again within it see the same list: many pages open cost Temporal one question. */
const FRESH_MILLISECONDS = 5000;
const ANSWER_MILLISECONDS = 2000;
const CALLED_MAX = 1000;
const QUERY = `WorkflowType = '${ATTEMPT_WORKFLOW}' AND CertNeedsAttention = true AND ExecutionStatus = 'Running'`;

/** Asks Temporal which attempts called staff. Never throws: while Temporal is away the answer is partial. */
export function createAttention(temporal: Client): () => Promise<Called> {
  let known: { readonly at: number; readonly called: Promise<Called> } | undefined;

  async function ask(): Promise<Called> {
    const attemptIds = new Set<string>();
    try {
      await temporal.withDeadline(Date.now() + ANSWER_MILLISECONDS, async () => {
        for await (const { workflowId } of temporal.workflow.list({ query: QUERY, pageSize: CALLED_MAX })) {
          const attemptId = attemptIdOfWorkflow(workflowId);
          // Whoever may start workflows may call one whatever they like.
          if (attemptId !== undefined && isUuid(attemptId)) attemptIds.add(attemptId);
          if (attemptIds.size > CALLED_MAX) break;
        }
      });
      return { attemptIds, isPartial: attemptIds.size > CALLED_MAX };
    } catch {
      return { attemptIds, isPartial: true };
    }
  }

  return () => {
    if (known === undefined || Date.now() - known.at > FRESH_MILLISECONDS) known = { at: Date.now(), called: ask() };
    return known.called;
  };
}
