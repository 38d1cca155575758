import { pino } from 'pino';

/** Of the Elastic Common Schema, whose fields are used here. */
export const ECS_VERSION = '8.17.0';

type Fields = Readonly<Record<string, unknown>>;

const NANOSECONDS_PER_MILLISECOND = 1e6;

/** Fields that lines are filtered by, and what they are called as labels. */
export type Labels = Readonly<Record<string, string>>;

/** The fields of a log line by their names in the Elastic Common Schema; those that it has no name for go under `certifiable`. */
export function ecsFields(line: Fields, labelNames: Labels): Record<string, unknown> {
  const { err, error, method, route, status, ms, requestId, roles, traceId, spanId, ...rest } = line;
  const [labelled, others] = apart(rest, labelNames);
  const failure = err instanceof Error ? err : error;
  return {
    ...(traceId === undefined ? {} : { trace: { id: traceId }, span: { id: spanId } }),
    ...(failure === undefined ? {} : { error: errorFields(failure) }),
    ...httpFields({ method, route, status, ms, requestId }),
    ...(typeof roles === 'string' ? { user: { roles: roles.split(' ') } } : {}),
    ...labelsOf({ route, ...labelled }),
    ...(Object.keys(others).length === 0 ? {} : { certifiable: plain(others) }),
  };
}

function httpFields({ method, status, ms, requestId }: Fields): Record<string, unknown> {
  const request = { ...(method === undefined ? {} : { method }), ...(requestId === undefined ? {} : { id: requestId }) };
  const isServed = method !== undefined && status !== undefined;
  return {
    ...(Object.keys(request).length === 0 && !isServed ? {} : { http: { request, ...(isServed ? { response: { status_code: status } } : {}) } }),
    ...(typeof ms === 'number' ? { event: { duration: Math.round(ms * NANOSECONDS_PER_MILLISECOND) } } : {}),
  };
}

/** Labels are keywords, to filter by. The pattern of a route is one: ECS has a field for paths alone, and ids would be in those. */
function labelsOf(fields: Fields): Record<string, unknown> {
  const labels = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return Object.keys(labels).length === 0 ? {} : { labels };
}

/** The fields that are labels, by their names as such, and the others. */
function apart(fields: Fields, labelNames: Labels): [labelled: Fields, others: Fields] {
  const labelled = Object.entries(labelNames).map(([field, label]) => [label, fields[field]] as const);
  const others = Object.entries(fields).filter(([field]) => !Object.hasOwn(labelNames, field));
  return [Object.fromEntries(labelled), Object.fromEntries(others)];
}

function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { type, message, stack } = pino.stdSerializers.err(error);
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? { code: String(error.code) } : {};
  return { type, message, stack_trace: stack, ...code };
}

/** Errors that are logged under another name would be written as `{}`. */
function plain(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? errorFields(value) : value]));
}
