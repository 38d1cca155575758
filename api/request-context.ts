import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { IdempotencyKey } from '../store/context.ts';
import type { Actor } from './actor.ts';
import type { Performed, RawRequest } from './route.ts';

/** What middleware learns about a request, kept in `response.locals`. */
export type RequestContext = {
  requestId: string;
  actor?: Actor;
  /** Why there is no actor though a token was sent; thrown where an actor is needed. */
  authenticationFailure?: Error;
  /** Refuses a body that names what this actor may not act on. */
  refuseNamed?: (body: unknown) => Promise<void>;
  /** Keeps for a second person what takes two; undefined where one may do it. */
  propose?: (request: RawRequest, idempotency: IdempotencyKey | undefined) => Promise<Performed | undefined>;
  /** Takes from an answer what this actor may not see of it. */
  withhold?: (body: unknown) => Promise<unknown>;
};

export function contextOf(response: Response): RequestContext {
  return response.locals as RequestContext;
}

const REQUEST_ID_PATTERN = /^[\w.-]{1,64}$/;

/** Names every request, by the caller's `X-Request-Id` if it is usable, so that log lines and a problem can be told to belong together. */
export const nameRequest: RequestHandler = (request, response, next) => {
  const given = request.headers['x-request-id'];
  const requestId = typeof given === 'string' && REQUEST_ID_PATTERN.test(given) ? given : randomUUID();
  contextOf(response).requestId = requestId;
  response.setHeader('X-Request-Id', requestId);
  next();
};
