import type { RequestHandler } from 'express';
import type { z } from 'zod';
import { examVersionName } from '../../../domain/exam.ts';
import type { ExamAnalysis } from '../../../domain/exam-answers.ts';
import { analysisInWords } from '../../../domain/item-words.ts';
import { CURRENCY } from '../../../domain/pay.ts';
import { REPORT_KINDS, type ReportKind } from '../../../domain/report.ts';
import { periodName } from '../../../domain/report-period.ts';
import { plotsOfPeriod, plotsOfRound, type ReportPlot } from '../../../domain/report-plots.ts';
import { withoutRowsOf, type ReportTable } from '../../../domain/report-tables.ts';
import { PDF_MEDIA_TYPE } from '../../../publication/documents/document-key.ts';
import type { TabledReport } from '../../../publication/documents/tabled-report.ts';
import { itemTable } from '../../../publication/reports/item-table.ts';
import { tableCsv, tablesCsv } from '../../../publication/reports/period-tables.ts';
import { reportNotFound, type ReportRecord, type ReportSummary } from '../../../store/reports.ts';
import { STAFF_READERS, type Actor } from '../../actor.ts';
import { languageFor, type Language } from '../../pages/language.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf, route, type Route } from '../../route.ts';
import { iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { check } from '../../validation.ts';
import { standardView } from '../panels/routes.ts';
import { refuseBusy } from '../results/documents.ts';
import * as schemas from './schemas.ts';

const tag = 'Exams';
/**
 * Designated graders read whole exams, and what the answers say of them. What a report says of graders is for neither: it would tell who marked.
 * Reports of periods name graders, what they earn, and small groups of candidates, those of standard setting who rated what: they are for staff and auditors.
 */
const readers = [...STAFF_READERS, 'designated'] as const;
const FOR_DESIGNATED: readonly ReportKind[] = ['items'];

/** Of these somebody reads nothing else than staff read. */
function kindsFor({ roles }: Pick<Actor, 'roles'>): readonly ReportKind[] {
  return STAFF_READERS.some((role) => roles.has(role)) ? REPORT_KINDS : FOR_DESIGNATED;
}

export function reportRoutes(services: Services): readonly Route[] {
  const { store } = services;
  return [
    route({
      operationId: 'listReports',
      method: 'get',
      path: '/v1/reports',
      tag,
      summary: 'The newest reports: what the records say about exam versions, the promise, marking, money and the way through the exam',
      description:
        'Made every week by the pool `reporting`: of exam versions of which something was decided since, and of each week, month or quarter that is over; and of each closed round of standard setting. A report never changes. Designated graders read those of items alone.',
      roles: readers,
      query: schemas.listQuery,
      answers: { 200: { description: 'At most 200', body: schemas.reportList } },
    }).handledBy(async ({ actor, query: { kind } }) => {
      const kinds = kindsFor(actor).filter((one) => kind === undefined || one === kind);
      return { status: 200, body: { reports: (await store.reports.list({ kinds })).map(viewOf) } };
    }),
    route({
      operationId: 'getReport',
      method: 'get',
      path: '/v1/reports/:reportId',
      tag,
      summary: 'One report: of an exam version each item, and what should be looked at; of a period or a panel’s round its tables',
      description: 'docs/reporting.md has methods, sources and thresholds. Of graders nobody reads their own row here.',
      roles: readers,
      params: schemas.reportParams,
      answers: { 200: { description: 'The report', body: schemas.report } },
      refusals: ['not_found'],
    }).handledBy(async ({ actor, params: { reportId } }) => {
      const found = await readFor(services, { actor, reportId });
      const figures = found.kind === 'items' ? itemsOf(found.content) : tabledOf(found, await plotsOf(services, found));
      return { status: 200, body: { ...viewOf(found), ...figures } as z.input<typeof schemas.report> };
    }),
    {
      operationId: 'getReportDocument',
      method: 'get',
      path: '/v1/reports/:reportId/document',
      tag,
      summary: 'Its figures as CSV, or as PDF where that is asked for',
      description:
        'The PDF is made for whoever asks, and has what they read as JSON, with its plots, in the language of `Accept-Language` (en, de). Where `Accept` prefers neither it is CSV. `table` names one table of either.',
      roles: readers,
      params: schemas.reportParams,
      query: schemas.documentQuery,
      answers: {
        200: {
          description:
            'As CSV a line an item or criterion; of a period or a panel’s round a line a row of the table that is named, or a line a cell of all tables. The PDF is `unavailable` while too many documents are being made',
          mediaTypes: ['text/csv', PDF_MEDIA_TYPE],
          headers: ['Content-Disposition'],
        },
      },
      refusals: ['not_found', 'unavailable'],
      handlers: [sendDocument(services)],
    },
  ];
}

type Needed = Pick<Services, 'store' | 'documents'>;
type Tabled = Exclude<ReportRecord, { kind: 'items' }>;

/** CSV unless the request prefers a PDF. */
function sendDocument(services: Needed): RequestHandler {
  return async (request, response) => {
    const { reportId } = paramsOf(schemas.reportParams, request);
    const { table: tableId } = check(schemas.documentQuery, request.query);
    const { actor } = contextOf(response);
    if (!actor) throw new TypeError('a route with roles is for somebody');
    const found = await readFor(services, { actor, reportId });
    const table = tableId === undefined ? undefined : tableOf(found, tableId);
    const name = nameOf(found, tableId);
    response.vary('Accept').vary('Accept-Language');
    if (request.accepts(['text/csv', PDF_MEDIA_TYPE]) === PDF_MEDIA_TYPE) {
      const bytes = await pdfOf(services, found, { table, language: languageFor(request.acceptsLanguages()) }).catch(
        refuseBusy('its figures are there, as CSV too'),
      );
      response.attachment(`${name}.pdf`).type(PDF_MEDIA_TYPE).send(Buffer.from(bytes));
      return;
    }
    response.attachment(`${name}.csv`).type('text/csv').send(linesOf(found, table).join(''));
  };
}

type Printed = { readonly table: ReportTable | undefined; readonly language: Language };

async function pdfOf(services: Needed, found: ReportRecord, { table, language }: Printed): Promise<Uint8Array> {
  const { documents } = services;
  if (found.kind === 'items')
    return documents.itemReport({ language, subject: `${found.title}, ${examVersionName(found)}`, asOf: found.until, analysis: found.content });
  const { method, contentHash, madeAt } = found;
  return documents.tabledReport({
    language,
    of: subjectOf(found),
    method,
    contentHash,
    madeAt,
    tables: table ? [table] : found.content.tables,
    plots: await plotsOf(services, found),
  });
}

function subjectOf(found: Tabled): TabledReport['of'] {
  if ('since' in found) return { kind: found.kind, since: found.since, until: found.until, attempts: found.candidates, currency: CURRENCY };
  const { round, panelists, items, points, standard } = found.content;
  return {
    kind: found.kind,
    subject: `${found.title}, ${examVersionName(found)}`,
    round,
    panelists,
    items,
    points,
    standard,
    candidates: found.candidates,
  };
}

/** Drawn of what somebody may read, so that their own row is not in it either. */
async function plotsOf({ store }: Pick<Services, 'store'>, found: Tabled): Promise<readonly ReportPlot[]> {
  return 'since' in found ? plotsOfPeriod(found, await store.reports.earlier(found)) : plotsOfRound(found.content);
}

/** One that somebody may not read is to them as if there were none. Who marks reads their own row by the operations for graders. */
async function readFor({ store }: Pick<Services, 'store'>, { actor, reportId }: { actor: Actor; reportId: string }): Promise<ReportRecord> {
  const found = await store.reports.read(reportId);
  if (!kindsFor(actor).includes(found.kind)) throw reportNotFound();
  if (found.kind === 'items') return found;
  const { subject } = actor;
  return 'since' in found
    ? { ...found, content: withoutRowsOf(found.content, subject) }
    : { ...found, content: withoutRowsOf(found.content, subject) };
}

function linesOf(found: ReportRecord, table: ReportTable | undefined): readonly string[] {
  if (table) return tableCsv(table);
  return found.kind === 'items' ? itemTable(found.content) : tablesCsv(found.content);
}

function tableOf(found: ReportRecord, tableId: string): ReportTable {
  const table = found.kind === 'items' ? undefined : found.content.tables.find(({ id }) => id === tableId);
  if (!table) throw reportNotFound();
  return table;
}

/** Of its file, without an ending. */
function nameOf(found: ReportRecord, tableId?: string): string {
  return [found.kind, ...(tableId === undefined ? [] : [tableId]), scopeOf(found)].join('-');
}

function scopeOf(found: ReportRecord): string {
  if ('since' in found) return periodName(found).replace('/', '-to-');
  const version = `${found.examId}-${found.version}`;
  return found.kind === 'items' ? version : `${version}-round-${found.content.round}`;
}

function itemsOf(analysis: ExamAnalysis) {
  const { test, items, caseStudies } = analysisInWords(analysis);
  return { test, items, caseStudies: caseStudies.map((one) => ({ caseStudyId: one.caseStudyId, test: one.test, items: one.items })) };
}

function tabledOf(found: Tabled, plots: readonly ReportPlot[]) {
  if ('since' in found) return { currency: CURRENCY, tables: found.content.tables, plots };
  const { round, panelists, items, points, standard, tables } = found.content;
  return { round, panelists, itemCount: items, points, standard: standardView(standard), tables, plots };
}

function viewOf(summary: ReportSummary) {
  const { id, until, method, candidates, contentHash, madeAt } = summary;
  const common = { id, until: iso(until), method, candidates, contentHash, madeAt: iso(madeAt) };
  if ('since' in summary) return { ...common, kind: summary.kind, since: iso(summary.since) };
  return { ...common, kind: summary.kind, examVersion: examVersionName(summary), title: summary.title };
}
