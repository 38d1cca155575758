import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import { proxySinks, workflowInfo, type Sinks, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { TRACE_HEADER, type TraceHeader } from './messages.ts';

/**
 * Carries a trace through a workflow (docs/decisions/0007): what a message asked for belongs to the trace of the request
 * that sent it, what a timer begins is a trace of its own. Nothing here issues a command or waits, so histories replay with
 * or without it; and nothing happens at all where no message brings a trace.
 */

/** A message that was handled, or a timer that fired, as a span for the worker to record. */
export type HandledSpan = {
  readonly name: string;
  /** The sender's span; null where a timer began the trace. */
  readonly parent: string | null;
  readonly traceId: string;
  readonly spanId: string;
  /** The workflow's clock, for what took its time: an update, which waits for what it does. */
  readonly startedAt?: number;
  readonly failed?: boolean;
};

// A mapping of names, as the SDK wants it.
export interface TracingSinks extends Sinks {
  tracing: { handled: (span: HandledSpan) => void };
}

type Position = { readonly traceId: string; readonly spanId: string; readonly flags: string };

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const SAMPLED = '01';

export const interceptors: WorkflowInterceptorsFactory = () => {
  const { tracing } = proxySinks<TracingSinks>();
  /** Where what is scheduled next belongs: to what rang or fired last. */
  let position: Position | undefined;
  let isTraced = false;
  let spans = 0;

  /** Ids that a replay makes again: the workflow's own random numbers stay untouched. */
  function nextId(hexDigits: number): string {
    const { workflowId, runId } = workflowInfo();
    spans += 1;
    return hashedId(`${workflowId}/${runId}/${spans}`, hexDigits);
  }

  /** Moves on to the trace of a message; out of any where it brings none. Returns how to tell that it was handled. */
  function follow(headers: Headers, name: string): (end?: Pick<HandledSpan, 'startedAt' | 'failed'>) => void {
    const parent = traceparentIn(headers);
    const [, traceId, , flags] = (parent === undefined ? null : TRACEPARENT.exec(parent)) ?? [];
    if (parent === undefined || traceId === undefined || flags === undefined) {
      position = undefined;
      return () => {};
    }
    isTraced = true;
    const spanId = nextId(16);
    position = { traceId, spanId, flags };
    return (end = {}) => {
      if (flags === SAMPLED) tracing.handled({ name, parent, traceId, spanId, ...end });
    };
  }

  /** Nobody asked: a deadline came. */
  function beginTrace(name: string): void {
    if (!isTraced) return;
    position = { traceId: nextId(32), spanId: nextId(16), flags: SAMPLED };
    tracing.handled({ name, parent: null, traceId: position.traceId, spanId: position.spanId });
  }

  function onwards(headers: Headers): Headers {
    if (!position) return headers;
    const header: TraceHeader = { traceparent: `00-${position.traceId}-${position.spanId}-${position.flags}` };
    return { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(header) };
  }

  // No function here is async and none awaits: another turn of the microtasks could change the order of commands.
  return {
    inbound: [
      {
        execute(input, next) {
          follow(input.headers, `start ${workflowInfo().workflowType}`)();
          return next(input);
        },
        handleSignal(input, next) {
          follow(input.headers, `signal ${input.signalName}`)();
          return next(input);
        },
        handleUpdate(input, next) {
          const startedAt = Date.now();
          const tell = follow(input.headers, `update ${input.name}`);
          const handled = next(input);
          handled.then(
            () => tell({ startedAt }),
            () => tell({ startedAt, failed: true }),
          );
          return handled;
        },
      },
    ],
    outbound: [
      {
        startTimer(input, next) {
          const fired = next(input);
          fired.then(
            () => beginTrace('timer'),
            () => {},
          );
          return fired;
        },
        scheduleActivity: (input, next) => next({ ...input, headers: onwards(input.headers) }),
        scheduleLocalActivity: (input, next) => next({ ...input, headers: onwards(input.headers) }),
      },
    ],
  };
};

function traceparentIn(headers: Headers): string | undefined {
  const payload = headers[TRACE_HEADER];
  if (!payload) return undefined;
  const { traceparent } = defaultPayloadConverter.fromPayload<Partial<TraceHeader>>(payload);
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** FNV-1a in 32-bit lanes, each mixed at the end (MurmurHash3's finaliser), since samplers look at single bits. */
function hashedId(text: string, hexDigits: number): string {
  let id = '';
  for (let lane = 0; id.length < hexDigits; lane += 1) id += lane32(`${lane}/${text}`).toString(16).padStart(8, '0');
  return id;
}

function lane32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
