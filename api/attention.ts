import { setTimeout as sleep } from 'node:timers/promises';
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
/** How long whoever reads waits for it. The records answer by themselves, and a question that takes longer is of use to the next. */
const WAIT_MILLISECONDS = 300;
const ANSWER_MILLISECONDS = 2000;
const CALLED_MAX = 1000;
const QUERY = `WorkflowType = '${ATTEMPT_WORKFLOW}' AND CertNeedsAttention = true AND ExecutionStatus = 'Running'`;

const NOTHING_KNOWN: Called = { attemptIds: new Set(), isPartial: true };

/** Asks Temporal which attempts called staff. Never throws, and holds up nobody: while Temporal is away or slow the answer is partial. */
export function createAttention(temporal: Client): () => Promise<Called> {
  let question: { readonly askedAt: number; readonly answer: () => Promise<Called> } | undefined;

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
    const time = performance.now();
    if (question === undefined || time - question.askedAt > FRESH_MILLISECONDS) question = { askedAt: time, answer: answerInTime(ask()) };
    return question.answer();
  };
}

/** What is there once a first moment is over: the answer, or until it comes that nothing is known. */
function answerInTime(answer: Promise<Called>): () => Promise<Called> {
  let known: Called | undefined;
  const coming = answer.then((called) => (known = called));
  const moment = sleep(WAIT_MILLISECONDS, NOTHING_KNOWN, { ref: false });
  return async () => known ?? Promise.race([coming, moment]);
}
