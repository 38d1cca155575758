import { Failure } from '../platform/failure.ts';

/** Access tokens of the local issuer: whoever may reach it may be anybody. */

export const audience = 'certifiable';

export const roles = ['candidate', 'grader', 'designated', 'staff', 'auditor'] as const;
export type Role = (typeof roles)[number];

export function isRole(text: unknown): text is Role {
  return roles.some((role) => role === text);
}

export type Person = { subject: string; name: string; roles: readonly Role[]; email?: string; /** BCP 47. */ locale?: string };

/** A person to try a role with. */
export const examplePeople: Readonly<Record<Role, Person>> = {
  candidate: { subject: 'local-candidate', name: 'Cleo Candidate', roles: ['candidate'], email: 'cleo@candidates.example' },
  grader: { subject: 'local-grader', name: 'Gil Grader', roles: ['grader'], email: 'gil@graders.example' },
  designated: { subject: 'local-designated', name: 'Dana Designated', roles: ['grader', 'designated'], email: 'dana@graders.example' },
  staff: { subject: 'local-staff', name: 'Sam Staff', roles: ['staff'] },
  auditor: { subject: 'local-auditor', name: 'Audrey Auditor', roles: ['auditor'] },
};

/** Of the pages, at the local issuer: a public client. */
export const PAGES_CLIENT_ID = 'certifiable-pages';
/** Of a front end elsewhere, as docs/front-end is one. */
export const FRONT_END_CLIENT_ID = 'front-end-elsewhere';

/** Whom one may sign in to the pages as. Two graders, since an answer is marked twice. */
export const peopleToBe: readonly Person[] = [
  ...Object.values(examplePeople),
  { subject: 'local-grader-2', name: 'Greta Grader', roles: ['grader'], email: 'greta@graders.example' },
  // Certificates and outcomes take two.
  { subject: 'local-staff-2', name: 'Lea Second', roles: ['staff'] },
];

export function personOf(subject: string): Person | undefined {
  return peopleToBe.find((person) => person.subject === subject);
}

export type TokenRequest = Person & { expiresInSeconds: number };

/** Throws when the issuer doesn't answer or refuses. */
export async function requestToken(issuerUrl: string, request: TokenRequest): Promise<string> {
  const response = await fetch(`${issuerUrl}/local/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  if (!response.ok) throw new Failure(`The local issuer refused a token (${response.status}): ${await response.text()}`);
  const { access_token: token } = (await response.json()) as { access_token: string };
  return token;
}
