import type { RequestHandler } from 'express';
import { LRUCache } from 'lru-cache';
import type { Actor } from './actor.ts';
import { contextOf } from './request-context.ts';
import type { Services } from './services.ts';

const REMEMBERED_MAX = 20_000;

/**
 * Takes a candidate's or grader's address, language and time zone from each newer token that is shown, so that mails follow who moves. Once a
 * token and process, and nobody waits for it: what fails is tried with the next request.
 */
export function learnContacts({ store, logger }: Pick<Services, 'store' | 'logger'>): RequestHandler {
  const learned = new LRUCache<string, number>({ max: REMEMBERED_MAX });
  return (_request, response, next) => {
    const { actor } = contextOf(response);
    const isWrittenTo = actor?.roles.has('candidate') || actor?.roles.has('grader');
    if (actor?.issuedAt && isWrittenTo && (learned.get(actor.subject) ?? 0) < actor.issuedAt.getTime()) {
      const { subject, roles, issuedAt } = actor;
      learned.set(subject, issuedAt.getTime());
      learn(store, roles, { ...actor, toldAt: issuedAt }).catch((error: unknown) => {
        learned.delete(subject);
        logger.warn({ err: error }, 'a changed address could not be taken; the next request tries again');
      });
    }
    next();
  };
}

/** Whoever is both is known as both. */
async function learn({ candidates, graders }: Services['store'], roles: Actor['roles'], contact: Actor & { toldAt: Date }): Promise<void> {
  if (roles.has('candidate')) await candidates.learn(contact);
  if (roles.has('grader')) await graders.learn(contact);
}
