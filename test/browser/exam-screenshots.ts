import { mkdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseExamForm } from '../../exams/form.ts';
import { publishDecision, submittedAttempt, type TestApi } from '../support/api.ts';
import { startPages, WIDTHS } from '../support/pages.ts';
import { openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** Takes the exam room's pictures for docs/pages/. */

const directory = fileURLToPath(new URL('../../docs/pages', import.meta.url));
let api: TestApi;
let browser: Browser;
beforeAll(async () => {
  [api, browser] = await Promise.all([startPages(), startBrowser(), mkdir(directory, { recursive: true })]);
  const form: unknown = JSON.parse(await readFile(new URL('../../exams/software-architect.json', import.meta.url), 'utf8'));
  const parsed = parseExamForm(form);
  if (!parsed.ok) throw new Error('the sample exam is not one');
  await api.publish(parsed.content);
  await api.publish();
  const candidate = api.as('local-candidate', 'candidate');
  const { attemptId, submissionId } = await submittedAttempt(candidate, 'small');
  await publishDecision(api, { attemptId, submissionId, test: 'aptitude', passed: true });
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

async function take(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const picture = await page.screenshot({ path: `${directory}/${name}-${width}.png` });
    expect(picture.length).toBeLessThan(300_000);
  }
}

it('takes the pictures of the exam room', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await page.goto('/exam');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await take(page, 'exam-welcome');
  await signIn(page, { path: '/exam', as: 'candidate' });
  await page.getByRole('link', { name: 'A small exam' }).waitFor();
  await take(page, 'exam-overview');
  await page.getByRole('link', { name: 'A small exam' }).click();
  await page.getByText('Passed', { exact: true }).waitFor();
  await take(page, 'exam-attempt');
  await page.getByRole('link', { name: 'Receipt and answers' }).click();
  await page.getByRole('heading', { name: 'Your receipt' }).waitFor();
  await take(page, 'exam-receipt');
  await page.getByRole('link', { name: 'To your attempt' }).click();
  await page.getByRole('button', { name: 'Download the case study' }).click();
  await page.getByRole('button', { name: 'Download now' }).click();
  await page.getByRole('heading', { name: 'The task' }).waitFor();
  await take(page, 'exam-case-study');
  await page.goto('/exam/exams/software-architect');
  await page.getByRole('button', { name: 'Register' }).waitFor();
  await take(page, 'exam-exam');
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByRole('button', { name: 'Start the aptitude test' }).click();
  await page.getByRole('button', { name: 'Start now' }).click();
  await page.getByRole('region', { name: 'Question 1', exact: true }).waitFor();
  await page.getByRole('radio').first().click({ force: true });
  await page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor();
  await take(page, 'exam-test');
});
