import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from '../platform/logging.ts';
import type { Metrics } from './metrics.ts';
import { Problem, problemOf } from './problems.ts';
import { contextOf } from './request-context.ts';

/** Answers every error with problem details. Only what we did not expect is logged with its cause. */
export function answerProblems({ logger, metrics }: { logger: Logger; metrics: Pick<Metrics, 'refusedForRoom'> }): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    const { requestId } = contextOf(response);
    const problem = problemOf(error, requestId);
    if (problem.status >= 500) logger.error({ err: error, requestId, code: problem.body.code }, 'request failed');
    if (problem.body.code === 'storage_full') metrics.refusedForRoom.inc();
    if (response.headersSent) return next(error);
    sendProblem(response, problem);
  };
}

function sendProblem(response: Response, { status, headers, body }: ReturnType<typeof problemOf>): void {
  response.status(status).set(headers).type('application/problem+json').send(JSON.stringify(body));
}

export const answerUnknownRoute: RequestHandler = (request) => {
  throw new Problem('not_found', `There is no ${request.method} ${request.path}.`);
};
