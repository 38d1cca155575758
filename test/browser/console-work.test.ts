import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAssignments, submittedAttempt, type TestApi } from '../support/api.ts';
import { certified, suspend } from '../support/register.ts';
import { expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** Accommodations, candidates who are expected, certificates in doubt, work under way and webhooks on the console's pages. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

describe.skipIf(noBrowser !== undefined)('the console', () => {
  let api: TestApi;
  let browser: Browser;
  let attemptId: string;
  let certificateId: string;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages({ environment: { WEBHOOKS_TO_PRIVATE_ADDRESSES: 'true' } }), startBrowser()]);
    await api.publish();
    const submitted = await submittedAttempt(api.as('work-candidate', 'candidate'));
    attemptId = submitted.attemptId;
    await openAssignments(api, submitted.submissionId, [1, 2]);
    await api.as('work-grader', 'grader')('POST', '/v1/assignments/claims');
    ({ certificateId } = await certified(api, { name: 'Ada Doubt' }));
    await suspend(api, certificateId);
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const staff = (method: string, path: string, body?: unknown) => api.as('work-staff', 'staff')(method, path, body);
  const dialog = (page: Page) => page.getByRole('alertdialog');
  const giveReason = (page: Page, text: string) =>
    dialog(page)
      .getByLabel(/^Reason/)
      .fill(text);

  it('records an accommodation of somebody who is expected, and ends it', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/candidates', as: 'staff' });
    await page.getByRole('button', { name: 'Find or expect somebody' }).click();
    await dialog(page)
      .getByLabel(/^Subject/)
      .fill('expected-one');
    await giveReason(page, 'Papers came before them');
    await dialog(page).getByRole('button', { name: 'Find or expect somebody' }).click();
    await page.getByText('They never registered').waitFor(PATIENCE);
    expect(page.url()).not.toContain('expected-one');
    await page.getByText('None was recorded.').waitFor(PATIENCE);

    await page.getByRole('button', { name: 'Record an accommodation' }).click();
    await dialog(page).getByText('Rest breaks').click();
    await dialog(page)
      .getByLabel(/^Percent/)
      .fill('125');
    await dialog(page)
      .getByLabel(/^Until/)
      .fill('2031-01-31T12:00');
    await dialog(page)
      .getByLabel(/^Where the evidence/)
      .fill('File 12/7');
    await giveReason(page, 'As certified');
    await dialog(page).getByRole('button', { name: 'Record an accommodation' }).click();
    await page.getByRole('heading', { name: 'Rest breaks: 125 percent of each limit' }).waitFor(PATIENCE);
    await page.getByText('Evidence: File 12/7').waitFor();
    const candidateId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { body } = await staff('GET', `/v1/staff/candidates/${candidateId}/accommodations`);
    expect(body.accommodations).toMatchObject([{ kind: 'rest_breaks', percent: 125, examId: null, evidence: 'File 12/7', reason: 'As certified' }]);

    await page.getByRole('button', { name: 'End it' }).click();
    await giveReason(page, 'Recorded for the wrong person');
    await dialog(page).getByRole('button', { name: 'End it' }).click();
    await page.getByText(/^ended /).waitFor(PATIENCE);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says who holds what until when, and leads to where it is taken over', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'staff' });
    await page.getByRole('link', { name: 'To do' }).click();
    await page.getByRole('link', { name: 'Under way' }).click();
    await page.getByRole('cell', { name: 'work-grader' }).waitFor(PATIENCE);
    await page.getByRole('row').filter({ hasText: 'work-grader' }).getByRole('link').click();
    await page.getByRole('heading', { name: 'What you may do' }).waitFor(PATIENCE);
    expect(new URL(page.url()).pathname).toBe(`/console/attempts/${attemptId}`);
    await context.close();
  });

  it('adds a webhook, shows its secret once, changes it and removes it', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/webhooks', as: 'staff' });
    await page.getByRole('button', { name: 'Add a webhook' }).click();
    await dialog(page).getByLabel(/^Name/).fill('licensing-board');
    await dialog(page)
      .getByLabel(/^Address/)
      .fill('https://board.example.org/hook');
    await dialog(page).getByText('certificate.issued', { exact: true }).click();
    await dialog(page).getByRole('button', { name: 'Add a webhook' }).click();
    const secret = page.locator('code.secret');
    await secret.waitFor(PATIENCE);
    const first = await secret.innerText();
    expect(first).toMatch(/^whsec_/);
    await page.getByRole('button', { name: 'I have noted it' }).click();
    await secret.waitFor({ state: 'detached' });
    const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'licensing-board' }) });
    await card.getByText('certificate.issued').waitFor();
    await card.getByRole('button', { name: 'New secret' }).click();
    await dialog(page).getByRole('button', { name: 'New secret' }).click();
    await secret.waitFor(PATIENCE);
    expect(await secret.innerText()).not.toBe(first);
    await card.getByRole('button', { name: 'Remove' }).click();
    await dialog(page).getByRole('button', { name: 'Remove' }).click();
    await card.waitFor({ state: 'detached', ...PATIENCE });
    const { body } = await staff('GET', '/v1/staff/event-sinks');
    expect(JSON.stringify(body)).not.toContain('licensing-board');
    expect(complaints).toEqual([]);
    await context.close();
  });

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA on these pages, in ${language}, wide and narrow`, { timeout: 180_000 }, async () => {
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/console/leases', as: 'staff' });
      await page.goto('/console/corrections');
      await page.getByText(`${language === 'en' ? 'Certificate' : 'Zertifikat'} ${certificateId}`).waitFor(PATIENCE);
      for (const path of ['leases', 'corrections', 'candidates', 'webhooks', 'promises', 'marking-plan', 'pay-rates']) {
        await page.goto(`/console/${path}`);
        await page.getByRole('heading', { level: 1 }).waitFor(PATIENCE);
        await expect.poll(() => page.locator('.loading').count(), PATIENCE).toBe(0);
        await expectAccessibleWideAndNarrow(page, path);
      }
      // One line of navigation, and the name beside it.
      await page.setViewportSize({ width: 1280, height: 900 });
      const header = await page
        .locator('.frame-header-row')
        .evaluate((row: { querySelector(s: string): { getBoundingClientRect(): { top: number; bottom: number } } }) => {
          const [brand, person] = ['.brand', '.person'].map((part) => row.querySelector(part).getBoundingClientRect());
          return (person?.top ?? 0) < (brand?.bottom ?? 0);
        });
      expect(header, 'who is signed in stands beside the brand').toBe(true);
      expect(complaints).toEqual([]);
      await context.close();
    });
});
