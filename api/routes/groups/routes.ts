import type { z } from 'zod';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import type { Group } from '../../../store/groups/of-assignment.ts';
import type { GroupMarkRecord } from '../../../store/groups/of-exam.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { assignmentParams, iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { lease } from '../assignments/schemas.ts';
import { examParams } from '../exams/schemas.ts';
import * as schemas from './schemas.ts';

const path = '/v1/assignments/:assignmentId/groups';
const marks = '/v1/assignments/:assignmentId/group-marks';
const graders = ['grader', 'designated'] as const;
const lost = ['lease_lost', 'assignment_closed', 'grader_not_active'] as const;

export function groupRoutes(services: Services): readonly Route[] {
  return [...graderRoutes(services), ...staffRoutes(services)];
}

function graderRoutes({ store }: Services): readonly Route[] {
  const tag = 'Assignments';
  return [
    route({
      operationId: 'listGroups',
      method: 'get',
      path,
      tag,
      summary: 'How many others gave the same answers, never who, and what you keep for all of them',
      description:
        'Which answers are the same, the exam’s policy says. An item that nobody else answered so, and for which you keep nothing, is left out.',
      roles: graders,
      params: assignmentParams,
      answers: { 200: { description: 'By item', body: schemas.groups } },
      refusals: lost,
    }).handledBy(async ({ actor, params: { assignmentId } }) => {
      const groups = await store.groups.list({ assignmentId, grader: actor.subject });
      return { status: 200, body: { groups: groups.map(viewOf) } };
    }),
    route({
      operationId: 'markGroup',
      method: 'put',
      path: marks,
      tag,
      summary: 'Keep points and a reason for all identical answers to an item',
      description:
        'It is no mark: for each script of the group that you hold later it is offered to you, and each is completed for itself. It takes the place of what you kept before for the same answer.',
      roles: graders,
      params: assignmentParams,
      body: schemas.newGroupMark,
      answers: { 200: { description: 'Kept', body: schemas.keptGroupMark } },
      refusals: [...lost, 'marks_invalid'],
    }).handledBy(async ({ actor, params: { assignmentId }, body: { fencingToken, ...mark } }) => ({
      status: 200,
      body: await store.groups.mark({ assignmentId, grader: actor.subject, fencingToken, mark }),
    })),
    route({
      operationId: 'takeGroupMark',
      method: 'put',
      path: `${marks}/:groupMarkId/use`,
      tag,
      summary: 'Write down that you took what you keep for a group into the draft of this script',
      roles: graders,
      params: schemas.groupMarkParams,
      body: lease,
      answers: { 204: { description: 'Written down, once' } },
      refusals: lost,
    }).handledBy(async ({ actor, params: { assignmentId, groupMarkId }, body: { fencingToken } }) => {
      await store.groups.take({ assignmentId, groupMarkId, grader: actor.subject, fencingToken });
      return { status: 204 };
    }),
    route({
      operationId: 'endGroupMark',
      method: 'delete',
      path: '/v1/group-marks/:groupMarkId',
      tag,
      summary: 'Keep it for the group no more: drafts that have it, and marks, stay',
      roles: graders,
      params: schemas.groupMarkParams.pick({ groupMarkId: true }),
      answers: { 204: { description: 'Ended, or before' } },
    }).handledBy(async ({ actor, params: { groupMarkId } }) => {
      await store.groups.end({ groupMarkId, grader: actor.subject });
      return { status: 204 };
    }),
  ];
}

function staffRoutes({ store }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listGroupMarks',
      method: 'get',
      path: '/v1/staff/exams/:examId/group-marks',
      tag: 'Staff',
      summary: 'What graders kept for groups of identical answers, the newest first, and which scripts’ drafts it was taken into',
      roles: STAFF_READERS,
      params: examParams,
      query: schemas.listQuery,
      answers: { 200: { description: 'One page', body: schemas.groupMarkList } },
      refusals: ['exam_not_published'],
    }).handledBy(async ({ params: { examId }, query: { version, after, limit } }) => {
      const records = await store.groups.listForStaff({ examId, version, after, limit: limit + 1 });
      const { rows, next } = pageOf(records, limit, ({ id }) => id);
      return { status: 200, body: { groupMarks: rows.map(staffViewOf), next } };
    }),
  ];
}

function viewOf({ itemId, others, mark }: Group): z.output<typeof schemas.groups>['groups'][number] {
  return { itemId, others, mark: mark && { id: mark.id, points: pointsFromMillipoints(mark.millipoints), reason: mark.reason } };
}

function staffViewOf(record: GroupMarkRecord): z.output<typeof schemas.groupMarkList>['groupMarks'][number] {
  const { id, grader, itemId, millipoints, reason, markedAt, endedAt, taken } = record;
  return {
    id,
    grader,
    itemId,
    points: pointsFromMillipoints(millipoints),
    reason,
    markedAt: iso(markedAt),
    endedAt: isoOrNull(endedAt),
    taken: taken.map(({ assignmentId, usedAt, stands }) => ({ assignmentId, usedAt: iso(usedAt), stands })),
  };
}
