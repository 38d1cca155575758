import type { RequestHandler } from 'express';
import { contextOf } from './request-context.ts';
import { Problem } from './problems.ts';

/** Who may act. A verifier is anonymous and has no role. */
export const ROLES = ['candidate', 'grader', 'designated', 'staff', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** Who reads what staff read. An auditor changes nothing. */
export const STAFF_READERS = ['staff', 'auditor'] as const;

/** Who asks, as the issuer vouches for it. */
export type Actor = {
  /** The issuer's `sub`: stable, and the only thing about a person that is recorded with what they do. */
  readonly subject: string;
  /** As it goes on a certificate; undefined when the token has none that can. */
  readonly name: string | undefined;
  /** Why not, to be read after "the name". */
  readonly nameProblem?: string;
  /** Where notices are mailed; none that the issuer knows to be unverified. */
  readonly email: string | undefined;
  /** BCP 47. */
  readonly locale: string | undefined;
  /** Of the IANA database. */
  readonly timeZone: string | undefined;
  /** When the token was issued, where it says so. */
  readonly issuedAt: Date | undefined;
  /** How somebody signed in (`acr`), and when (`auth_time`), where the token says so. */
  readonly acr?: string | undefined;
  readonly authenticatedAt?: Date | undefined;
  readonly roles: ReadonlySet<Role>;
};

/** Reads the `roles` claim. Roles of other systems are ignored; a designated grader is a grader too. */
export function rolesOf(claim: unknown): ReadonlySet<Role> {
  const claimed = Array.isArray(claim) ? claim : [];
  const roles = new Set(ROLES.filter((role) => claimed.includes(role)));
  if (roles.has('designated')) roles.add('grader');
  return roles;
}

/** Lets pass whoever has one of the roles. Refuses with `unauthenticated` (or why the token failed) and `forbidden`. */
export function requireRole(allowed: readonly Role[]): RequestHandler {
  return (_request, response, next) => {
    const { actor, authenticationFailure } = contextOf(response);
    if (!actor) throw authenticationFailure ?? new Problem('unauthenticated', 'This needs a bearer token: "Authorization: Bearer …".');
    if (!allowed.some((role) => actor.roles.has(role))) throw new Problem('forbidden', `This needs the role ${allowed.join(' or ')}.`);
    next();
  };
}

/** As what somebody reads what staff read: staff may more, so they are that. */
export function readerOf({ subject, roles }: Actor): { readonly actor: string; readonly role: 'staff' | 'auditor' } {
  return { actor: subject, role: roles.has('staff') ? 'staff' : 'auditor' };
}
