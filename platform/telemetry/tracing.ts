import { setTimeout as pause } from 'node:timers/promises';
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import type { Logger } from '../logging.ts';
import type { TracingConfig } from './settings.ts';
import { pinnedIds } from './spans.ts';

export type Tracing = {
  /** Sends what is left, for a moment; what a collector that is away or slow does not take by then is lost. Never rejects. */
  readonly shutdown: () => Promise<void>;
};

const OFF: Tracing = { shutdown: async () => {} };

/** Beyond so many spans that wait for the collector, new ones are dropped. */
const QUEUE_MAX = 4096;
const BATCH_MAX = 512;
const BATCH_MILLISECONDS = 1000;
const EXPORT_TIMEOUT_MILLISECONDS = 5000;
const SHUTDOWN_MILLISECONDS = 2000;
const COMPLAIN_MILLISECONDS = 60_000;

let isOn = false;

export function tracingIsOn(): boolean {
  return isOn;
}

/**
 * Sends traces by OTLP over HTTP from now on, where an endpoint is configured; once a process. Nothing waits for the
 * collector: while it is away or slow, spans are lost and nothing else. Whether a trace is recorded follows from its id and
 * the ratio, so all processes agree on it; a caller that wants to be recorded is not obeyed, but for the id that it brings.
 */
export async function startTracing({
  config,
  service,
  build,
  logger,
}: {
  config: TracingConfig;
  service: string;
  build: string;
  logger: Logger;
}): Promise<Tracing> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio, OTEL_SERVICE_NAME: serviceName } = config;
  if (endpoint === undefined) return OFF;
  // Loaded by those that trace: nobody else pays for it.
  const [sdk, { OTLPTraceExporter }, { AsyncLocalStorageContextManager }, { W3CTraceContextPropagator }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
    ]);
  complainTo(logger);
  const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: EXPORT_TIMEOUT_MILLISECONDS });
  const byRatio = new sdk.TraceIdRatioBasedSampler(ratio);
  const random = new sdk.RandomIdGenerator();
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName ?? `certifiable-${service}`, 'service.version': build }),
    sampler: new sdk.ParentBasedSampler({ root: byRatio, remoteParentSampled: byRatio }),
    idGenerator: {
      generateTraceId: () => pinnedIds()?.traceId ?? random.generateTraceId(),
      generateSpanId: () => pinnedIds()?.spanId ?? random.generateSpanId(),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        maxQueueSize: QUEUE_MAX,
        maxExportBatchSize: BATCH_MAX,
        scheduledDelayMillis: BATCH_MILLISECONDS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MILLISECONDS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  isOn = true;
  logger.info({ endpoint: new URL(endpoint).origin, ratio }, 'traces are sent');
  return {
    async shutdown() {
      const late = new AbortController();
      const flushed = provider.shutdown().catch(() => {});
      await Promise.race([flushed, pause(SHUTDOWN_MILLISECONDS, undefined, { signal: late.signal }).catch(() => {})]);
      late.abort();
    },
  };
}

/** The endpoint is a base, as the OpenTelemetry specification has it. */
function tracesUrl(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, '')}/v1/traces`;
}

/** A collector that is away is worth one line a minute. */
function complainTo(logger: Logger): void {
  let complainedAt = Number.NEGATIVE_INFINITY;
  const complain = (message: string) => {
    if (performance.now() - complainedAt < COMPLAIN_MILLISECONDS) return;
    complainedAt = performance.now();
    logger.warn({ reason: message.slice(0, 300) }, 'spans are lost: the collector does not take them');
  };
  const ignore = () => {};
  diag.setLogger({ error: complain, warn: ignore, info: ignore, debug: ignore, verbose: ignore }, { logLevel: DiagLogLevel.WARN });
}
