import type { Duty } from '../domain/duties.ts';
import { OPERATION_DUTIES } from '../domain/duties.ts';
import { Refusal } from '../domain/refusal.ts';
import type { IdempotencyKey } from '../store/context.ts';
import type { Person, Thing } from '../store/interests.ts';
import type { ProposedAct } from '../store/proposed-acts.ts';
import { nameOfKey } from './idempotency.ts';
import type { Actor } from './actor.ts';
import type { Performed, RawRequest, Route } from './route.ts';
import type { Services } from './services.ts';

/** Kinds of typed acts that take two persons through the API: of who typed them nothing is known. */
const CLAIMS_OF_TWO = ['withdraw', 'reopen', 'settle'];

type AtTimes = (services: Pick<Services, 'store'>, request: RawRequest) => Promise<boolean>;

/** When an operation of the duty `two_at_times` takes two. What cannot be found is refused by the operation itself. */
const AT_TIMES: Readonly<Record<string, AtTimes>> = {
  /** After the fact: from before now on. */
  async recordAccommodation(_services, { body }) {
    const from = typeof body === 'object' && body !== null && 'validFrom' in body ? body.validFrom : undefined;
    return typeof from === 'string' && Date.parse(from) < Date.now();
  },
  async confirmClaimedAct({ store }, { params: { claimId = '' } }) {
    const claim = await store.staffActs.read(claimId);
    return claim.state === 'pending' && CLAIMS_OF_TWO.includes(claim.kind);
  },
};

/** The duty of an operation of those who act for us; `nobody` where the table has no row. */
export function dutyOf({ operationId }: Pick<Route, 'operationId'>): Duty {
  return OPERATION_DUTIES[operationId] ?? 'nobody';
}

export function isForTwo(route: Pick<Route, 'operationId'>): boolean {
  const duty = dutyOf(route);
  return duty === 'two' || duty === 'two_at_times';
}

/** Whether this request takes a second person. */
export async function takesTwo(services: Pick<Services, 'store'>, route: Pick<Route, 'operationId'>, request: RawRequest): Promise<boolean> {
  const duty = dutyOf(route);
  if (duty !== 'two_at_times') return duty === 'two';
  const rule = AT_TIMES[route.operationId];
  if (!rule) throw new TypeError(`api/two-persons.ts does not say when ${route.operationId} takes two persons`);
  return rule(services, request);
}

export type ToPropose = {
  readonly route: Route;
  readonly request: RawRequest;
  readonly target: string;
  readonly person: Person;
  readonly idempotency: IdempotencyKey | undefined;
  /** By a name of its path, whose it is. */
  readonly on: { readonly thing: Thing; readonly id: string } | undefined;
};

/** Keeps what takes two persons until another one confirms it. Refused where it could not be done as things stand. */
export async function proposeAct(
  { store }: Pick<Services, 'store'>,
  { route, request, target, person, idempotency, on }: ToPropose,
): Promise<ProposedAct> {
  const requestKey = nameOfKey(idempotency);
  const before = requestKey === undefined ? undefined : await store.proposedActs.byRequest(requestKey);
  if (!before) await previewOf(route)(request);
  const owner = on ? await store.interests.ownerOf(on.thing, on.id) : { attemptId: null, candidateId: null };
  const act = {
    operation: route.operationId,
    target,
    params: request.params,
    body: request.body,
    reason: await reasonOf(store, request),
    requestKey,
  };
  return store.proposedActs.propose({ ...act, ...owner }, person);
}

function previewOf({ operationId, preview }: Route): NonNullable<Route['preview']> {
  if (!preview) throw new TypeError(`${operationId} takes two persons and shows the second one nothing`);
  return preview;
}

/** As it was given, or as it was typed with what is confirmed. */
async function reasonOf({ staffActs }: Services['store'], { body, params: { claimId } }: RawRequest): Promise<string> {
  const reason = typeof body === 'object' && body !== null && 'reason' in body ? body.reason : undefined;
  if (typeof reason === 'string') return reason;
  return claimId === undefined ? '' : (await staffActs.read(claimId)).reason;
}

/**
 * Does what two persons decided, as it was proposed, and keeps what came of it. It may be done again: by its id it is the same act to all that it is made of.
 * Refused as the operation refuses, and then it is over; where something is away it stays as it is, to be done by whoever asks again.
 */
export async function performAct(
  { store }: Pick<Services, 'store'>,
  { act, route, requestId }: { act: ProposedAct; route: Route; requestId: string },
): Promise<ProposedAct> {
  if (act.state !== 'confirmed' || !route.perform || act.settledBy === null) return act;
  const { id, operation, params, body, contentHash, settledBy } = act;
  const idempotency = { actor: settledBy, operation, key: id, requestHash: contentHash };
  try {
    const answer: Performed = await route.perform({ params, body: body ?? undefined }, { actor: actorOf(settledBy), idempotency, requestId });
    return await store.proposedActs.done(id, answer);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const ended = await store.proposedActs.failed(id, error.code);
    // Two brought it to its end at once, and one of them was first.
    if (ended.state === 'done') return ended;
    throw error;
  }
}

/** Whoever decided it is who acts, also where somebody else brings it to its end: of them nothing but the subject is known then. */
function actorOf(subject: string): Actor {
  return { subject, name: undefined, email: undefined, locale: undefined, timeZone: undefined, issuedAt: undefined, roles: new Set(['staff']) };
}
