import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import type { Test } from '../../../domain/exam.ts';
import type { BankComment } from '../../../store/comments/bank.ts';
import type { CommentRecord } from '../../../store/comments/of-exam.ts';
import { STAFF_READERS, type Actor } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { Problem } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import { assignmentParams, iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { lease } from '../assignments/schemas.ts';
import * as schemas from './schemas.ts';

const ofAssignment = '/v1/assignments/:assignmentId/comments';
const ofExam = '/v1/staff/exams/:examId/comments';
const graders = ['grader', 'designated'] as const;
const lost = ['lease_lost', 'assignment_closed', 'grader_not_active'] as const;

export function commentRoutes(services: Services): readonly Route[] {
  return [...graderRoutes(services), ...staffRoutes(services)];
}

function graderRoutes({ store }: Services): readonly Route[] {
  const tag = 'Assignments';
  return [
    route({
      operationId: 'listComments',
      method: 'get',
      path: ofAssignment,
      tag,
      summary: 'The comment bank: what you have at hand for the reasons of this assignment, the most used first',
      roles: graders,
      params: assignmentParams,
      answers: { 200: { description: 'Of all its items: yours, and those for everybody', body: schemas.bank } },
      refusals: lost,
    }).handledBy(async ({ actor, params: { assignmentId } }) => {
      const comments = await store.comments.bank({ assignmentId, grader: actor.subject });
      return { status: 200, body: { comments: comments.map(viewOf) } };
    }),
    route({
      operationId: 'addComment',
      method: 'post',
      path: ofAssignment,
      tag,
      summary: 'Keep a comment at hand for this item, in every version of its exam',
      description: 'It never changes: retire it and add another one. What says the same and stands is not added twice.',
      roles: graders,
      params: assignmentParams,
      body: schemas.newComment,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 201: { description: 'Added, or there before', body: schemas.addedComment } },
      refusals: [...lost, 'comment_invalid', 'comments_full', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { forAll, ...comment }, idempotency }) => {
      if (forAll) refuseUndesignated(actor);
      const act = { actor: actor.subject, reason: '', actionKey: `add-comment:${assignmentId}:${nameOfKey(idempotency) ?? randomUUID()}` };
      const { id } = await store.comments.add({ assignmentId, comment, forAll, act });
      return { status: 201, body: { id } };
    }),
    route({
      operationId: 'takeComment',
      method: 'put',
      path: `${ofAssignment}/:commentId/use`,
      tag,
      summary: 'Count that you took a comment into a reason of this assignment',
      roles: graders,
      params: schemas.ownCommentParams,
      body: lease,
      answers: { 204: { description: 'Counted, once an assignment' } },
      refusals: lost,
    }).handledBy(async ({ actor, params: { assignmentId, commentId }, body: { fencingToken } }) => {
      await store.comments.take({ assignmentId, commentId, grader: actor.subject, fencingToken });
      return { status: 204 };
    }),
    route({
      operationId: 'retireOwnComment',
      method: 'post',
      path: `${ofAssignment}/:commentId/retirement`,
      tag,
      summary: 'Have a comment at hand no more; reasons that it was taken into stand',
      description: 'One of your own; one for everybody if you are designated.',
      roles: graders,
      params: schemas.ownCommentParams,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Retired, or before' } },
      refusals: [...lost, 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { assignmentId, commentId } }) => {
      const act = { actor: actor.subject, reason: '', actionKey: `retire-comment:${commentId}` };
      await store.comments.retire({ assignmentId, commentId, mayRetireForAll: actor.roles.has('designated'), act });
      return { status: 204 };
    }),
  ];
}

function refuseUndesignated(actor: Actor): void {
  if (!actor.roles.has('designated'))
    throw new Problem('forbidden', 'A comment for everybody needs the role designated. Keep it for yourself, or ask staff.');
}

function staffRoutes({ store }: Services): readonly Route[] {
  const tag = 'Staff';
  return [
    route({
      operationId: 'listExamComments',
      method: 'get',
      path: ofExam,
      tag,
      summary: 'Every comment that graders of an exam have at hand or had, the newest first',
      roles: STAFF_READERS,
      params: schemas.examParams,
      query: schemas.listQuery,
      answers: { 200: { description: 'One page', body: schemas.commentList } },
      refusals: ['exam_not_published'],
    }).handledBy(async ({ params: { examId }, query: { after, limit } }) => {
      const comments = await store.comments.listForStaff({ examId, after, limit: limit + 1 });
      const { rows, next } = pageOf(comments, limit, ({ id }) => id);
      return { status: 200, body: { comments: rows.map(staffViewOf), next } };
    }),
    route({
      operationId: 'addExamComment',
      method: 'post',
      path: ofExam,
      tag,
      summary: 'Give everybody who marks an item a comment, in every version of its exam',
      description: 'The item or criterion is one of the newest version. What says the same and stands is not added twice.',
      roles: ['staff'],
      params: schemas.examParams,
      body: schemas.newCommentForAll,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 201: { description: 'Added, or there before', body: schemas.addedComment } },
      refusals: ['exam_not_published', 'comment_invalid', 'comments_full', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { examId }, body: { test, caseStudyId, reason, ...comment }, idempotency }) => {
      const act = { actor: actor.subject, reason, actionKey: `add-comment:${examId}:${nameOfKey(idempotency) ?? randomUUID()}` };
      const { id } = await store.comments.addForAll({ examId, test, caseStudyId, comment, act });
      return { status: 201, body: { id } };
    }),
    route({
      operationId: 'retireComment',
      method: 'post',
      path: '/v1/staff/comments/:commentId/retirement',
      tag,
      summary: 'Take a comment out of the bank, a grader’s own too; reasons that it was taken into stand',
      roles: ['staff'],
      params: schemas.commentParams,
      body: schemas.retirement,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Retired, or before' } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { commentId }, body: { reason } }) => {
      await store.comments.retireForStaff({ commentId, act: { actor: actor.subject, reason, actionKey: `retire-comment:${commentId}` } });
      return { status: 204 };
    }),
  ];
}

function viewOf({ millipoints, ...comment }: BankComment): z.output<typeof schemas.bank>['comments'][number] {
  return { ...comment, points: pointsOrNull(millipoints) };
}

function staffViewOf(comment: CommentRecord): z.output<typeof schemas.commentList>['comments'][number] {
  const { id, itemId, version, text, writtenBy, retiredBy, uses } = comment;
  return {
    id,
    test: comment.test as Test,
    caseStudyId: comment.caseStudyId === '' ? null : comment.caseStudyId,
    itemId,
    version,
    text,
    points: pointsOrNull(comment.millipoints),
    grader: comment.owner,
    writtenBy,
    writtenAt: iso(comment.writtenAt),
    retiredBy,
    retiredAt: isoOrNull(comment.retiredAt),
    uses,
  };
}

function pointsOrNull(millipoints: number | null): number | null {
  return millipoints === null ? null : pointsFromMillipoints(millipoints);
}
