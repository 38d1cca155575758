import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit, type AugmentedRequest } from 'express-rate-limit';
import { Problem } from './problems.ts';
import { contextOf } from './request-context.ts';

const WINDOW_MILLISECONDS = 60_000;

/**
 * So many requests a minute for one actor, or for one address where nobody is authenticated: an exam hall shares an
 * address. Counted in the memory of this process, so each replica grants its own.
 */
export function limitRate({ perMinute }: { perMinute: number }): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MILLISECONDS,
    limit: perMinute,
    standardHeaders: false,
    legacyHeaders: false,
    keyGenerator: callerOf,
    handler: (request) => {
      throw new Problem('rate_limited', `At most ${perMinute} requests a minute are taken. Wait, and then go on.`, {
        retryAfterSeconds: secondsToReset(request),
      });
    },
  });
}

function secondsToReset(request: Request): number {
  const { resetTime } = (request as AugmentedRequest)['rateLimit'] ?? {};
  return Math.max(1, Math.ceil(((resetTime?.getTime() ?? Date.now() + WINDOW_MILLISECONDS) - Date.now()) / 1000));
}

function callerOf(request: Request, response: Response): string {
  const { actor } = contextOf(response);
  return actor ? `actor ${actor.subject}` : ipKeyGenerator(request.ip ?? '');
}
