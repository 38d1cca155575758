import type { z } from 'zod';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import { identifiersFor } from '../../../publication/credentials/identifiers.ts';
import type { NoticeKind } from '../../../publication/mail/kinds.ts';
import type { CertificateRecord } from '../../../store/certificates.ts';
import type { DecisionStore } from '../../../store/decisions/decisions.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams, iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { sendCertificate, sendCredential, sendReport } from './documents.ts';
import { certificate, noticeList, reportParams, resultList } from './schemas.ts';

const tag = 'Results';
const roles = ['candidate'] as const;

export function resultRoutes(services: Services): readonly Route[] {
  const { store, config } = services;
  return [
    route({
      operationId: 'listResults',
      method: 'get',
      path: '/v1/attempts/:attemptId/results',
      tag,
      summary: 'The published decisions, with feedback',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'Oldest first; none before the first publication', body: resultList } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      await store.attempts.read({ attemptId, subject });
      return { status: 200, body: { decisions: (await store.decisions.results(attemptId)).map(viewOfDecision) } };
    }),
    route({
      operationId: 'getCertificate',
      method: 'get',
      path: '/v1/attempts/:attemptId/certificate',
      tag,
      summary: 'The certificate of a passed attempt',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'The certificate', body: certificate } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      await store.attempts.read({ attemptId, subject });
      return { status: 200, body: viewOfCertificate(await store.certificates.ofAttempt(attemptId), config.PUBLIC_URL) };
    }),
    {
      operationId: 'getCredential',
      method: 'get',
      path: '/v1/attempts/:attemptId/certificate/credential',
      tag,
      summary: 'The certificate as a signed credential (Open Badges 3.0, W3C Verifiable Credentials 2.0), for a wallet or to hand on',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'The credential', mediaTypes: ['application/vc'], headers: ['Content-Disposition'] } },
      handlers: [sendCredential(services)],
    },
    {
      operationId: 'getCertificateDocument',
      method: 'get',
      path: '/v1/attempts/:attemptId/certificate/document',
      tag,
      summary: 'The certificate as PDF',
      roles,
      params: attemptParams,
      answers: {
        200: {
          description: 'The document, rendered when it is first asked for; `unavailable` while too many others are',
          mediaTypes: ['application/pdf'],
          headers: ['Content-Disposition'],
        },
      },
      refusals: ['unavailable'],
      handlers: [sendCertificate(services)],
    },
    {
      operationId: 'getFeedbackReport',
      method: 'get',
      path: '/v1/attempts/:attemptId/results/:test/report',
      tag,
      summary: 'The feedback report of the latest result of a test, as a web page or, asked for by Accept, as PDF',
      roles,
      params: reportParams,
      answers: {
        200: {
          description: 'The report; its PDF is rendered when it is first asked for, and `unavailable` while too many others are',
          mediaTypes: ['text/html', 'application/pdf'],
          headers: ['Content-Disposition'],
        },
      },
      refusals: ['unavailable'],
      handlers: [sendReport(services)],
    },
    route({
      operationId: 'listNotices',
      method: 'get',
      path: '/v1/attempts/:attemptId/notices',
      tag,
      summary: 'What you were told about this attempt',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'Oldest first', body: noticeList } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      await store.attempts.read({ attemptId, subject });
      const notices = await store.notices.list(attemptId);
      return {
        status: 200,
        body: {
          notices: notices.map((notice) => ({
            id: notice.id,
            kind: notice.kind as NoticeKind,
            subject: notice.subject,
            body: notice.body,
            createdAt: iso(notice.createdAt),
          })),
        },
      };
    }),
  ];
}

function viewOfCertificate(
  { id, name, examId, examTitle, basisPoints, issuedAt, status, replacesId }: CertificateRecord,
  publicUrl: string,
): z.output<typeof certificate> {
  const page = identifiersFor(publicUrl).registerPage(id);
  return { id, name, examId, examTitle, score: formatBasisPoints(basisPoints), issuedAt: iso(issuedAt), status, page, replaces: replacesId };
}

type Result = Awaited<ReturnType<DecisionStore['results']>>[number];

function viewOfFeedback({
  itemId,
  title,
  points,
  pointsMax,
  pointsBefore,
  response,
  answer,
  remarks,
  graderRemarks = [],
}: Result['feedback'][number]) {
  return {
    itemId,
    title,
    points,
    pointsMax,
    pointsBefore: pointsBefore ?? null,
    response: typeof response === 'string' || response === null ? response : [...response],
    answer,
    remarks: [...remarks],
    graderRemarks: graderRemarks.map(({ grader, remark }) => ({ grader, remark })),
  };
}

/** A whitelist: how the points of an item came about (machine, agreed, adjudicated …) stays with us. */
function viewOfDecision(result: Result): z.output<typeof resultList>['decisions'][number] {
  return {
    test: result.test,
    round: result.round,
    passed: result.passed,
    percentage: formatBasisPoints(result.basisPoints),
    passMark: formatBasisPoints(result.passMark),
    points: pointsFromMillipoints(result.millipoints),
    pointsMax: pointsFromMillipoints(result.millipointsMax),
    decidedAt: iso(result.decidedAt),
    items: result.items.map(({ itemId, millipoints, millipointsMax }) => ({
      itemId,
      points: pointsFromMillipoints(millipoints),
      pointsMax: pointsFromMillipoints(millipointsMax),
    })),
    feedback: result.feedback.map(viewOfFeedback),
  };
}
