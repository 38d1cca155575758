import { ApplicationFailure, type Context as ActivityContext } from '@temporalio/activity';
import type { ActivityInterceptors, InjectedSinks } from '@temporalio/worker';
import { inSpan, recordSpan, withTraceparent } from '../platform/telemetry/spans.ts';
import { traceparentOf, workflowAttributes } from '../platform/temporal/tracing.ts';
import { MESSAGE_TRACING, REFUSED } from '../workflows/messages.ts';
import type { TracingSinks } from '../workflows/tracing.ts';

/** Each try of an activity is a span, in the trace of what the workflow did it for. */
export function traceActivities({ info }: ActivityContext): ActivityInterceptors {
  const attributes = {
    ...workflowAttributes(MESSAGE_TRACING, info.workflowExecution?.workflowId),
    'temporal.task_queue': info.taskQueue,
    'temporal.activity.attempt': info.attempt,
    'temporal.activity.local': info.isLocal,
  };
  return {
    inbound: {
      execute: (input, next) =>
        withTraceparent(traceparentOf(MESSAGE_TRACING, input.headers), () =>
          inSpan(`activity ${info.activityType}`, { attributes, refusalIn }, () => next(input)),
        ),
    },
  };
}

/** Activities refuse in Temporal's way (activities/refusals.ts), with the code as the first detail. */
function refusalIn(error: unknown): string | undefined {
  if (!(error instanceof ApplicationFailure) || error.type !== REFUSED) return undefined;
  const code: unknown = error.details?.[0];
  return typeof code === 'string' ? code : REFUSED;
}

/** What workflows tell of the messages they handled; not when they replay. */
export const tracingSinks: InjectedSinks<TracingSinks> = {
  tracing: {
    handled: {
      fn({ workflowId, taskQueue }, { name, parent, traceId, spanId, startedAt, failed }) {
        const attributes = { ...workflowAttributes(MESSAGE_TRACING, workflowId), 'temporal.task_queue': taskQueue };
        recordSpan(`workflow ${name}`, { parent, ids: { traceId, spanId }, startedAt, failed, attributes });
      },
    },
  },
};
