import type { Actor } from '../../actor.ts';
import { Problem } from '../../problems.ts';

/** Refuses as forbidden what somebody of staff would decide about their own marking. */
export function refuseOwn(actor: Actor, subject: string): void {
  if (actor.subject === subject) throw new Problem('forbidden', 'Nobody decides as staff about their own marking: ask somebody else of staff.');
}
