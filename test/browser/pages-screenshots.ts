import { fileURLToPath } from 'node:url';
import { mkdir, readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { PERIOD_REPORTS } from '../../domain/report.ts';
import { issuerOf, openAssignments, submittedAttempt, type TestApi } from '../support/api.ts';
import { decidedScript } from '../support/decided.ts';
import { recordPanel } from '../support/recorded-panel.ts';
import { recordPeriodReport, recordReport } from '../support/recorded-report.ts';
import { certified, suspend } from '../support/register.ts';
import { startPages, WIDTHS } from '../support/pages.ts';

/** Takes the pictures of desk and console for docs/pages/. */

if (noBrowser !== undefined) throw new Error(noBrowser);

const BYTES_MAX = 150_000;
const directory = fileURLToPath(new URL('../../docs/pages', import.meta.url));
let api: TestApi;
let browser: Browser;
let attemptId: string;
let proposalId: string;
let regradeId: string;
let reportId: string;
let seedId: string;
let candidateId: string;
let panels: Readonly<Record<'open' | 'closed', { readonly panelId: string; readonly reportId: string }>>;
beforeAll(async () => {
  [api, browser] = await Promise.all([startPages(), startBrowser(), mkdir(directory, { recursive: true })]);
  await api.publish();
  const credentials = await issuerOf(api.services);
  await api.publish(smallExam({ seeds: { share: 200, standardisation: { scripts: 10, kappa: 6000, kappaLowAbove: 3000 } } }, 'larger'));
  const given = ['one', 'two'].map((grader) => ({ grader, points: [3, 4] as const }));
  const decided = await decidedScript(api.services.store, { given, credentials, examId: 'larger' });
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
  const seed = { attemptId: decided.attemptId, test: 'aptitude', reason: 'Clear-cut, and both graders agreed at once' };
  ({ seedId } = (await staff('POST', '/v1/staff/seeds', seed)).body);
  const comment = { test: 'aptitude', itemId: 't1', text: 'The price of the decision is not named.', points: 3, reason: 'as agreed' };
  await staff('POST', '/v1/staff/exams/small/comments', comment);
  ({ id: candidateId } = (await staff('POST', '/v1/staff/candidates', { subject: 'pictured-Ada Example', reason: 'has called' })).body);
  const form = JSON.parse(await readFile(new URL('../../exams/software-architect.json', import.meta.url), 'utf8')) as object;
  ({ id: proposalId } = (await api.as('dana', 'designated')('POST', '/v1/exam-proposals', { form, reason: 'The first version' })).body);
  const wrong = { examId: 'larger', test: 'aptitude', itemId: 'c1', change: { kind: 'full_points' }, reason: 'Two of its choices are right' };
  ({ id: regradeId } = (await staff('POST', '/v1/staff/regrades', wrong)).body);
  reportId = await recordReport(api.services.store, { examId: 'larger' });
  const { store } = api.services;
  const open = await recordPanel(store, { examId: 'larger', panelists: ['ada', 'ben', 'local-designated'], showsFacility: true });
  await store.standardSetting.addPanelist({
    panelId: open.panelId,
    grader: 'cleo',
    act: { actor: 'sam', reason: 'knows the field', actionKey: 'added' },
  });
  const closed = await recordPanel(store, { examId: 'small' });
  await store.standardSetting.closePanel({ panelId: closed.panelId, round: 1, act: { actor: 'sam', reason: 'They agree', actionKey: 'closed' } });
  panels = { open, closed };
  await staff('POST', '/v1/staff/webhooks', { name: 'licensing-board', url: 'https://board.example.org/hook', types: ['certificate.issued'] });
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

async function take(page: Page, name: string): Promise<void> {
  await expect.poll(() => page.locator('.loading').count(), { timeout: 30_000 }).toBe(0);
  expect(await page.locator('.note.trouble').allInnerTexts(), name).toEqual([]);
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

it('takes the picture of a seed that was proposed at the console and waits to be confirmed', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: `/desk/seeds/${seedId}`, as: 'designated' });
  await page.getByRole('heading', { level: 1 }).waitFor();
  await take(page, 'desk-seed');
});

it('takes the pictures of the console', { timeout: 400_000 }, async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: '/console', as: 'staff' });
  await page.getByRole('link', { name: 'Ada Example' }).first().waitFor();
  await take(page, 'console');
  const pages = ['overdue', 'leases', 'promises', 'claimed-acts', 'undelivered', 'graders', 'graders/greta', 'pay-rates', 'marking-plan', 'exams'];
  for (const path of [
    ...pages,
    'exams/small/1',
    'exams/propose',
    'exams/small/quality',
    'candidates',
    'corrections',
    'regrades',
    `regrades/${regradeId}`,
    'reports',
    `reports/${reportId}`,
    'webhooks',
    'seeds',
    'exams/small/comments',
    `exam-proposals/${proposalId}`,
    `candidates/${candidateId}`,
    `attempts/${attemptId}`,
  ]) {
    await page.goto(`/console/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await take(page, `console-${path.replace(/[0-9a-f-]{36}$/, 'one').replaceAll('/', '-')}`);
  }
  await page.goto(`/console/reports/${reportId}`);
  await page.getByRole('img', { name: /^How hard/ }).scrollIntoViewIfNeeded();
  await take(page, 'console-report-plot');
  for (const kind of PERIOD_REPORTS) {
    await page.goto(`/console/reports/${await recordPeriodReport(api.services.store, kind, 8)}`);
    await page.getByRole('table').first().waitFor();
    await take(page, `console-report-${kind}`);
  }
  await page.goto(`/console/reports/${panels.closed.reportId}`);
  await page.getByRole('table').first().waitFor();
  await take(page, 'console-report-standard-setting');
  for (const [standing, { panelId }] of Object.entries(panels)) {
    await page.goto(`/console/panels/${panelId}`);
    await page.getByRole('heading', { name: 'Round 2' }).waitFor();
    await take(page, `console-panel-${standing}`);
  }
});

it('takes the picture of what an expert rates', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: `/console/panels/${panels.open.panelId}/ratings`, as: 'designated' });
  await page.getByLabel('Your rating of item 1', { exact: false }).waitFor();
  await take(page, 'console-panel-ratings');
});

it('takes the pictures of the page that leads to the doors', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await page.goto('/');
  await take(page, 'doors');
});
