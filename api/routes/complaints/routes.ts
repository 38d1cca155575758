import type { z } from 'zod';
import { examVersionName } from '../../../domain/exam.ts';
import type { ComplaintRecord, ListedComplaint } from '../../../store/complaints/records.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams, iso, isoOrNull, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const roles = ['candidate'] as const;
const ofAttempt = '/v1/attempts/:attemptId/complaints';

/** What candidates complain of that is no appeal, and what staff answer. No result depends on it. */
export function complaintRoutes({ store }: Services): readonly Route[] {
  const own = async (of: { attemptId: string; subject: string }) => ({ complaints: (await store.complaints.own(of)).map(ownViewOf) });
  return [
    route({
      operationId: 'listOwnComplaints',
      method: 'get',
      path: ofAttempt,
      tag: 'Attempts',
      summary: 'What you complained of, and what was answered',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'All of this attempt', body: schemas.ownComplaints } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => ({ status: 200, body: await own({ attemptId, subject }) })),
    route({
      operationId: 'fileComplaint',
      method: 'post',
      path: ofAttempt,
      tag: 'Attempts',
      summary: 'Complain of how somebody behaved, or of what did not work',
      description: 'It is read and answered by staff, and changes no result: for another look at a failed test there is the appeal.',
      roles,
      params: attemptParams,
      body: schemas.newComplaint,
      takesIdempotencyKey: true,
      answers: { 201: { description: 'Filed', body: schemas.ownComplaints } },
      refusals: ['complaints_full', 'idempotency_key_reused'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, body, idempotency }) => {
      await store.complaints.file({ ...body, attemptId, subject, idempotency });
      return { status: 201, body: await own({ attemptId, subject }) };
    }),
    route({
      operationId: 'listComplaints',
      method: 'get',
      path: '/v1/staff/complaints',
      tag: 'Staff',
      summary: 'What candidates complained of: those that wait the oldest first, all of them the newest first',
      roles: STAFF_READERS,
      query: schemas.complaintQuery,
      answers: { 200: { description: 'One page', body: schemas.complaintList } },
    }).handledBy(async ({ query: { open, attemptId, after, limit } }) => {
      const found = await store.complaints.list({ isOpen: open !== undefined, attemptId, after, limit: limit + 1 });
      const { rows, next } = pageOf(found, limit, (row) => row.id);
      return { status: 200, body: { complaints: rows.map(listedViewOf), next } };
    }),
    route({
      operationId: 'answerComplaint',
      method: 'post',
      path: '/v1/staff/complaints/:complaintId/answer',
      tag: 'Staff',
      summary: 'Answer a complaint, once; its candidate is told',
      roles: ['staff'],
      params: schemas.complaintParams,
      body: schemas.newAnswer,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Answered' } },
      refusals: ['complaint_answered', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { complaintId }, body: { text } }) => {
      await store.complaints.answer({ complaintId, actor: actor.subject, text });
      return { status: 204 };
    }),
  ];
}

type OwnComplaint = z.output<typeof schemas.ownComplaints>['complaints'][number];
type Listed = z.output<typeof schemas.complaintList>['complaints'][number];

function ownViewOf({ id, about, text, filedAt, answer, answeredAt }: ComplaintRecord): OwnComplaint {
  return { id, about, text, filedAt: iso(filedAt), answer, answeredAt: isoOrNull(answeredAt) };
}

function listedViewOf(record: ListedComplaint): Listed {
  const { attemptId, examId, version, answeredBy } = record;
  return { ...ownViewOf(record), attemptId, examId, examVersion: examVersionName({ examId, version }), answeredBy };
}
