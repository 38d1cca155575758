import { route, type Route } from '../../route.ts';
import { attemptParams } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { submission } from '../attempts/schemas.ts';
import { submit } from '../attempts/submit.ts';
import { caseStudyView } from './schemas.ts';
import { readCaseStudy } from './view.ts';

const tag = 'Case study';
const roles = ['candidate'] as const;
const path = '/v1/attempts/:attemptId/case-study';

export function caseStudyRoutes(services: Services): readonly Route[] {
  const { store, doorbell } = services;
  return [
    route({
      operationId: 'downloadCaseStudy',
      method: 'post',
      path,
      tag,
      summary: 'Download the case study: its clock runs from now',
      description: 'A repeat gives the same case study and the same clock.',
      roles,
      params: attemptParams,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'The case study', body: caseStudyView } },
      refusals: ['wrong_phase', 'deadline_passed', 'idempotency_key_reused'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, idempotency }) => {
      const { record, ...committed } = await store.sittings.download({ attemptId, subject, idempotency });
      doorbell.ring('downloaded', committed);
      return { status: 200, body: await readCaseStudy(services, { attemptId, subject, started: record }) };
    }),
    route({
      operationId: 'getCaseStudy',
      method: 'get',
      path,
      tag,
      summary: 'The case study, from its download until its result',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'The case study', body: caseStudyView } },
      refusals: ['wrong_phase'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => ({
      status: 200,
      body: await readCaseStudy(services, { attemptId, subject }),
    })),
    route({
      operationId: 'submitCaseStudy',
      method: 'post',
      path: `${path}/submission`,
      tag,
      summary: 'Submit the latest complete upload',
      description: 'One that has just arrived is looked at first; where it is refused, so is this, and what was uploaded before stays.',
      roles,
      params: attemptParams,
      takesIdempotencyKey: true,
      answers: { 201: { description: 'Submitted', body: submission }, 200: { description: 'Submitted before', body: submission } },
      refusals: [
        'nothing_to_submit',
        'upload_in_hand',
        'upload_hash_mismatch',
        'upload_unreadable',
        'upload_infected',
        'wrong_phase',
        'deadline_passed',
        'idempotency_key_reused',
      ],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, idempotency }) =>
      submit(services, { attemptId, subject, test: 'case_study', idempotency }),
    ),
  ];
}
