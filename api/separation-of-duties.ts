import type { Request, RequestHandler } from 'express';
import { validate as isUuid } from 'uuid';
import { Refusal } from '../domain/refusal.ts';
import type { Interest, InterestStore, Person, Thing } from '../store/interests.ts';
import { STAFF_READERS, type Actor, type Role } from './actor.ts';
import { contextOf } from './request-context.ts';
import type { Route } from './route.ts';

/** Whose operations are about other people. */
const OFFICES: readonly Role[] = STAFF_READERS;

/**
 * Who may not do what to whom (design, *Separation of duties*): nobody who acts for us looks at or changes what is their own, whatever their
 * roles, nor what they mark. By the names in a path: what each leads to, `subject` to the person itself, and null where it is nobody's.
 * A name that is not here is a mistake of the code, not a way round.
 */
export const CONCERNS: Readonly<Record<string, Thing | 'subject' | null>> = {
  attemptId: 'attempt',
  appealId: 'appeal',
  complaintId: 'complaint',
  candidateId: 'candidate',
  certificateId: 'certificate',
  correctionId: 'correction',
  assignmentId: 'assignment',
  mailId: 'mail',
  claimId: 'claimedAct',
  seedId: 'seed',
  regradeId: 'regrade',
  subject: 'subject',
  // Beside one of the names above, which says whose it is.
  submissionId: null,
  accommodationId: null,
  conflictId: null,
  driftId: null,
  month: null,
  test: null,
  // An exam's, a sink's, or the public's.
  examId: null,
  version: null,
  proposalId: null,
  reportId: null,
  commentId: null,
  sink: null,
  eventId: null,
};

/** By fields of a body, as above. Somebody gives no work to themselves either: they would know whose it is. */
export const CONCERNS_IN_BODY: Readonly<Record<string, Thing | 'subject'>> = { attemptId: 'attempt', subject: 'subject', grader: 'subject' };

type Duties = { readonly store: { readonly interests: InterestStore } };

/** Whether a route is one of those that are about other people. */
export const isOfOffice = ({ roles }: Pick<Route, 'roles'>): boolean => OFFICES.some((role) => roles.includes(role));

/** Whether a route of an office names something that may be somebody's. */
export function isAboutSomebody(route: Pick<Route, 'roles' | 'path'>): boolean {
  return isOfOffice(route) && namesOf(route.path).some((name) => concernOf(name) !== null);
}

/**
 * What a request passes after its role: it is refused with `conflict_of_interest` where its path or body names what is the actor's own or what they
 * mark, and in lists such rows are left out, as if they were not there. A row names its attempt by `attemptId`, an attempt of a list is one by its `candidateId`.
 */
export function separateDuties({ store: { interests } }: Duties, route: Route): readonly RequestHandler[] {
  if (!isOfOffice(route)) return [];
  const named = namesOf(route.path).flatMap((name) => {
    const concern = concernOf(name);
    return concern === null ? [] : [{ name, concern }];
  });
  const guard: RequestHandler = async (request, response, next) => {
    const context = contextOf(response);
    const person = personOf(context.actor);
    for (const { name, concern } of named) await refuseInterest(interests, person, { concern, id: valueOf(request, name) });
    context.refuseNamed = (body) => refuseNamedIn(interests, person, body);
    context.withhold = (body) => withoutInterests(interests, person, body);
    next();
  };
  return [guard];
}

function namesOf(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

function concernOf(name: string): Thing | 'subject' | null {
  const concern = CONCERNS[name];
  if (concern === undefined) throw new TypeError(`api/separation-of-duties.ts does not say whose :${name} is`);
  return concern;
}

function personOf(actor: Actor | undefined): Person {
  if (!actor) throw new TypeError('an office is held by somebody');
  return { subject: actor.subject, email: actor.email };
}

function valueOf({ params }: Request, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}

async function refuseInterest(interests: InterestStore, person: Person, { concern, id }: { concern: Thing | 'subject'; id: string }): Promise<void> {
  if (concern === 'subject') {
    if (id === person.subject) throw conflictOf('own');
    return;
  }
  // What can name nothing is not found by the route itself.
  const interest = isUuid(id) ? await interests.of(person, concern, id) : undefined;
  if (interest) throw conflictOf(interest);
}

async function refuseNamedIn(interests: InterestStore, person: Person, body: unknown): Promise<void> {
  if (!isRow(body)) return;
  for (const [name, concern] of Object.entries(CONCERNS_IN_BODY)) {
    const id = body[name];
    if (typeof id === 'string') await refuseInterest(interests, person, { concern, id });
  }
}

function conflictOf(interest: Interest): Refusal {
  switch (interest) {
    case 'own':
      return new Refusal(
        'conflict_of_interest',
        'This is about yourself. Ask somebody else of staff; as a candidate or grader you have your own pages.',
      );
    case 'marking':
      return new Refusal(
        'conflict_of_interest',
        'You mark a script of this attempt and must not learn whose it is. Ask somebody else of staff, or come back once it is decided.',
      );
  }
}

type Row = Readonly<Record<string, unknown>>;

async function withoutInterests(interests: InterestStore, person: Person, body: unknown): Promise<unknown> {
  if (!isRow(body)) return body;
  const lists = Object.entries(body).flatMap(([name, rows]) => (Array.isArray(rows) ? [{ name, rows: rows as readonly unknown[] }] : []));
  const attemptIds = lists.flatMap(({ rows }) => rows.map(attemptOf)).filter((id) => id !== undefined);
  const withheld = await interests.among(person, [...new Set(attemptIds)]);
  if (withheld.size === 0) return body;
  const left = lists.map(({ name, rows }) => [name, rows.filter((row) => !withheld.has(attemptOf(row) ?? ''))] as const);
  return { ...body, ...Object.fromEntries(left) };
}

function attemptOf(row: unknown): string | undefined {
  if (!isRow(row)) return undefined;
  const id = row.attemptId ?? (row.candidateId === undefined ? undefined : row.id);
  return typeof id === 'string' ? id : undefined;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
