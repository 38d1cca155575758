import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from '../platform/logging.ts';
import type { Metrics } from './metrics.ts';
import { contextOf } from './request-context.ts';

/** What probes and scrapers ask for all day. */
export const QUIET_ROUTES = new Set(['/livez', '/readyz', '/metrics']);

/** Anybody can send any of the 35 that Node reads; in metrics each would make a series a route. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** One log line and one observation a request, when its answer is out or its caller is gone. Never bodies, names or tokens. */
export function recordRequests({ logger, metrics }: { logger: Logger; metrics: Metrics }): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    metrics.requestsInFlight.inc();
    response.once('close', () => record({ request, response, milliseconds: performance.now() - startedAt, logger, metrics }));
    next();
  };
}

type Served = { request: Request; response: Response; milliseconds: number; logger: Logger; metrics: Metrics };

function record({ request, response, milliseconds, logger, metrics }: Served): void {
  const route = routePattern(request) ?? 'unmatched';
  // The caller went away before an answer was out: there is no status, and proxies call that 499.
  const status = response.writableFinished ? response.statusCode : 499;
  metrics.requestsInFlight.dec();
  metrics.requestDuration.labels(METHODS.has(request.method) ? request.method : 'other', route, String(status)).observe(milliseconds / 1000);
  const { requestId, actor } = contextOf(response);
  const line = {
    method: request.method,
    route,
    status,
    ms: Math.round(milliseconds * 10) / 10,
    requestId,
    attemptId: request.params?.['attemptId'],
    roles: actor ? [...actor.roles].join(' ') : undefined,
  };
  if (QUIET_ROUTES.has(route)) logger.debug(line, 'request');
  else logger.info(line, 'request');
}

/** The pattern and never the path: ids would make endless metrics. Undefined where no route took the request. */
export function routePattern(request: Request): string | undefined {
  const route: unknown = request.route;
  return typeof route === 'object' && route !== null && 'path' in route && typeof route.path === 'string' ? route.path : undefined;
}
