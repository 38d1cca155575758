import type { RequestHandler } from 'express';
import { fail, startServerSpan } from '../platform/telemetry/spans.ts';
import { tracingIsOn } from '../platform/telemetry/tracing.ts';
import { QUIET_ROUTES, routePattern } from './request-log.ts';

/**
 * One span a request, named by its method and the pattern of its route, and the trace of all that it causes. Paths, queries
 * and headers are not told: names and tokens may be in them.
 */
export const traceRequests: RequestHandler = (request, response, next) => {
  if (!tracingIsOn() || QUIET_ROUTES.has(request.path)) {
    next();
    return;
  }
  const { method } = request;
  const attributes = { 'http.request.method': method, 'url.scheme': request.protocol };
  const { span, within } = startServerSpan(method, { headers: request.headers, attributes });
  response.once('close', () => {
    const route = routePattern(request);
    const attemptId = request.params?.['attemptId'];
    if (route !== undefined) span.updateName(`${method} ${route}`).setAttribute('http.route', route);
    if (typeof attemptId === 'string') span.setAttribute('certifiable.attempt.id', attemptId);
    if (!response.writableFinished) fail(span, 'aborted');
    else {
      span.setAttribute('http.response.status_code', response.statusCode);
      if (response.statusCode >= 500) fail(span, String(response.statusCode));
    }
    span.end();
  });
  within(next);
};
