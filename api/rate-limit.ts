import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
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
    handler: () => {
      throw new Problem('rate_limited', `At most ${perMinute} requests a minute are taken. Wait a minute, and then go on.`, {
        retryAfterSeconds: WINDOW_MILLISECONDS / 1000,
      });
    },
  });
}

function callerOf(request: Request, response: Response): string {
  const { actor } = contextOf(response);
  return actor ? `actor ${actor.subject}` : ipKeyGenerator(request.ip ?? '');
}
