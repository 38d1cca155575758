import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';

/**
 * Spans, as the rest of the code makes them. While tracing is off (tracing.ts) all of this does nothing. Attributes hold ids,
 * names of routes, queues and activities, and codes: nothing about persons, and no message of an error, which may quote anything.
 */

export { SpanKind, type Attributes, type Span } from '@opentelemetry/api';

const tracer: Tracer = trace.getTracer('certifiable');

type SpanSettings = {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** The code of an error that is an expected answer; undefined for a failure. */
  readonly refusalIn?: (error: unknown) => string | undefined;
};

/** Does the work within a span, which ends with it; a failure shows by its type. */
export function inSpan<Result>(name: string, { refusalIn = codeOfRefusal, ...settings }: SpanSettings, work: () => Promise<Result>): Promise<Result> {
  return tracer.startActiveSpan(name, settings, async (span) => {
    try {
      return await work();
    } catch (error) {
      const refusal = refusalIn(error);
      if (refusal === undefined) fail(span, typeOf(error));
      else span.setAttribute('certifiable.refusal', refusal);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** As inSpan, but only as part of a trace: what loops do all day is none of its own. */
export function inChildSpan<Result>(name: string, settings: SpanSettings, work: () => Promise<Result>): Promise<Result> {
  return trace.getActiveSpan() === undefined ? work() : inSpan(name, settings, work);
}

/** A span that somebody else ends, and the way to do something within it. The caller's trace is in the headers of its request. */
export function startServerSpan(
  name: string,
  { headers, attributes }: { headers: Readonly<Record<string, unknown>>; attributes: Attributes },
): { span: Span; within: (work: () => void) => void } {
  const sender = propagation.extract(ROOT_CONTEXT, headers);
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, sender);
  const own = trace.setSpan(sender, span);
  return { span, within: (work) => context.with(own, work) };
}

export function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Where the work under way belongs, by W3C Trace Context; undefined outside a trace that is recorded. */
export function currentTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}

/** Does the work as part of the trace named; without one, as part of none. */
export function withTraceparent<Result>(traceparent: string | null | undefined, work: () => Result): Result {
  return context.with(contextOf(traceparent), work);
}

function contextOf(traceparent: string | null | undefined): Context {
  return traceparent == null ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
}

type PinnedIds = { readonly traceId: string; readonly spanId: string };
let pinned: PinnedIds | undefined;

/** The ids of the span that is being started, where they are decided elsewhere. */
export function pinnedIds(): PinnedIds | undefined {
  return pinned;
}

/** Records what has happened already, under the ids that it was given. */
export function recordSpan(
  name: string,
  {
    parent,
    ids,
    startedAt,
    failed = false,
    attributes,
  }: { parent: string | null; ids: PinnedIds; startedAt?: number | undefined; failed?: boolean | undefined; attributes: Attributes },
): void {
  pinned = ids;
  try {
    const settings = { attributes, ...(startedAt === undefined ? {} : { startTime: startedAt }) };
    const span = tracer.startSpan(name, settings, contextOf(parent));
    if (failed) fail(span, 'update_failed');
    span.end();
  } finally {
    pinned = undefined;
  }
}

/** A refusal (domain/refusal.ts) is an answer like another. */
function codeOfRefusal(error: unknown): string | undefined {
  return error instanceof Error && error.name === 'Refusal' && 'code' in error ? String(error.code) : undefined;
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('type' in error && typeof error.type === 'string') return error.type;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
