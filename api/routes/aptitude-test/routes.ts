import { route, type Route } from '../../route.ts';
import { attemptParams, iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { submission } from '../attempts/schemas.ts';
import { submit } from '../attempts/submit.ts';
import { aptitudeTest, responseInput, responseParams, savedResponse } from './schemas.ts';
import { readAptitudeTest } from './view.ts';

const tag = 'Aptitude test';
const roles = ['candidate'] as const;
const path = '/v1/attempts/:attemptId/aptitude-test';
/** 20,000 characters of any script. */
const RESPONSE_BYTES_MAX = 1024 * 1024;

export function aptitudeTestRoutes(services: Services): readonly Route[] {
  const { store, doorbell } = services;
  return [
    // The hot path comes first: Express looks for a route from the top.
    route({
      operationId: 'saveResponse',
      method: 'put',
      path: '/v1/attempts/:attemptId/responses/:itemId',
      tag,
      summary: 'Save an answer',
      description: 'Answered when the answer is durable: a crash after that loses nothing.',
      roles,
      params: responseParams,
      body: responseInput,
      bodyBytesMax: RESPONSE_BYTES_MAX,
      answers: { 200: { description: 'Saved', body: savedResponse } },
      refusals: ['response_invalid', 'stale_sequence', 'wrong_phase', 'deadline_passed'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId, itemId }, body: { value, sequence } }) => {
      const saved = await store.sittings.saveResponse({ attemptId, subject, itemId, value, sequence });
      return { status: 200, body: { itemId, sequence: saved.sequence, savedAt: iso(saved.savedAt) } };
    }),
    route({
      operationId: 'startAptitudeTest',
      method: 'post',
      path,
      tag,
      summary: 'Start the aptitude test: its clock runs from now',
      description: 'A repeat changes nothing and gives the same test.',
      roles,
      params: attemptParams,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'The test', body: aptitudeTest } },
      refusals: ['wrong_phase', 'deadline_passed', 'idempotency_key_reused'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, idempotency }) => {
      const { record, ...committed } = await store.sittings.start({ attemptId, subject, idempotency });
      doorbell.ring('started', committed);
      return { status: 200, body: await readAptitudeTest(services, { attemptId, subject, started: record }) };
    }),
    route({
      operationId: 'getAptitudeTest',
      method: 'get',
      path,
      tag,
      summary: 'The test with your saved answers, from its start until its result',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'The test', body: aptitudeTest } },
      refusals: ['wrong_phase'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => ({
      status: 200,
      body: await readAptitudeTest(services, { attemptId, subject }),
    })),
    route({
      operationId: 'submitAptitudeTest',
      method: 'post',
      path: `${path}/submission`,
      tag,
      summary: 'Submit the aptitude test',
      description: 'What is saved is frozen, hashed and receipted. Past the deadline it is what was saved in time.',
      roles,
      params: attemptParams,
      takesIdempotencyKey: true,
      answers: { 201: { description: 'Submitted', body: submission }, 200: { description: 'Submitted before', body: submission } },
      refusals: ['wrong_phase', 'idempotency_key_reused'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, idempotency }) =>
      submit(services, { attemptId, subject, test: 'aptitude', idempotency }),
    ),
  ];
}
