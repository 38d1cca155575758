import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { currentTraceparent, inSpan, SpanKind, type Attributes } from '../telemetry/spans.ts';

/** What the workflows' side has agreed on. */
export type MessageTracing = {
  /** The header that says which trace a message or an activity belongs to. Its content is `{ traceparent }`, as W3C Trace Context has it. */
  readonly header: string;
  /** What a workflow's id tells about its spans. */
  readonly attributesOf: (workflowId: string) => Attributes;
};

/** Each message to a workflow is a span, and tells the workflow so. */
export function traceMessages(tracing: MessageTracing): WorkflowClientInterceptor {
  const withTrace = (headers: Headers) => withTraceIn(tracing, headers);

  function sending<Result>(name: string, workflowId: string | undefined, send: () => Promise<Result>): Promise<Result> {
    return inSpan(name, { kind: SpanKind.CLIENT, attributes: { 'rpc.system.name': 'temporal', ...workflowAttributes(tracing, workflowId) } }, send);
  }

  return {
    signal: (input, next) =>
      sending(`signal ${input.signalName}`, input.workflowExecution.workflowId, () => next({ ...input, headers: withTrace(input.headers) })),

    start: (input, next) =>
      sending(`start ${input.workflowType}`, input.options.workflowId, () => next({ ...input, headers: withTrace(input.headers) })),

    startUpdate: (input, next) =>
      sending(`update ${input.updateName}`, input.workflowExecution.workflowId, () => next({ ...input, headers: withTrace(input.headers) })),

    startUpdateWithStart: (input, next) =>
      sending(`update with start ${input.updateName}`, input.workflowStartOptions.workflowId, () =>
        next({ ...input, workflowStartHeaders: withTrace(input.workflowStartHeaders), updateHeaders: withTrace(input.updateHeaders) }),
      ),
  };
}

export function workflowAttributes({ attributesOf }: MessageTracing, workflowId: string | undefined): Attributes {
  return workflowId === undefined ? {} : { 'temporal.workflow.id': workflowId, ...attributesOf(workflowId) };
}

function withTraceIn({ header }: MessageTracing, headers: Headers): Headers {
  const traceparent = currentTraceparent();
  return traceparent === undefined ? headers : { ...headers, [header]: defaultPayloadConverter.toPayload({ traceparent }) };
}

/** The trace that headers bring, if any. */
export function traceparentOf({ header }: MessageTracing, headers: Headers): string | undefined {
  const payload = headers[header];
  if (!payload) return undefined;
  const { traceparent } = defaultPayloadConverter.fromPayload<{ traceparent?: unknown }>(payload);
  return typeof traceparent === 'string' ? traceparent : undefined;
}
