import { randomUUID } from 'node:crypto';
import { phaseOf, testUnderGrading } from '../../../domain/attempt.ts';
import { examVersionName } from '../../../domain/exam.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { extend, reassign, reopen, withdraw } from '../../../workflows/messages.ts';
import { STAFF_READERS } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { route, type Route } from '../../route.ts';
import { assignmentParams, attemptParams, iso, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';
import { staffViewOf, viewOfAudit, viewOfLease } from './view.ts';

const tag = 'Staff';
const acting = ['staff'] as const;
const attempts = '/v1/staff/attempts';
const assignments = '/v1/staff/assignments';

export function staffRoutes(services: Services): readonly Route[] {
  return [...lookingRoutes(services), ...actingRoutes(services)];
}

function lookingRoutes(services: Services): readonly Route[] {
  const { store } = services;
  return [
    route({
      operationId: 'listAllAttempts',
      method: 'get',
      path: attempts,
      tag,
      summary: 'All attempts, newest first',
      roles: STAFF_READERS,
      query: schemas.attemptQuery,
      answers: { 200: { description: 'One page', body: schemas.staffAttemptList } },
    }).handledBy(async ({ query: { after, limit, open } }) => {
      const { rows, next } = pageOf(await store.attempts.list({ after, limit: limit + 1, open }), limit, (row) => row.facts.attemptId);
      return { status: 200, body: { attempts: await Promise.all(rows.map((row) => staffViewOf(services, row))), next } };
    }),
    route({
      operationId: 'getAttemptRecord',
      method: 'get',
      path: `${attempts}/:attemptId`,
      tag,
      summary: 'An attempt with its audit',
      roles: STAFF_READERS,
      params: attemptParams,
      answers: { 200: { description: 'The attempt', body: schemas.staffAttemptDetails } },
    }).handledBy(async ({ params: { attemptId } }) => {
      const view = await staffViewOf(services, await store.attempts.read({ attemptId }));
      const audit = await store.attempts.audit(attemptId);
      return {
        status: 200,
        body: {
          ...view,
          audit: audit.map(viewOfAudit),
        },
      };
    }),
    route({
      operationId: 'listAllAssignments',
      method: 'get',
      path: assignments,
      tag,
      summary: 'Who holds what until when; the one due first comes first',
      roles: STAFF_READERS,
      query: schemas.assignmentQuery,
      answers: { 200: { description: 'One page', body: schemas.staffAssignmentList } },
    }).handledBy(async ({ query: { limit, ...query } }) => {
      const { rows, next } = pageOf(await store.assignments.listForStaff({ ...query, limit: limit + 1 }), limit, (row) => row.id);
      return { status: 200, body: { assignments: rows.map(viewOfLease), next } };
    }),
    route({
      operationId: 'listGraders',
      method: 'get',
      path: '/v1/staff/graders',
      tag,
      summary: 'Who marks: everybody who ever asked for work, whom alone an assignment can be given to',
      roles: STAFF_READERS,
      query: schemas.graderQuery,
      answers: { 200: { description: 'One page, by subject', body: schemas.graderList } },
    }).handledBy(async ({ query: { after, limit } }) => {
      const known = await store.graders.list({ after, limit: limit + 1 });
      const shown = known.slice(0, limit);
      const graders = shown.map(({ subject, designated, state, lastSeenAt }) => ({ subject, designated, state, lastSeenAt: iso(lastSeenAt) }));
      return { status: 200, body: { graders, next: known.length > limit ? (shown.at(-1)?.subject ?? null) : null } };
    }),
    route({
      operationId: 'getAttemptOfAssignment',
      method: 'get',
      path: `${assignments}/:assignmentId/attempt`,
      tag,
      summary: 'The attempt that an assignment belongs to',
      roles: STAFF_READERS,
      params: assignmentParams,
      answers: { 200: { description: 'What graders never learn', body: schemas.assignmentAttempt } },
    }).handledBy(async ({ params: { assignmentId } }) => {
      const record = await store.attempts.read({ attemptId: await store.assignments.attemptOf(assignmentId) });
      return {
        status: 200,
        body: {
          attemptId: record.facts.attemptId,
          candidateId: record.candidateId,
          candidateSubject: record.subject,
          examVersion: examVersionName(record),
        },
      };
    }),
  ];
}

/** All but the accommodation and the correction are Updates of the workflow: `unavailable` while Temporal is away. */
function actingRoutes(services: Services): readonly Route[] {
  const { store, doorbell, staffActs: act } = services;
  return [
    route({
      operationId: 'scaleAttempt',
      method: 'put',
      path: `${attempts}/:attemptId/accommodation`,
      tag,
      summary: 'Scale every limit of the candidate of an attempt at its exam; the window under way grows and never shrinks',
      roles: acting,
      params: attemptParams,
      body: schemas.accommodation,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'The attempt', body: schemas.staffAttempt } },
      refusals: ['wrong_phase', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { attemptId }, body: { percent, reason }, idempotency }) => {
      const actionKey = `accommodate:${attemptId}:${nameOfKey(idempotency) ?? randomUUID()}`;
      doorbell.ring('deadline_moved', await store.attempts.accommodate({ attemptId, percent, reason, actor: actor.subject, actionKey }));
      return { status: 200, body: await staffViewOf(services, await store.attempts.read({ attemptId })) };
    }),
    route({
      operationId: 'extendDeadline',
      method: 'post',
      path: `${attempts}/:attemptId/extension`,
      tag,
      summary: 'Move the deadline of the window under way to a later one',
      roles: acting,
      params: attemptParams,
      body: schemas.extension,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Moved', body: schemas.extended } },
      refusals: ['wrong_phase', 'deadline_not_later', 'deadline_out_of_bounds', 'deadline_passed', 'unavailable', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { attemptId }, body, idempotency }) => {
      const moved = await act({ attemptId, update: extend, input: { ...body, actor: actor.subject }, actKey: nameOfKey(idempotency) });
      return { status: 200, body: { deadline: iso(new Date(moved.deadline)) } };
    }),
    route({
      operationId: 'correctDeadline',
      method: 'post',
      path: `${attempts}/:attemptId/deadline-correction`,
      tag,
      summary: 'Take back a deadline of the window under way that was named by mistake; never to a moment already past',
      roles: acting,
      params: attemptParams,
      body: schemas.deadlineCorrection,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Corrected', body: schemas.extended } },
      refusals: ['wrong_phase', 'deadline_not_later', 'deadline_out_of_bounds', 'deadline_passed', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { attemptId }, body: { window, deadline, reason }, idempotency }) => {
      const actionKey = `correct-deadline:${attemptId}:${nameOfKey(idempotency) ?? randomUUID()}`;
      const act = { attemptId, window, deadline: new Date(deadline), reason, actor: actor.subject, actionKey };
      const { deadline: corrected, ...committed } = await store.attempts.correctDeadline(act);
      doorbell.ring('deadline_moved', committed);
      return { status: 200, body: { deadline: iso(corrected) } };
    }),
    route({
      operationId: 'endAttempt',
      method: 'post',
      path: `${attempts}/:attemptId/withdrawal`,
      tag,
      summary: 'End an attempt without a result',
      roles: acting,
      params: attemptParams,
      body: schemas.staffWithdrawal,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Withdrawn', body: schemas.withdrawn } },
      refusals: ['wrong_phase', 'unavailable', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor, params: { attemptId }, body, idempotency }) => ({
        status: 200,
        body: await act({ attemptId, update: withdraw, input: { ...body, actor: actor.subject }, actKey: nameOfKey(idempotency) }),
      }),
      async ({ params: { attemptId } }) => {
        const { facts } = await store.attempts.read({ attemptId });
        if (facts.outcome !== null) throw new Refusal('wrong_phase', `The attempt is ${facts.outcome} already.`);
        return [{ what: 'attempt_outcome', from: null, to: 'withdrawn' }];
      },
    ),
    route({
      operationId: 'reopenTest',
      method: 'post',
      path: `${attempts}/:attemptId/reopening`,
      tag,
      summary: 'Let the candidate go on with a test that is being graded',
      roles: acting,
      params: attemptParams,
      body: schemas.reopening,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Reopened', body: schemas.reopened } },
      refusals: ['wrong_phase', 'deadline_not_later', 'deadline_out_of_bounds', 'unavailable', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor, params: { attemptId }, body, idempotency }) => {
        const { round, deadline } = await act({
          attemptId,
          update: reopen,
          input: { ...body, actor: actor.subject },
          actKey: nameOfKey(idempotency),
        });
        return { status: 200, body: { round, deadline: iso(new Date(deadline)) } };
      },
      async ({ params: { attemptId }, body: { test, deadline } }) => {
        const { facts } = await store.attempts.read({ attemptId });
        const sitting = facts.sittings[test];
        if (!sitting || testUnderGrading(phaseOf(facts)) !== test)
          throw new Refusal('wrong_phase', `The ${test} test is not being graded.`, { phase: phaseOf(facts) });
        if (Date.parse(deadline) <= facts.asOf) throw new Refusal('deadline_not_later', 'The new deadline must be in the future.');
        return [{ what: 'deadline', from: iso(sitting.deadline), to: iso(new Date(deadline)) }];
      },
    ),
    route({
      operationId: 'dismissFileFlags',
      method: 'post',
      path: `${attempts}/:attemptId/file-flag-dismissal`,
      tag,
      summary: 'Find readable what a grader flagged as unreadable: it goes to graders again',
      description:
        'Where it is unreadable indeed, reopen the case study: the candidate is told, and what was handed in first stands if nothing else comes.',
      roles: acting,
      params: attemptParams,
      body: schemas.fileFlagDismissal,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'The attempt', body: schemas.staffAttempt } },
      refusals: ['wrong_phase', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { attemptId }, body: { reason }, idempotency }) => {
      const actionKey = `dismiss-file-flags:${attemptId}:${nameOfKey(idempotency) ?? randomUUID()}`;
      doorbell.ring('file_flag_settled', await store.assignments.dismissFileFlags({ attemptId, reason, actor: actor.subject, actionKey }));
      return { status: 200, body: await staffViewOf(services, await store.attempts.read({ attemptId })) };
    }),
    route({
      operationId: 'reassignAssignment',
      method: 'post',
      path: `${assignments}/:assignmentId/reassignment`,
      tag,
      summary: 'Take an assignment from whoever holds it, for one grader or back to the pool',
      roles: acting,
      params: assignmentParams,
      body: schemas.reassignment,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'Reassigned', body: schemas.reassigned } },
      refusals: [
        'assignment_closed',
        'already_involved',
        'grader_unknown',
        'grader_unqualified',
        'grader_unavailable',
        'grader_in_conflict',
        'wrong_phase',
        'unavailable',
        'idempotency_key_reused',
      ],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { grader, reason }, idempotency }) => {
      const attemptId = await store.assignments.attemptOf(assignmentId);
      const input = { assignmentId, reason, actor: actor.subject, ...(grader === undefined ? {} : { grader }) };
      return { status: 200, body: await act({ attemptId, update: reassign, input, actKey: nameOfKey(idempotency) }) };
    }),
  ];
}
