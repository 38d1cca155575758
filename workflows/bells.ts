import type { Standing } from '../domain/attempt.ts';
import { ATTEMPT_WORKFLOW, attemptWorkflowId, factsCommitted, type AttemptInput } from './messages.ts';
import { CertDueAt, CertExamVersion, CertPhase } from './search-attributes.ts';
import type { TaskQueue } from './queues.ts';

type FactOf = { readonly attemptId: string; readonly fact: string; readonly standing?: Standing | undefined };

/** What rings at the workflow of an attempt after something was committed. The first fact, the registration, starts it. */
export function attemptBell({ attemptId, fact, standing }: FactOf) {
  return fact === 'registered' ? attemptStart(attemptId, standing) : { workflowId: attemptWorkflowId(attemptId), signal: factsCommitted };
}

/** How the workflow of an attempt is started. It loads the facts, so it may be started at any time; what is said here of where it stands, it need not show itself. */
export function attemptStart(attemptId: string, standing?: Standing) {
  return {
    workflowType: ATTEMPT_WORKFLOW,
    options: {
      workflowId: attemptWorkflowId(attemptId),
      taskQueue: 'certification' satisfies TaskQueue,
      args: [{ attemptId } satisfies AttemptInput],
      staticSummary: 'Certification attempt: see the current details beside',
      typedSearchAttributes: [
        { key: CertPhase, value: standing?.phase ?? 'registered' },
        ...(standing
          ? [
              { key: CertExamVersion, value: standing.examVersion },
              { key: CertDueAt, value: new Date(standing.until) },
            ]
          : []),
      ],
    },
  };
}
