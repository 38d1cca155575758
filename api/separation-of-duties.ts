import type { Request, RequestHandler } from 'express';
import { validate as isUuid } from 'uuid';
import { Refusal } from '../domain/refusal.ts';
import type { Doing, Interest, InterestStore, Person, Thing } from '../store/interests.ts';
import type { Role } from './actor.ts';
import { personOf } from './person.ts';
import { Problem } from './problems.ts';
import { viewOf } from './routes/proposed-acts/view.ts';
import { contextOf } from './request-context.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { requireStepUp } from './step-up.ts';
import { dutyOf, proposeAct, takesTwo } from './two-persons.ts';

/** Whose operations are about other people. A designated grader marks as all graders do, and has operations beside that. */
const OFFICES: readonly Role[] = ['staff', 'auditor', 'designated'];

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
  actId: 'proposedAct',
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
  acquaintanceId: null,
  reportId: null,
  panelId: null,
  round: null,
  itemId: null,
  commentId: null,
  sink: null,
  eventId: null,
};

/** By fields of a body, as above. Somebody gives no work to themselves either: they would know whose it is. */
export const CONCERNS_IN_BODY: Readonly<Record<string, Thing | 'subject'>> = { attemptId: 'attempt', subject: 'subject', grader: 'subject' };

type Duties = Pick<Services, 'store' | 'config'>;

/** Whether a route is one of those that are about other people. */
export const isOfOffice = ({ roles }: Pick<Route, 'roles'>): boolean => !roles.includes('grader') && OFFICES.some((role) => roles.includes(role));

/** Whether it changes anything. */
export const isAct = ({ method, isReading }: Pick<Route, 'method' | 'isReading'>): boolean =>
  !['get', 'head', 'options'].includes(method) && !isReading;

/** Whether a route of an office names something that may be somebody's. */
export function isAboutSomebody(route: Pick<Route, 'roles' | 'path'>): boolean {
  return isOfOffice(route) && namesOf(route.path).some((name) => concernOf(name) !== null);
}

/**
 * What a request passes after its role: it is refused with `conflict_of_interest` where its path or body names what is the actor's own or what they
 * mark, and in lists such rows are left out, as if they were not there. A row names its attempt by `attemptId`, an attempt of a list is one by its `candidateId`.
 * What takes two persons is kept for the second one instead of being done (docs/decisions/0023).
 */
export function separateDuties(services: Duties, route: Route): readonly RequestHandler[] {
  if (!isOfOffice(route)) return [];
  const { interests } = services.store;
  const named = namesOf(route.path).flatMap((name) => {
    const concern = concernOf(name);
    return concern === null ? [] : [{ name, concern }];
  });
  const on = named.flatMap(({ name, concern }) => (concern === 'subject' ? [] : [{ name, concern }]))[0];
  const duty = isAct(route) ? dutyOf(route) : undefined;
  const doing = doingOf(route);
  const guard: RequestHandler = async (request, response, next) => {
    if (duty === 'nobody') throw new Problem('forbidden', 'Nobody may do this: domain/duties.ts has no row for it.');
    const context = contextOf(response);
    const person = personOf(context.actor);
    const refuseFor = async (as: Doing) => {
      for (const { name, concern } of named) await refuseInterest(interests, person, { concern, id: valueOf(request, name), doing: as });
    };
    await refuseFor(doing);
    if (duty === 'two' || duty === 'second' || route.operationId === 'breakGlass') requireStepUp(services.config, context.actor);
    context.refuseNamed = (body) => refuseNamedIn(interests, person, body);
    context.withhold = (body) => withoutInterests(interests, person, body);
    if (duty === 'two' || duty === 'two_at_times')
      context.propose = async (raw, idempotency) => {
        if (!(await takesTwo(services, route, raw))) return undefined;
        if (duty === 'two_at_times') {
          await refuseFor('decide');
          requireStepUp(services.config, context.actor);
        }
        const about = on && { thing: on.concern, id: valueOf(request, on.name) };
        const act = await proposeAct(services, { route, request: raw, target: targetOf(route, raw.params), person, idempotency, on: about });
        return { status: 202, body: viewOf(act) };
      };
    next();
  };
  return [guard];
}

/** Against which interests it stands. Whoever takes back what they began has nothing to gain by it. */
function doingOf(route: Route): Doing {
  if (!isAct(route)) return 'read';
  const duty = dutyOf(route);
  if (duty === 'undo') return 'read';
  return duty === 'two' || namesOf(route.path).includes('actId') ? 'decide' : 'act';
}

function namesOf(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
}

function concernOf(name: string): Thing | 'subject' | null {
  const concern = CONCERNS[name];
  if (concern === undefined) throw new TypeError(`api/separation-of-duties.ts does not say whose :${name} is`);
  return concern;
}

/** As the route writes it, whatever the request's address looked like. */
function targetOf({ path }: Route, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_match, name: string) => params[name] ?? '').toLowerCase();
}

function valueOf({ params }: Request, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}

type Named = { readonly concern: Thing | 'subject'; readonly id: string; readonly doing: Doing };

async function refuseInterest(interests: InterestStore, person: Person, { concern, id, doing }: Named): Promise<void> {
  if (concern === 'subject') {
    if (id === person.subject) throw conflictOf('own');
    return;
  }
  // What can name nothing is not found by the route itself.
  const interest = isUuid(id) ? await interests.of(person, concern, { id, doing }) : undefined;
  if (interest) throw conflictOf(interest);
}

async function refuseNamedIn(interests: InterestStore, person: Person, body: unknown): Promise<void> {
  if (!isRow(body)) return;
  for (const [name, concern] of Object.entries(CONCERNS_IN_BODY)) {
    const id = body[name];
    if (typeof id === 'string') await refuseInterest(interests, person, { concern, id, doing: 'read' });
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
    case 'knows':
      return new Refusal('conflict_of_interest', 'You said that you know this candidate. Ask somebody else of staff.');
    case 'marked':
      return new Refusal(
        'conflict_of_interest',
        'You marked a script of this candidate, and decide nothing more about them. Ask somebody else of staff.',
      );
    case 'corrected':
      return new Refusal(
        'conflict_of_interest',
        'You put a certificate of this candidate right before, and decide nothing more about them. Ask somebody else of staff.',
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
