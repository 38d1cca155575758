import { fileURLToPath } from 'node:url';
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { openAssignments, submittedAttempt, type TestApi } from '../support/api.ts';
import { certified, suspend } from '../support/register.ts';
import { startPages, WIDTHS } from '../support/pages.ts';

/** Takes the pictures of desk and console for docs/pages/. */

if (noBrowser !== undefined) throw new Error(noBrowser);

const BYTES_MAX = 150_000;
const directory = fileURLToPath(new URL('../../docs/pages', import.meta.url));
let api: TestApi;
let browser: Browser;
let attemptId: string;
beforeAll(async () => {
  [api, browser] = await Promise.all([startPages(), startBrowser(), mkdir(directory, { recursive: true })]);
  await api.publish();
  for (const name of ['Ada Example', 'Björn Beispiel', 'مريم الفاسي']) {
    const token = await api.issuer.token({ subject: `pictured-${name}`, roles: ['candidate'], name });
    const submitted = await submittedAttempt(api.withToken(token));
    attemptId = submitted.attemptId;
    await openAssignments(api, submitted.submissionId, [1, 2]);
  }
  await api.as('greta', 'grader')('POST', '/v1/assignments/claims');
  const staff = api.as('sam', 'staff');
  const { certificateId } = await certified(api, { name: 'Dora Doubt' });
  await suspend(api, certificateId);
  await staff('POST', '/v1/staff/webhooks', { name: 'licensing-board', url: 'https://board.example.org/hook', types: ['certificate.issued'] });
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

async function take(page: Page, name: string): Promise<void> {
  await expect.poll(() => page.locator('.loading').count(), { timeout: 30_000 }).toBe(0);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const picture = await page.screenshot({ path: `${directory}/${name}-${width}.png` });
    expect(picture.length, name).toBeLessThan(BYTES_MAX);
  }
}

it('takes the pictures of the desk', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: '/desk', as: 'grader' });
  await page.getByRole('button', { name: 'Take the next one' }).waitFor();
  await take(page, 'desk');
  await page.getByRole('button', { name: 'Take the next one' }).click();
  await page.getByRole('region', { name: 'Part 1' }).waitFor();
  await take(page, 'desk-marking');
  await page.getByRole('button', { name: 'Look through and hand in' }).click();
  await page.getByRole('heading', { name: 'Look through your marks' }).waitFor();
  await take(page, 'desk-review');
  for (const path of ['agreement', 'pay', 'mails']) {
    await page.goto(`/desk/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await take(page, `desk-${path}`);
  }
});

it('takes the pictures of the console', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: '/console', as: 'staff' });
  await page.getByRole('link', { name: 'Ada Example' }).waitFor();
  await take(page, 'console');
  const pages = ['overdue', 'leases', 'promises', 'claimed-acts', 'undelivered', 'graders', 'graders/greta', 'pay-rates', 'marking-plan', 'exams'];
  for (const path of [
    ...pages,
    'exams/small/1',
    'exams/propose',
    'exams/small/quality',
    'candidates',
    'corrections',
    'webhooks',
    `attempts/${attemptId}`,
  ]) {
    await page.goto(`/console/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await take(page, `console-${path.replace(attemptId, 'one').replaceAll('/', '-')}`);
  }
});

it('takes the pictures of the page that leads to the doors', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await page.goto('/');
  await take(page, 'doors');
});
