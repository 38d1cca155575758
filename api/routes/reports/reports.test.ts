import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takenTestOf, tallyItemsOf } from '../../../domain/exam-answers.ts';
import { analyseItems } from '../../../domain/item-analysis.ts';
import { adderTo, emptyTally } from '../../../domain/item-tally.ts';
import { issuerOf, refusalOf, refused, startTestApi, type TestApi } from '../../../test/support/api.ts';
import { decidedScript } from '../../../test/support/decided.ts';
import { smallExam } from '../../../trials/people/small-exam.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  const { store } = api.services;
  const credentials = await issuerOf(api.services);
  for (let index = 0; index < 10; index += 1)
    await decidedScript(store, { credentials, given: [{ grader: 'g', points: [index % 6, (index * 3) % 6] }] });
  const until = new Date(Date.now() + 60_000);
  const [examVersionId = ''] = await store.reports.due({ kind: 'items', until, method: 1 });
  const items = tallyItemsOf(smallExam());
  const tally = emptyTally(items, 8000);
  const [add, taken] = [adderTo(tally), takenTestOf(items)];
  for await (const test of store.reports.decidedTests({ examVersionId, until })) add(taken(test));
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
