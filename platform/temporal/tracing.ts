import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { attemptIdOfWorkflow, TRACE_HEADER, type TraceHeader } from '../../workflows/messages.ts';
import { currentTraceparent, inSpan, SpanKind, type Attributes } from '../telemetry/spans.ts';

/** Each message to a workflow is a span, and tells the workflow so. */
export const traceMessages: WorkflowClientInterceptor = {
  signal: (input, next) =>
    sending(`signal ${input.signalName}`, input.workflowExecution.workflowId, () => next({ ...input, headers: withTrace(input.headers) })),

  signalWithStart: (input, next) =>
    sending(`signal with start ${input.signalName}`, input.options.workflowId, () => next({ ...input, headers: withTrace(input.headers) })),

  startUpdate: (input, next) =>
    sending(`update ${input.updateName}`, input.workflowExecution.workflowId, () => next({ ...input, headers: withTrace(input.headers) })),

  startUpdateWithStart: (input, next) =>
    sending(`update with start ${input.updateName}`, input.workflowStartOptions.workflowId, () =>
      next({ ...input, workflowStartHeaders: withTrace(input.workflowStartHeaders), updateHeaders: withTrace(input.updateHeaders) }),
    ),
};

function sending<Result>(name: string, workflowId: string | undefined, send: () => Promise<Result>): Promise<Result> {
  return inSpan(name, { kind: SpanKind.CLIENT, attributes: { 'rpc.system.name': 'temporal', ...workflowAttributes(workflowId) } }, send);
}

export function workflowAttributes(workflowId: string | undefined): Attributes {
  if (workflowId === undefined) return {};
  const attemptId = attemptIdOfWorkflow(workflowId);
  return { 'temporal.workflow.id': workflowId, ...(attemptId === undefined ? {} : { 'certifiable.attempt.id': attemptId }) };
}

function withTrace(headers: Headers): Headers {
  const traceparent = currentTraceparent();
  if (traceparent === undefined) return headers;
  return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload({ traceparent } satisfies TraceHeader) };
}

/** The trace that headers bring, if any. */
export function traceparentOf(headers: Headers): string | undefined {
  const payload = headers[TRACE_HEADER];
  if (!payload) return undefined;
  const { traceparent } = defaultPayloadConverter.fromPayload<Partial<TraceHeader>>(payload);
  return typeof traceparent === 'string' ? traceparent : undefined;
}
