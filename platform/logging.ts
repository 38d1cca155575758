import { trace } from '@opentelemetry/api';
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { ecsFields, ECS_VERSION, type Labels } from './logging-ecs.ts';

export type { Logger } from 'pino';

export const LOG_FORMATS = ['json', 'ecs'] as const;
/** `json` is ours, short; `ecs` is the Elastic Common Schema, in the same lines. */
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogSettings = {
  readonly level: string;
  readonly service: string;
  readonly build?: string;
  readonly format?: LogFormat;
  /** Fields that lines of `ecs` are filtered by, and their names as labels there. */
  readonly labels?: Labels;
  /** Standard output if not given. */
  readonly destination?: DestinationStream;
};

/** What is never written, wherever it stands in what is logged. */
const SECRET_PATHS = ['authorization', 'headers.authorization', 'req.headers.authorization', '*.receipt', '*.DATABASE_URL'];
const CENSOR = '[redacted]';

/** JSON lines on standard output. Log ids and codes; never what people wrote, names, tokens or keys. */
export function createLogger({ format = 'json', destination, ...settings }: LogSettings): Logger {
  const options = format === 'ecs' ? ecsOptions(settings) : jsonOptions(settings);
  return destination === undefined ? pino(options) : pino(options, destination);
}

function jsonOptions({ level, service }: LogSettings): LoggerOptions {
  return {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: activeSpan,
    redact: { paths: SECRET_PATHS, censor: CENSOR },
  };
}

/** What has no place in the schema is under `certifiable`, and so are the secrets to leave out. */
function ecsOptions({ level, service, build = 'unknown', labels = {} }: LogSettings): LoggerOptions {
  return {
    level,
    base: {
      'ecs.version': ECS_VERSION,
      'service.name': `certifiable-${service}`,
      'service.version': build,
      'event.dataset': `certifiable.${service}`,
    },
    timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
    messageKey: 'message',
    formatters: { level: (label) => ({ 'log.level': label }), log: (line) => ecsFields(line, labels) },
    mixin: activeSpan,
    redact: { paths: SECRET_PATHS.map((path) => `certifiable.${path}`), censor: CENSOR },
  };
}

/** Lines of one trace can be found by it. */
function activeSpan(): object {
  const context = trace.getActiveSpan()?.spanContext();
  return context === undefined ? {} : { traceId: context.traceId, spanId: context.spanId };
}
