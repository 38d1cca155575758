import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';
import { listedViewOf, ownViewOf } from './view.ts';

const roles = ['candidate'] as const;

/** Another look at a failed test (docs/decisions/0020): the candidate's part, and the queue that staff see. */
export function appealRoutes({ store, doorbell }: Services): readonly Route[] {
  const own = async (of: { attemptId: string; subject: string }) => ownViewOf(await store.appeals.own(of));
  return [
    route({
      operationId: 'listOwnAppeals',
      method: 'get',
      path: '/v1/attempts/:attemptId/appeals',
      tag: 'Results',
      summary: 'What you appealed, and what you may appeal until when',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'Both', body: schemas.ownAppeals } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => ({ status: 200, body: await own({ attemptId, subject }) })),
    route({
      operationId: 'fileAppeal',
      method: 'post',
      path: '/v1/attempts/:attemptId/appeals',
      tag: 'Results',
      summary: 'Appeal a failed test, within its window',
      description:
        'Somebody qualified who was not involved marks again what you name, without knowing of the earlier marks. It never lowers a result. A result may be appealed once.',
      roles,
      params: attemptParams,
      body: schemas.newAppeal,
      takesIdempotencyKey: true,
      answers: { 201: { description: 'Filed', body: schemas.ownAppeals } },
      refusals: [
        'wrong_phase',
        'not_appealable',
        'deadline_passed',
        'appealed_already',
        'appeal_invalid',
        'attempt_already_open',
        'already_certified',
        'idempotency_key_reused',
      ],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, body, idempotency }) => {
      doorbell.ring('appealed', await store.appeals.file({ ...body, attemptId, subject, idempotency }));
      return { status: 201, body: await own({ attemptId, subject }) };
    }),
    route({
      operationId: 'withdrawAppeal',
      method: 'post',
      path: '/v1/attempts/:attemptId/appeals/withdrawal',
      tag: 'Results',
      summary: 'Take the appeal back, until it is answered',
      description: 'The result stands then: it cannot be appealed again.',
      roles,
      params: attemptParams,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'Withdrawn', body: schemas.ownAppeals } },
      refusals: ['appeal_settled', 'idempotency_key_reused'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, idempotency }) => {
      doorbell.ring('appeal_withdrawn', await store.appeals.withdraw({ attemptId, subject, idempotency }));
      return { status: 200, body: await own({ attemptId, subject }) };
    }),
    route({
      operationId: 'listAppeals',
      method: 'get',
      path: '/v1/staff/appeals',
      tag: 'Staff',
      summary: 'Appeals: what they are of, and what became of them',
      description: 'What an open one is marked by is among the assignments of its attempt, and is reassigned there.',
      roles: STAFF_READERS,
      query: schemas.appealQuery,
      answers: { 200: { description: 'One page, newest first', body: schemas.appealList } },
    }).handledBy(async ({ query: { open, refundDue, attemptId, after, limit } }) => {
      const found = await store.appeals.list({
        isOpen: open !== undefined,
        isRefundDue: refundDue !== undefined,
        attemptId,
        after,
        limit: limit + 1,
      });
      const { rows, next } = pageOf(found, limit, (row) => row.id);
      return { status: 200, body: { appeals: rows.map(listedViewOf), next } };
    }),
    route({
      operationId: 'recordAppealRefund',
      method: 'post',
      path: '/v1/staff/appeals/:appealId/refund',
      tag: 'Staff',
      summary: 'Say that the fee of an appeal that was right was paid back',
      description: 'The payment itself is made elsewhere; until it is recorded here, staff are reminded of it.',
      roles: ['staff'],
      params: schemas.appealParams,
      body: schemas.refund,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 204: { description: 'Recorded' } },
      refusals: ['no_refund_due', 'refund_recorded', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { appealId }, body: { reference } }) => {
      await store.appeals.recordRefund({ appealId, actor: actor.subject, reference });
      return { status: 204 };
    }),
  ];
}
