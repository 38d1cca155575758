import type { RequestHandler, Response } from 'express';
import { PDF_MEDIA_TYPE } from '../../../publication/documents/document-key.ts';
import type { ExplanationReader } from '../../../store/decisions/explanations.ts';
import { readerOf } from '../../actor.ts';
import { Problem } from '../../problems.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf } from '../../route.ts';
import type { Services } from '../../services.ts';
import { check } from '../../validation.ts';
import { refuseBusy, subjectOf } from '../results/documents.ts';
import { reportParams } from '../results/schemas.ts';
import { reading } from '../story/schemas.ts';

type Needed = Pick<Services, 'store' | 'documents'>;

export function sendOwnExplanation(services: Needed): RequestHandler {
  return async (request, response) => {
    const asked = { ...paramsOf(reportParams, request), reader: { subject: subjectOf(response) } };
    await sendExplanation(response, services, asked);
  };
}

export function sendStaffExplanation(services: Needed): RequestHandler {
  return async (request, response) => {
    const { actor } = contextOf(response);
    if (!actor) throw new TypeError('a route with roles is for somebody');
    const { reason } = check(reading, request.body);
    await sendExplanation(response, services, { ...paramsOf(reportParams, request), reader: { ...readerOf(actor), reason } });
  };
}

async function sendExplanation(
  response: Response,
  { store, documents }: Needed,
  { attemptId, test, reader }: { attemptId: string; test: string; reader: ExplanationReader },
): Promise<void> {
  const explanation = (await store.decisions.explanations({ attemptId, ...reader })).findLast((candidate) => candidate.test === test);
  if (!explanation) throw new Problem('not_found', 'This test has no result yet.');
  const { candidateName, examVersionId } = await store.attempts.read({ attemptId });
  const { title: examTitle } = await store.examVersions.contentOf(examVersionId);
  const audience = reader.subject === undefined ? 'staff' : 'candidate';
  const bytes = await documents.explanation({ explanation, candidateName, examTitle, audience }).catch(refuseBusy('the explanation itself is there'));
  response.set({
    'Content-Type': PDF_MEDIA_TYPE,
    'Content-Disposition': `inline; filename="why-${test}.pdf"`,
    'X-Content-Type-Options': 'nosniff',
  });
  response.send(Buffer.from(bytes));
}
