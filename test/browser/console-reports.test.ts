import type { Browser } from 'playwright-core';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '../support/api.ts';
import { expectSaved, savedBy, startPages } from '../support/pages.ts';
import { recordPeriodReport, recordReport } from '../support/recorded-report.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

describe.skipIf(noBrowser !== undefined)('what the answers say about an exam', () => {
  let api: TestApi;
  let browser: Browser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  async function documentOf(reportId: string, { query = '', accept = '*/*' }: { query?: string; accept?: string } = {}): Promise<Request> {
    const authorization = `Bearer ${await api.issuer.token({ subject: 'another', roles: ['staff'] })}`;
    return new Request(`${api.url}/v1/reports/${reportId}/document${query}`, { headers: { authorization, accept } });
  }

  it('leads whoever writes exams from the list to the item whose key is wrong, with why and what to do', { timeout: 120_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/reports', as: 'designated' });
    await page.getByText('There is no report yet.', { exact: false }).waitFor(PATIENCE);
    await recordReport(api.services.store, { examId: 'small' });
    await page.reload();
    await page.getByRole('row').filter({ hasText: 'small@1' }).getByRole('link').click();
    const first = page.getByRole('region', { name: 'What should be looked at' }).getByRole('listitem').first();
    await first.getByText('the key may be wrong', { exact: false }).waitFor(PATIENCE);
    expect(await first.innerText()).toMatch(/^q4\n/);
    await first.getByText('Have an expert answer it', { exact: false }).waitFor();
    const sureness = page.getByRole('region', { name: 'How sure a pass is' });
    expect(await sureness.getByRole('definition').allInnerTexts()).not.toContain('none');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('draws each item once, and says the same in a table, for who does not look', { timeout: 120_000 }, async () => {
    const reportId = await recordReport(api.services.store, { examId: 'small' });
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/console/reports/${reportId}`, as: 'auditor' });
    const picture = page.getByRole('img', { name: /^How hard each item is/ });
    await picture.waitFor(PATIENCE);
    const { items } = (await api.as('olga', 'auditor')('GET', `/v1/reports/${reportId}`)).body as {
      items: readonly { flags: { grade: string }[] }[];
    };
    const faults = items.filter(({ flags }) => flags.some(({ grade }) => grade === 'fault')).length;
    expect(faults).toBeGreaterThan(0);
    expect([await picture.locator('rect').count(), await picture.locator('circle').count()]).toEqual([faults, items.length - faults]);
    expect(await page.getByRole('region', { name: 'Figures of all items' }).locator('tbody tr').count()).toBe(items.length);
    await page.getByText('Choices of 4. q4').click();
    await page.getByRole('region', { name: 'Choices of 4. q4' }).getByText('key', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('can be taken along as a table, a line an item and criterion', { timeout: 120_000 }, async () => {
    const reportId = await recordReport(api.services.store, { examId: 'small' });
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/console/reports/${reportId}`, as: 'staff' });
    const csv = await expectSaved(page.getByRole('button', { name: 'Download as CSV' }), await documentOf(reportId));
    const lines = csv.toString().trim().split('\n');
    // The names of the columns, 31 items, and four criteria of each of three case studies.
    expect(lines).toHaveLength(1 + 31 + 3 * 4);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says of a month what marking cost, table by table, each of which can be taken along to the cent', { timeout: 120_000 }, async () => {
    const reportId = await recordPeriodReport(api.services.store, 'money');
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/reports', as: 'staff' });
    await page.getByRole('link', { name: 'What marking costs' }).click(PATIENCE);
    const { tables } = (await api.as('sam', 'staff')('GET', `/v1/reports/${reportId}`)).body as {
      tables: readonly { id: string; rows: unknown[][] }[];
    };
    const graders = tables.find(({ id }) => id === 'graders')?.rows ?? [];
    const shown = page.getByRole('region', { name: 'Figures: Grader by grader' }).getByRole('row');
    await shown.first().waitFor(PATIENCE);
    expect(await shown.count()).toBe(graders.length + 1);
    expect(await shown.nth(1).innerText()).toMatch(/^ada.*-\$12\.50.*due/s);
    const button = page.getByRole('button', { name: 'Download as CSV: Grader by grader' });
    const csv = await expectSaved(button, await documentOf(reportId, { query: '?table=graders' }));
    const lines = csv.toString().trim().split('\n');
    expect(lines[0]).toBe('grader,pieces,activeSeconds,timeCents,pieceCents,correctionCents,cents,statement');
    expect(lines[1]).toMatch(/^ada,.*,-12\.50,\d+\.\d\d,due$/);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('draws weeks one beside the other with their figures, and can be taken along as a PDF', { timeout: 120_000 }, async () => {
    const reportId = await recordPeriodReport(api.services.store, 'operations', 3);
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/console/reports/${reportId}`, as: 'staff' });
    const weeks = page.getByRole('region', { name: 'Results as promised, week by week' }).getByRole('row');
    await weeks.first().waitFor(PATIENCE);
    const { plots } = (await api.as('sam', 'staff')('GET', `/v1/reports/${reportId}`)).body as {
      plots: readonly { id: string; rows: readonly { value: number }[] }[];
    };
    const shares = plots.find(({ id }) => id === 'promiseOverWeeks')?.rows.map(({ value }) => value) ?? [];
    expect(shares).toHaveLength(3);
    const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });
    for (const [place, share] of shares.entries()) {
      expect(await weeks.nth(place).innerText()).toContain(percent.format(share));
      const bar = weeks.nth(place).locator('rect.value');
      expect(Number(await bar.getAttribute('width'))).toBeCloseTo(100 * share, 6);
    }
    const pdf = await expectSaved(page.getByRole('button', { name: 'Download as PDF' }), await documentOf(reportId, { accept: 'application/pdf' }));
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(pdf)), { mergePages: true });
    expect(text).toContain('Results as promised, week by week');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('of a group of few candidates says that it is withheld', { timeout: 120_000 }, async () => {
    const reportId = await recordPeriodReport(api.services.store, 'funnel');
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/console/reports/${reportId}`, as: 'auditor' });
    const languages = page.getByRole('region', { name: 'By the candidate’s language', exact: true });
    await languages.getByText('Groups of fewer than 10 are withheld', { exact: false }).waitFor(PATIENCE);
    const rows = await languages.getByRole('row').filter({ hasText: 'fr' }).allInnerTexts();
    expect(rows.map((row) => row.replaceAll(/\s+/g, ' ').trim())).toEqual(['fr none', `fr${' none'.repeat(10)}`]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('is told in German as well, and so is its PDF', { timeout: 120_000 }, async () => {
    const reportId = await recordReport(api.services.store, { examId: 'small' });
    const weekId = await recordPeriodReport(api.services.store, 'operations');
    const { context, page, complaints } = await openWindow(browser, { url: api.url, language: 'de' });
    await signIn(page, { path: `/console/reports/${reportId}`, as: 'staff' });
    await page.getByText('Der Schlüssel könnte falsch sein.', { exact: false }).waitFor(PATIENCE);
    expect(await page.locator('main').innerText()).not.toMatch(/itemFlag|itemReport|report[A-Z]\w*\.|reports\./);
    await page.goto(`/console/reports/${weekId}`);
    await page.getByRole('heading', { name: 'Was am Ende wartete', exact: true }).waitFor(PATIENCE);
    const pdf = await savedBy(page.getByRole('button', { name: 'Als PDF herunterladen' }));
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(pdf.bytes)), { mergePages: true });
    expect(text).toContain('Was am Ende wartete');
    expect(complaints).toEqual([]);
    await context.close();
  });
});
