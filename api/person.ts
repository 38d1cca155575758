import type { Person } from '../store/interests.ts';
import type { Actor } from './actor.ts';

/** Who acts for us, to be compared with whom it is about. */
export function personOf(actor: Actor | undefined): Person {
  if (!actor) throw new TypeError('an office is held by somebody');
  return { subject: actor.subject, email: actor.email };
}
