import type { z } from 'zod';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import { formatBasisPoints } from '../../../domain/score.ts';
import type { DecisionStore } from '../../../store/decisions.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams, iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { certificate, noticeList, resultList } from './schemas.ts';

const tag = 'Results';
const roles = ['candidate'] as const;

export function resultRoutes({ store }: Services): readonly Route[] {
  return [
    route({
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
      method: 'get',
      path: '/v1/attempts/:attemptId/certificate',
      tag,
      summary: 'The certificate of a passed attempt',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'The certificate', body: certificate } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      await store.attempts.read({ attemptId, subject });
      const { id, name, examId, basisPoints, issuedAt, revokedAt } = await store.decisions.certificate(attemptId);
      return {
        status: 200,
        body: { id, name, examId, score: formatBasisPoints(basisPoints), issuedAt: iso(issuedAt), revokedAt: isoOrNull(revokedAt) },
      };
    }),
    route({
      method: 'get',
      path: '/v1/attempts/:attemptId/notices',
      tag,
      summary: 'What you were told about this attempt',
      roles,
      params: attemptParams,
      answers: { 200: { description: 'Oldest first', body: noticeList } },
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      await store.attempts.read({ attemptId, subject });
      const notices = await store.decisions.notices(attemptId);
      return {
        status: 200,
        body: {
          notices: notices.map((notice) => ({
            id: notice.id,
            kind: notice.kind,
            subject: notice.subject,
            body: notice.body,
            createdAt: iso(notice.createdAt),
          })),
        },
      };
    }),
  ];
}

type Result = Awaited<ReturnType<DecisionStore['results']>>[number];

/** A whitelist: how the points of an item came about (machine, agreed, adjudicated …) stays with us. */
function viewOfDecision(result: Result): z.output<typeof resultList>['decisions'][number] {
  return {
    test: result.test,
    round: result.round,
    passed: result.passed,
    percentage: formatBasisPoints(result.basisPoints),
    points: pointsFromMillipoints(result.millipoints),
    pointsMax: pointsFromMillipoints(result.millipointsMax),
    decidedAt: iso(result.decidedAt),
    items: result.items.map(({ itemId, millipoints, millipointsMax }) => ({
      itemId,
      points: pointsFromMillipoints(millipoints),
      pointsMax: pointsFromMillipoints(millipointsMax),
    })),
    feedback: result.feedback.map(({ itemId, title, points, pointsMax, remarks }) => ({ itemId, title, points, pointsMax, remarks: [...remarks] })),
  };
}
