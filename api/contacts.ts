import type { RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import { contextOf } from './request-context.ts';
import type { Services } from './services.ts';

const REMEMBERED_MAX = 20_000;

/**
 * Takes a candidate's address, language and time zone from each newer token that is shown, so that mails follow who moves, and likewise who acts for us.
 * Once a token and process, and nobody waits for it: what fails is tried with the next request.
 */
export function learnContacts({ store, logger }: Pick<Services, 'store' | 'logger'>): RequestHandler {
  const learned = new LRUCache<string, number>({ max: REMEMBERED_MAX });
  return (_request, response, next) => {
    const { actor } = contextOf(response);
    const isKnown = actor?.roles.has('candidate') || actor?.roles.has('staff');
    if (actor?.issuedAt && isKnown && (learned.get(actor.subject) ?? 0) < actor.issuedAt.getTime()) {
      const { subject, email, locale, timeZone, issuedAt, roles } = actor;
      learned.set(subject, issuedAt.getTime());
      const told = { subject, email, locale, toldAt: issuedAt };
      const learning = [
        ...(roles.has('candidate') ? [store.candidates.learn({ ...told, timeZone })] : []),
        ...(roles.has('staff') ? [store.staffMembers.learn(told)] : []),
      ];
      Promise.all(learning).catch((error: unknown) => {
        learned.delete(subject);
        logger.warn({ err: error }, 'a changed address could not be taken; the next request tries again');
      });
    }
    next();
  };
}
