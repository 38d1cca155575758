import type { RequestHandler } from 'express';
import type { z } from 'zod';
import { examVersionName } from '../../../domain/exam.ts';
import { analysisInWords } from '../../../domain/item-words.ts';
import { itemTable } from '../../../publication/reports/item-table.ts';
import type { ReportSummary } from '../../../store/reports.ts';
import { STAFF_READERS } from '../../actor.ts';
import { paramsOf, route, type Route } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const tag = 'Exams';
/** Designated graders read whole exams too. What a report says of graders is for neither: it would tell who marked. */
const readers = [...STAFF_READERS, 'designated'] as const;

export function reportRoutes(services: Services): readonly Route[] {
  const { store } = services;
  return [
    route({
      operationId: 'listReports',
      method: 'get',
      path: '/v1/reports',
      tag,
      summary: 'The newest reports: what the answers say about the items of exam versions',
      description: 'Made every week by the pool `reporting`, for exam versions of which something was decided since. A report never changes.',
      roles: readers,
      answers: { 200: { description: 'At most 200', body: schemas.reportList } },
    }).handledBy(async () => ({ status: 200, body: { reports: (await store.reports.list()).map(viewOf) } })),
    route({
      operationId: 'getReport',
      method: 'get',
      path: '/v1/reports/:reportId',
      tag,
      summary: 'One report: how hard each item is, how well it tells candidates apart, and what should be looked at',
      description: 'All figures are estimates; docs/reporting.md has methods, sources and thresholds.',
      roles: readers,
      params: schemas.reportParams,
      answers: { 200: { description: 'As it was made', body: schemas.report } },
      refusals: ['not_found'],
    }).handledBy(async ({ params: { reportId } }) => {
      const { content, ...summary } = await store.reports.read(reportId);
      const { test, items } = analysisInWords(content);
      return { status: 200, body: { ...viewOf(summary), test, items } as z.input<typeof schemas.report> };
    }),
    {
      operationId: 'getReportDocument',
      method: 'get',
      path: '/v1/reports/:reportId/document',
      tag,
      summary: 'Its items as CSV',
      roles: readers,
      params: schemas.reportParams,
      answers: { 200: { description: 'A line an item', mediaTypes: ['text/csv'], headers: ['Content-Disposition'] } },
      refusals: ['not_found'],
      handlers: [sendTable(services)],
    },
  ];
}

function sendTable({ store }: Pick<Services, 'store'>): RequestHandler {
  return async (request, response) => {
    const { reportId } = paramsOf(schemas.reportParams, request);
    const { kind, examId, version, content } = await store.reports.read(reportId);
    response.attachment(`${kind}-${examId}-${version}.csv`).type('text/csv').send(itemTable(content).join(''));
  };
}

function viewOf({ id, kind, examId, version, title, until, method, candidates, contentHash, madeAt }: ReportSummary) {
  return {
    id,
    kind,
    examVersion: examVersionName({ examId, version }),
    title,
    until: iso(until),
    method,
    candidates,
    contentHash,
    madeAt: iso(madeAt),
  };
}
