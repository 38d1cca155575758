import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output. Log ids and codes; never answers, marks, names, tokens or keys. */
export function createLogger({ level, service }: { level: string; service: string }): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ['authorization', 'headers.authorization', 'req.headers.authorization', '*.receipt', '*.DATABASE_URL'], censor: '[redacted]' },
  });
}
