import { readerOf, STAFF_READERS } from '../../actor.ts';
import { JSON_BODY_BYTES_MAX, readJson } from '../../json-body.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { reportParams } from '../results/schemas.ts';
import { reading } from '../story/schemas.ts';
import { sendOwnExplanation, sendStaffExplanation } from './documents.ts';
import { explanations, ownExplanations } from './schemas.ts';
import { ownViewOf, staffViewOf } from './view.ts';

const document = {
  description: 'The document; `unavailable` while too many others are being rendered',
  mediaTypes: ['application/pdf'] as const,
  headers: ['Content-Disposition'] as const,
};

export function explanationRoutes(services: Services): readonly Route[] {
  const { decisions } = services.store;
  return [
    route({
      operationId: 'explainResults',
      method: 'get',
      path: '/v1/attempts/:attemptId/results/explanation',
      tag: 'Results',
      summary: 'Why each test was decided as it was, from the records alone',
      description:
        'Your answers, the marks with their reasons, how two marks became one, the rules that held, and the arithmetic. Each reading is written down, as of your answers.',
      roles: ['candidate'],
      params: attemptParams,
      answers: { 200: { description: 'The oldest decision first; none before the first publication', body: ownExplanations } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      return { status: 200, body: { decisions: (await decisions.explanations({ attemptId, subject })).map(ownViewOf) } };
    }),
    route({
      operationId: 'readExplanation',
      method: 'post',
      path: '/v1/staff/attempts/:attemptId/explanation-reading',
      tag: 'Staff',
      summary: 'Read why each test of an attempt was decided as it was: answers, keys, marks, rules and arithmetic',
      description: 'Each reading is audited: who read what, and why.',
      roles: STAFF_READERS,
      isReading: true,
      params: attemptParams,
      body: reading,
      answers: { 200: { description: 'The oldest decision first', body: explanations } },
    }).handledBy(async ({ actor, params: { attemptId }, body: { reason } }) => {
      const explained = await decisions.explanations({ attemptId, ...readerOf(actor), reason });
      return { status: 200, body: { attemptId, decisions: explained.map(staffViewOf) } };
    }),
    {
      operationId: 'getExplanationDocument',
      method: 'get',
      path: '/v1/attempts/:attemptId/results/:test/explanation',
      tag: 'Results',
      summary: 'Why the latest result of a test is as it is, as PDF',
      roles: ['candidate'],
      params: reportParams,
      answers: { 200: document },
      refusals: ['unavailable'],
      handlers: [sendOwnExplanation(services)],
    },
    {
      operationId: 'readExplanationDocument',
      method: 'post',
      path: '/v1/staff/attempts/:attemptId/results/:test/explanation-reading',
      tag: 'Staff',
      summary: 'Read why the latest result of a test is as it is, as PDF, with graders and keys',
      description: 'Each reading is audited: who read what, and why.',
      roles: STAFF_READERS,
      isReading: true,
      params: reportParams,
      body: reading,
      bodyBytesMax: JSON_BODY_BYTES_MAX,
      answers: { 200: document },
      refusals: ['unavailable'],
      handlers: [...readJson({ bytesMax: JSON_BODY_BYTES_MAX }), sendStaffExplanation(services)],
    },
  ];
}
