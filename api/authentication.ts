import type { RequestHandler } from 'express';
import { contextOf } from './request-context.ts';
import type { TokenVerifier } from './token-verifier.ts';

const BEARER_PATTERN = /^Bearer +(\S+) *$/i;

/** Finds out who asks. A token that fails refuses nothing here: the rate limit must count it first, and public routes ignore it. */
export function identify(verifyToken: TokenVerifier): RequestHandler {
  return async (request, response, next) => {
    const token = BEARER_PATTERN.exec(request.headers.authorization ?? '')?.[1];
    if (token !== undefined) {
      const context = contextOf(response);
      try {
        context.actor = await verifyToken(token);
      } catch (error) {
        context.authenticationFailure = error instanceof Error ? error : new Error('the token could not be verified', { cause: error });
      }
    }
    next();
  };
}
