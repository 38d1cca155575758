import { blindDueAt } from '../../../domain/marking.ts';
import { shownMark } from '../../../store/assignments/drafts.ts';
import { purposeAsShown } from '../../../store/assignments/open.ts';
import type { Waiting } from '../../../store/assignments/queue.ts';
import { metGraderOf } from '../../met-grader.ts';
import { route, type Route } from '../../route.ts';
import { assignmentParams, iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { sendSolution, SOLUTION } from './file.ts';
import {
  assignmentList,
  assignmentQuery,
  assignmentView,
  claimQuery,
  completed,
  completion,
  draft,
  extendedLease,
  fileFlag,
  lease,
  queue,
  release,
  savedDraft,
} from './schemas.ts';
import { viewOfAssignment } from './view.ts';

const tag = 'Assignments';
const roles = ['grader', 'designated'] as const;
const path = '/v1/assignments/:assignmentId';
/** A hundred marks with long reasons. */
const MARKS_BYTES_MAX = 1024 * 1024;

export function assignmentRoutes(services: Services): readonly Route[] {
  const { store, doorbell, config } = services;
  const newState = config.NEW_GRADERS;
  return [
    route({
      operationId: 'claimAssignment',
      method: 'post',
      path: '/v1/assignments/claims',
      tag,
      summary: 'Take the next assignment, or the one that you hold',
      description:
        'It is yours until its lease expires; each save and heartbeat extends that. You are given what you are qualified for and not in conflict with, the oldest promise first. Disputes go to designated graders only. What you gave back is for others first: for as long as its lease is, it is given to you only with `givenBack`.',
      roles,
      query: claimQuery,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'Yours', body: assignmentView }, 204: { description: 'There is none to give at the moment' } },
      refusals: ['idempotency_key_reused', 'lease_lost', 'assignment_closed', 'only_given_back', 'grader_not_active'],
    }).handledBy(async ({ actor, query: { givenBack: takesGivenBack }, idempotency }) => {
      const { subject: grader, ...asker } = metGraderOf(actor, newState);
      const assignment = await store.assignments.claim({ grader, ...asker, takesGivenBack, idempotency });
      return assignment ? { status: 200, body: await viewOfAssignment(services, assignment) } : { status: 204 };
    }),
    route({
      operationId: 'listAssignments',
      method: 'get',
      path: '/v1/assignments',
      tag,
      summary: 'What you hold and what you completed, newest first',
      roles,
      query: assignmentQuery,
      answers: { 200: { description: 'One page', body: assignmentList } },
    }).handledBy(async ({ actor, query: { after, limit } }) => {
      await store.graders.meet(metGraderOf(actor, newState));
      const claims = await store.assignments.listOwn({ grader: actor.subject, after, limit: limit + 1 });
      const { rows, next } = pageOf(claims, limit, (claim) => claim.id);
      return { status: 200, body: { assignments: rows.map(({ assignment }) => summaryOf(assignment)), next } };
    }),
    route({
      operationId: 'getQueue',
      method: 'get',
      path: '/v1/assignments/queue',
      tag,
      summary: 'What waits that you may take now: how many, due when, how long they usually take',
      roles,
      answers: { 200: { description: 'By test and purpose; what is due first comes first', body: queue } },
    }).handledBy(async ({ actor }) => {
      const asker = metGraderOf(actor, newState);
      await store.graders.meet(asker);
      const { state, waiting } = await store.assignments.queue({ grader: asker.subject, designated: asker.designated });
      return { status: 200, body: { state, waiting: waiting.map(waitingOf) } };
    }),
    route({
      operationId: 'getAssignment',
      method: 'get',
      path,
      tag,
      summary: 'An assignment that you hold or completed',
      roles,
      params: assignmentParams,
      answers: { 200: { description: 'The assignment', body: assignmentView } },
      refusals: ['lease_lost', 'assignment_closed', 'grader_not_active'],
    }).handledBy(async ({ actor, params: { assignmentId } }) => {
      const assignment = await store.assignments.read({ assignmentId, grader: actor.subject });
      return { status: 200, body: await viewOfAssignment(services, assignment) };
    }),
    {
      operationId: 'getSolution',
      method: 'get',
      path: `${path}/file`,
      tag,
      summary: 'The solution of a case study',
      roles,
      params: assignmentParams,
      answers: {
        200: SOLUTION,
      },
      refusals: ['lease_lost', 'assignment_closed', 'grader_not_active'],
      handlers: [sendSolution(services)],
    },
    route({
      operationId: 'extendLease',
      method: 'post',
      path: `${path}/heartbeat`,
      tag,
      summary: 'Still at it: the lease runs anew',
      roles,
      params: assignmentParams,
      body: lease,
      answers: { 200: { description: 'Extended', body: extendedLease } },
      refusals: ['lease_lost', 'assignment_closed', 'grader_not_active'],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { fencingToken } }) => {
      const { leaseExpiresAt } = await store.assignments.heartbeat({ assignmentId, grader: actor.subject, fencingToken });
      return { status: 200, body: { leaseExpiresAt: iso(leaseExpiresAt) } };
    }),
    route({
      operationId: 'saveDraft',
      method: 'put',
      path: `${path}/draft`,
      tag,
      summary: 'Keep marks in the making, and the lease',
      description:
        'An item at a time: what is not among them stays as it was saved, and one that cannot be saved holds up no other. A refusal names those that were not saved.',
      roles,
      params: assignmentParams,
      body: draft,
      bodyBytesMax: MARKS_BYTES_MAX,
      answers: { 200: { description: 'Kept', body: savedDraft } },
      refusals: ['marks_invalid', 'stale_sequence', 'lease_lost', 'assignment_closed', 'grader_not_active'],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { fencingToken, marks } }) => {
      const { leaseExpiresAt, savedAt, kept } = await store.assignments.saveDraft({ assignmentId, grader: actor.subject, fencingToken, marks });
      return { status: 200, body: { leaseExpiresAt: iso(leaseExpiresAt), savedAt: iso(savedAt), kept: kept.map(shownMark) } };
    }),
    route({
      operationId: 'releaseAssignment',
      method: 'post',
      path: `${path}/release`,
      tag,
      summary: 'Give it back; your draft is kept',
      description:
        'With a `conflict` nothing of this candidate comes to you again; with `not_my_field` this script comes only if you ask for it with `givenBack`.',
      roles,
      params: assignmentParams,
      body: release,
      takesIdempotencyKey: true,
      answers: { 204: { description: 'Released' } },
      refusals: ['lease_lost', 'assignment_closed', 'grader_not_active', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { fencingToken, reason }, idempotency }) => {
      await store.assignments.release({ assignmentId, grader: actor.subject, fencingToken, reason, idempotency });
      return { status: 204 };
    }),
    route({
      operationId: 'flagFile',
      method: 'post',
      path: `${path}/file-flag`,
      tag,
      summary: 'Say that the file cannot be read: it is taken from you, and staff look at it',
      description:
        'For the file of a case study. Nobody is given it until staff have acted; your draft is kept. If they ask the candidate for another file, the candidate reads your reason, without your name. Again under the same token it is the same flag.',
      roles,
      params: assignmentParams,
      body: fileFlag,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Flagged, and released' } },
      refusals: ['lease_lost', 'assignment_closed', 'grader_not_active', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { fencingToken, reason } }) => {
      doorbell.ring('file_flagged', await store.assignments.flagFile({ assignmentId, grader: actor.subject, fencingToken, reason }));
      return { status: 204 };
    }),
    route({
      operationId: 'completeAssignment',
      method: 'post',
      path: `${path}/completion`,
      tag,
      summary: 'Hand in all marks; they never change after that',
      description: 'Again with the same marks it gives the same answer; with others it is refused.',
      roles,
      params: assignmentParams,
      body: completion,
      bodyBytesMax: MARKS_BYTES_MAX,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'Completed', body: completed } },
      refusals: ['marks_invalid', 'marks_recorded', 'lease_lost', 'assignment_closed', 'grader_not_active', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { fencingToken, marks }, idempotency }) => {
      doorbell.ring('marked', await store.assignments.complete({ assignmentId, grader: actor.subject, fencingToken, marks, idempotency }));
      return { status: 200, body: { completed: true } };
    }),
  ];
}

type Summary = {
  id: string;
  purpose: string;
  state: string;
  itemIds: readonly string[];
  dueAt: Date;
  leaseExpiresAt: Date | null;
  fencingToken: number;
  seedSeat: { inTraining: boolean } | null;
};

function summaryOf({ id, purpose, state, itemIds, dueAt, leaseExpiresAt, fencingToken, seedSeat }: Summary) {
  return {
    id,
    purpose: purposeAsShown(purpose),
    state: state as 'open' | 'completed' | 'void',
    itemCount: itemIds.length,
    dueAt: iso(blindDueAt(dueAt)),
    leaseExpiresAt: isoOrNull(leaseExpiresAt),
    fencingToken,
    // Of a seed among the real ones this says what it says of them.
    isTraining: seedSeat?.inTraining ?? false,
  };
}

/** Rounded: it says how much to plan for, and no more. */
function waitingOf({ test, purpose, count, dueAt, usualSeconds }: Waiting) {
  const usualMinutes = usualSeconds === null ? null : Math.max(5, Math.round(usualSeconds / 300) * 5);
  return { test, purpose, count, dueAt: iso(blindDueAt(dueAt)), usualMinutes };
}
