import { z } from 'zod';
import type { Settings, ValuesOf } from '../config.ts';

const schema = z.object({
  /** The base URL of a collector that takes OTLP over HTTP; switches tracing on. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  /** The share of traces that are recorded, the same for all processes. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  /** Instead of certifiable-api or certifiable-worker-POOL. */
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
});

export const tracingSettings = { schema } satisfies Settings<object>;

export type TracingConfig = ValuesOf<typeof tracingSettings>;
