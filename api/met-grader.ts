import type { MetGrader } from '../store/graders/meet.ts';
import type { Actor } from './actor.ts';

/** Who asks, as somebody who marks: with where they are written to, where their token says when that held. */
export function metGraderOf(actor: Actor, newState: MetGrader['newState']): MetGrader {
  const { subject, roles, name, email, locale, timeZone, issuedAt: toldAt } = actor;
  return { subject, designated: roles.has('designated'), newState, ...(toldAt ? { contact: { name, email, locale, timeZone, toldAt } } : {}) };
}
