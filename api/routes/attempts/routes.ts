import { validationFailed } from '../../problems.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams, pageOf } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { readView, viewOf } from './read.ts';
import { sendHandedIn, viewOfHandedIn } from './handed-in.ts';
import { attemptList, attemptQuery, attemptView, handedIn, registration, submissionList, submissionParams } from './schemas.ts';

const tag = 'Attempts';
const roles = ['candidate'] as const;

export function attemptRoutes(services: Services): readonly Route[] {
  const { store, doorbell } = services;
  return [
    route({
      operationId: 'registerAttempt',
      method: 'post',
      path: '/v1/attempts',
      tag,
      summary: 'Register for an exam',
      description:
        "The certificate will show the name in the token's `name` claim; notices are mailed to its `email` too. An aptitude pass is carried over from an attempt that failed at its case study.",
      roles,
      body: registration,
      takesIdempotencyKey: true,
      answers: { 201: { description: 'The attempt', body: attemptView, headers: ['Location'] } },
      refusals: ['exam_not_published', 'attempt_already_open', 'already_certified', 'idempotency_key_reused'],
    }).handledBy(
      async ({ actor: { subject, name, nameProblem = 'is missing', email, locale, timeZone, issuedAt }, body: { examId }, idempotency }) => {
        if (name === undefined) throw validationFailed([{ path: 'token.name', message: `${nameProblem}: the certificate needs a name` }]);
        const committed = await store.attempts.register({ subject, name, email, locale, timeZone, toldAt: issuedAt, examId, idempotency });
        doorbell.ring('registered', committed);
        const body = await readView(services, { attemptId: committed.attemptId, subject });
        return { status: 201, body, headers: { Location: `/v1/attempts/${body.id}` } };
      },
    ),
    route({
      operationId: 'listAttempts',
      method: 'get',
      path: '/v1/attempts',
      tag,
      summary: 'Your attempts, newest first',
      roles,
      query: attemptQuery,
      answers: { 200: { description: 'One page', body: attemptList } },
    }).handledBy(async ({ actor: { subject }, query: { after, limit } }) => {
      const { rows, next } = pageOf(await store.attempts.list({ subject, after, limit: limit + 1 }), limit, (row) => row.facts.attemptId);
      return { status: 200, body: { attempts: await Promise.all(rows.map((row) => viewOf(services, row))), next } };
    }),
    route({
      operationId: 'getAttempt',
      method: 'get',
      path: '/v1/attempts/:attemptId',
      tag,
      summary: 'Where am I, what waits for whom, until when',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'The attempt', body: attemptView } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => ({ status: 200, body: await readView(services, { attemptId, subject }) })),
    route({
      operationId: 'withdrawAttempt',
      method: 'post',
      path: '/v1/attempts/:attemptId/withdrawal',
      tag,
      summary: 'Withdraw, until the first submission of the test under way',
      roles,
      params: attemptParams,
      takesIdempotencyKey: true,
      answers: { 200: { description: 'The attempt, withdrawn', body: attemptView } },
      refusals: ['wrong_phase', 'idempotency_key_reused'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId }, idempotency }) => {
      doorbell.ring('withdrawn', await store.attempts.withdraw({ attemptId, subject, idempotency }));
      return { status: 200, body: await readView(services, { attemptId, subject }) };
    }),
    route({
      operationId: 'listSubmissions',
      method: 'get',
      path: '/v1/attempts/:attemptId/submissions',
      tag,
      summary: 'What you handed in, with the receipts',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'Oldest first', body: submissionList } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      await store.attempts.read({ attemptId, subject });
      return { status: 200, body: { submissions: [...(await store.sittings.submissions(attemptId))] } };
    }),
    route({
      method: 'get',
      path: '/v1/attempts/:attemptId/submissions/:submissionId',
      operationId: 'getSubmission',
      tag,
      summary: 'What you handed in, to keep: the answers with their questions',
      description: 'Each reading is written down.',
      roles,
      params: submissionParams,
      answers: { 200: { description: 'The answers, or which file it was', body: handedIn, headers: ['Content-Disposition'] } },
    }).handledBy(async ({ actor: { subject }, params }) => {
      const own = await store.sittings.handedIn({ ...params, subject });
      return { status: 200, body: viewOfHandedIn(own), headers: { 'Content-Disposition': `attachment; filename="${own.test}-${own.round}.json"` } };
    }),
    {
      method: 'get',
      path: '/v1/attempts/:attemptId/submissions/:submissionId/document',
      operationId: 'getSubmissionDocument',
      tag,
      summary: 'What you handed in, to keep: the answers as readable text, or your file',
      description: 'Each reading is written down.',
      roles,
      params: submissionParams,
      answers: {
        200: {
          description: 'The answers or the file',
          mediaTypes: ['text/plain', 'application/pdf', 'text/markdown', 'application/zip'],
          headers: ['Content-Disposition'],
        },
      },
      handlers: [sendHandedIn(services)],
    },
  ];
}
