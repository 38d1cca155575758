import { ATTEMPT_WORKFLOW, attemptWorkflowId, factsCommitted, type AttemptInput } from './messages.ts';
import { CertPhase } from './search-attributes.ts';
import type { TaskQueue } from './queues.ts';

/** What rings at the workflow of an attempt after something was committed. The first fact, the registration, starts it. */
export function attemptBell({ attemptId, fact }: { readonly attemptId: string; readonly fact: string }) {
  return {
    workflowId: attemptWorkflowId(attemptId),
    signal: factsCommitted,
    ...(fact === 'registered' ? { start: attemptStart(attemptId) } : {}),
  };
}

/** How the workflow of an attempt is started. It loads the facts, so it may be started at any time. */
export function attemptStart(attemptId: string) {
  return {
    workflowType: ATTEMPT_WORKFLOW,
    options: {
      workflowId: attemptWorkflowId(attemptId),
      taskQueue: 'certification' satisfies TaskQueue,
      args: [{ attemptId } satisfies AttemptInput],
      staticSummary: 'Certification attempt: see the current details beside',
      typedSearchAttributes: [{ key: CertPhase, value: 'registered' }],
    },
  };
}
