import { parse } from 'csv-parse/sync';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takenTestOf, tallyItemsOf } from '../../../domain/exam-answers.ts';
import { analyseItems, ITEM_ANALYSIS_METHOD } from '../../../domain/item-analysis.ts';
import { adderTo, emptyTally } from '../../../domain/item-tally.ts';
import type { Role } from '../../actor.ts';
import { lastPeriod } from '../../../domain/report-period.ts';
import type { ReportPlot } from '../../../domain/report-plots.ts';
import type { ReportTable } from '../../../domain/report-tables.ts';
import { PERIOD_REPORTS, type PeriodReportKind } from '../../../domain/report.ts';
import { issuerOf, refusalOf, refused, startTestApi, type Caller, type TestApi } from '../../../test/support/api.ts';
import { REPORT_WORDS } from '../../../publication/reports/report-words.ts';
import { decidedScript } from '../../../test/support/decided.ts';
import { DRAWN_REPORTS } from '../../../test/support/drawn-reports.ts';
import { recordPeriodReport } from '../../../test/support/recorded-report.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

const WORDS = REPORT_WORDS.en;
let api: TestApi;

/** What somebody reads of a report as PDF. */
async function pdfOf(
  { subject, role }: { subject: string; role: Role },
  id: string,
  { query = '', wish = '*' }: { query?: string; wish?: string } = {},
): Promise<string> {
  const authorization = `Bearer ${await api.issuer.token({ subject, roles: [role] })}`;
  const response = await fetch(`${api.url}/v1/reports/${id}/document${query}`, {
    headers: { authorization, accept: 'application/pdf', 'accept-language': wish },
  });
  const [type, vary] = [response.headers.get('content-type'), response.headers.get('vary')];
  expect([response.status, type, vary]).toEqual([200, 'application/pdf', expect.stringContaining('Accept')]);
  expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="?[\w.-]+\.pdf"?$/);
  const { text } = await extractText(await getDocumentProxy(new Uint8Array(await response.arrayBuffer())), { mergePages: true });
  return text.replaceAll(/\s+/gu, ' ');
}

/** How many PDFs this API made so far. */
async function renderings(): Promise<number> {
  const { values } = await api.services.metrics.documentsRendered.get();
  return values.reduce((sum, { value }) => sum + value, 0);
}

beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  const { store } = api.services;
  const credentials = await issuerOf(api.services);
  for (let index = 0; index < 10; index += 1)
    await decidedScript(store, { credentials, given: [{ grader: 'g', points: [index % 6, (index * 3) % 6] }] });
  const until = new Date(Date.now() + 60_000);
  const [examVersionId = ''] = await store.reports.due({ kind: 'items', until, method: ITEM_ANALYSIS_METHOD });
  const items = tallyItemsOf(smallExam());
  const tally = emptyTally(items, 8000);
  const [add, taken] = [adderTo(tally), takenTestOf(items)];
  for await (const test of store.reports.decidedTests({ examVersionId, until, test: 'aptitude' })) add(taken(test));
  await store.reports.record({ kind: 'items', examVersionId, until, occasion: 'a run' }, analyseItems(tally));
});
afterAll(() => api?.close());

it('a report is read by staff, auditors and designated graders, as figures with words and as a table', async () => {
  for (const role of ['staff', 'auditor', 'designated'] as const) {
    const reader = api.as(`a-${role}`, role);
    const { reports } = (await reader('GET', '/v1/reports')).body;
    expect(reports).toEqual([expect.objectContaining({ kind: 'items', examVersion: 'small@1', candidates: 10, title: 'A small exam' })]);
    const { status, body } = await reader('GET', `/v1/reports/${reports[0].id}`);
    expect(status).toBe(200);
    expect(body.test).toMatchObject({ candidates: 10, items: 4, points: 20, passMark: 0.8 });
    expect(body.test.flags).toEqual([expect.objectContaining({ kind: 'few-candidates', grade: 'remark', do: expect.any(String) })]);
    expect(body.items.map((item: { id: string }) => item.id)).toEqual(['c1', 'c2', 't1', 't2']);
    expect(body).not.toHaveProperty('graders');
    const table = await reader('GET', `/v1/reports/${reports[0].id}/document`);
    expect(table.headers.get('content-disposition')).toBe('attachment; filename=items-small-1.csv');
    const [header, ...lines] = parse(String(table.body)) as readonly string[][];
    expect(lines.map((line) => line[header?.indexOf('item') ?? -1])).toEqual(['c1', 'c2', 't1', 't2']);
  }
});

it('a report of items is a PDF as well, for designated graders too, and says nothing of graders', async () => {
  for (const role of ['staff', 'auditor', 'designated'] as const) {
    const reader = api.as(`a-${role}`, role);
    const [{ id }] = (await reader('GET', '/v1/reports?kind=items')).body.reports;
    const text = await pdfOf({ subject: `a-${role}`, role }, id);
    expect(text).toContain('A small exam, small@1');
    expect(text).toContain('Wait for more before anything is changed');
    expect(text).not.toMatch(/severe|lenient/);
  }
});

it('a report is nothing for candidates and graders, and one that there is not is not found', async () => {
  const [{ id } = { id: '' }] = (await api.as('s', 'staff')('GET', '/v1/reports')).body.reports;
  for (const role of ['candidate', 'grader'] as const)
    for (const path of ['/v1/reports', `/v1/reports/${id}`, `/v1/reports/${id}/document`])
      expect(refusalOf(await api.as('c', role)('GET', path))).toEqual(refused(403, 'forbidden'));
  for (const path of ['', '/document'])
    expect(refusalOf(await api.as('s', 'staff')('GET', `/v1/reports/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11${path}`))).toEqual(
      refused(404, 'not_found'),
    );
});

describe('a report of a period', () => {
  const idOf = (kind: PeriodReportKind) => recordPeriodReport(api.services.store, kind);

  it.each(PERIOD_REPORTS)('is read by staff and auditors, as tables that are each a CSV: %s', async (kind) => {
    const id = await idOf(kind);
    for (const role of ['staff', 'auditor'] as const) {
      const reader = api.as(`a-${role}`, role);
      const { reports } = (await reader('GET', `/v1/reports?kind=${kind}`)).body;
      expect(reports).toEqual([expect.objectContaining({ id, kind, since: expect.any(String) })]);
      const { status, body } = await reader('GET', `/v1/reports/${id}`);
      expect([status, body.currency]).toEqual([200, 'USD']);
      expect(body.tables.length).toBeGreaterThan(2);
      for (const { id: table, columns, rows } of body.tables as readonly ReportTable[]) {
        expect(rows.length, table).toBeGreaterThan(0);
        const csv = await reader('GET', `/v1/reports/${id}/document?table=${table}`);
        const lines = parse(String(csv.body)) as readonly string[][];
        expect([lines[0], lines.length]).toEqual([columns.map((column) => column.id), rows.length + 1]);
      }
      const all = await reader('GET', `/v1/reports/${id}/document`);
      expect(all.headers.get('content-disposition')).toMatch(
        new RegExp(`^attachment; filename=${kind}-\\d{4}-\\d\\d-\\d\\d-to-\\d{4}-\\d\\d-\\d\\d.csv$`),
      );
      expect(parse(String(all.body))).toHaveLength(
        1 + body.tables.reduce((sum: number, { rows, columns }: ReportTable) => sum + rows.length * columns.length, 0),
      );
    }
  });

  it.each(PERIOD_REPORTS)('is a PDF where that is asked for, with what it draws: %s', async (kind) => {
    const id = await idOf(kind);
    const sam = api.as('sam', 'staff');
    const { plots, tables } = (await sam('GET', `/v1/reports/${id}`)).body as { plots: readonly ReportPlot[]; tables: readonly ReportTable[] };
    expect(plots.map(({ table }) => table).filter((table) => !tables.some((one) => one.id === table))).toEqual([]);
    const text = await pdfOf({ subject: 'sam', role: 'staff' }, id);
    for (const { title } of tables.map((one) => WORDS.reportTable[one.id])) expect(text).toContain(title);
    for (const { title } of plots.map((one) => WORDS.reportPlot[one.id])) expect(text).toContain(title);
  });

  it('is a PDF of one of its tables, with what is drawn of it, where that is asked for', async () => {
    const id = await idOf('money');
    const text = await pdfOf({ subject: 'sam', role: 'staff' }, id, { query: '?table=graders' });
    expect(text).toContain(WORDS.reportTable.graders.title);
    for (const other of ['work', 'attempts'] as const) expect(text).not.toContain(WORDS.reportTable[other].about);
    const answer = await api.as('sam', 'staff')('GET', `/v1/reports/${id}/document?table=graders`, undefined, { accept: 'application/pdf' });
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=money-graders-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.pdf$/);
  });

  it('is a PDF in the language that the reader asks for, as its page is, and else in English', async () => {
    const id = await idOf('funnel');
    for (const [wish, language] of [
      ['de-AT, en;q=0.5', 'de'],
      ['fr', 'en'],
    ] as const)
      expect(await pdfOf({ subject: 'sam', role: 'staff' }, id, { wish })).toContain(REPORT_WORDS[language].reportTable.byLanguage.title);
  });

  it('is not made while what renders ends, which says that its figures are there', async () => {
    const id = await idOf('money');
    const ask = () => api.as('sam', 'staff')('GET', `/v1/reports/${id}/document`, undefined, { accept: 'application/pdf' });
    // A thread that has to start first takes longer than it takes to see that it was begun.
    await api.services.documents.close();
    const before = await renderings();
    const cutOff = ask();
    await expect.poll(renderings).toBeGreaterThan(before);
    await api.services.documents.close();
    const refusal = await cutOff;
    expect(refusalOf(refusal)).toEqual(refused(503, 'unavailable'));
    expect(refusal.body.detail).toMatch(/; its figures are there, as CSV too\.$/);
    expect((await ask()).status).toBe(200);
  });

  it('draws weeks beside those before that were reported by the same method', async () => {
    const { store } = api.services;
    const sam = api.as('sam', 'staff');
    const id = await idOf('operations');
    const { since } = (await sam('GET', `/v1/reports/${id}`)).body;
    const before = lastPeriod('operations', new Date(since));
    const content = DRAWN_REPORTS.operations(before);
    await store.reports.recordPeriod({ kind: 'operations', ...lastPeriod('operations', before.since) }, { ...content, method: 99 });
    await store.reports.recordPeriod({ kind: 'operations', ...before }, content);
    const { plots } = (await sam('GET', `/v1/reports/${id}`)).body as { plots: readonly ReportPlot[] };
    const weeks = plots.find((plot) => plot.id === 'promiseOverWeeks')?.rows.map(({ labels }) => labels[0]?.value);
    expect(weeks).toEqual([before.since, new Date(since)].map((day) => day.toISOString().slice(0, 10)));
  });

  it.each(PERIOD_REPORTS)('is for designated graders as if there were none, and for others nothing: %s', async (kind) => {
    const id = await idOf(kind);
    const designated = api.as('dora', 'designated');
    const { reports } = (await designated('GET', '/v1/reports')).body;
    expect(reports.map((one: { kind: string }) => one.kind)).toEqual(['items']);
    expect((await designated('GET', `/v1/reports?kind=${kind}`)).body.reports).toEqual([]);
    for (const path of ['', '/document']) {
      expect(refusalOf(await designated('GET', `/v1/reports/${id}${path}`))).toEqual(refused(404, 'not_found'));
      for (const role of ['candidate', 'grader'] as const)
        expect(refusalOf(await api.as('g', role)('GET', `/v1/reports/${id}${path}`))).toEqual(refused(403, 'forbidden'));
    }
  });

  it.each(['money', 'marking-quality'] as const)('says nobody of staff who marks what it says of them, nor as CSV: %s', async (kind) => {
    const id = await idOf(kind);
    const [eva, sam] = [api.as('eva', 'staff'), api.as('sam', 'staff')];
    const forEva = await pdfOf({ subject: 'eva', role: 'staff' }, id);
    expect(await pdfOf({ subject: 'sam', role: 'staff' }, id)).toMatch(/\beva\b/);
    expect([/\beva\b/.test(forEva), /\bada\b/.test(forEva)]).toEqual([false, true]);
    for (const path of ['', '/document']) {
      const bodyOf = async (reader: Caller) => JSON.stringify((await reader('GET', `/v1/reports/${id}${path}`)).body);
      expect(await bodyOf(sam)).toMatch(/\beva\b/);
      expect(await bodyOf(eva)).not.toMatch(/\beva\b/);
      expect(await bodyOf(eva)).toMatch(/\bada\b/);
    }
  });

  it('has no table of another kind, and an exam version has none', async () => {
    const sam = api.as('sam', 'staff');
    const id = await idOf('money');
    expect(refusalOf(await sam('GET', `/v1/reports/${id}/document?table=promise`))).toEqual(refused(404, 'not_found'));
    const [{ id: ofItems }] = (await sam('GET', '/v1/reports?kind=items')).body.reports;
    for (const accept of ['text/csv', 'application/pdf'])
      expect(refusalOf(await sam('GET', `/v1/reports/${ofItems}/document?table=promise`, undefined, { accept }))).toEqual(refused(404, 'not_found'));
  });
});
