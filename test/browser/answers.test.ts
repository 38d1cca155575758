import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startedAttempt, type Caller, type TestApi } from '../support/api.ts';
import { startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** Answers while they are typed, where two hands, two clocks or too much text come together. */

if (noBrowser !== undefined) console.log(noBrowser);

describe.skipIf(noBrowser !== undefined)('answers under way', () => {
  let api: TestApi;
  let browser: Browser;
  let candidate: Caller;
  let attemptId: string;
  beforeAll(async () => {
    api = await startPages();
    await api.publish();
    candidate = api.as('local-candidate', 'candidate');
    attemptId = await startedAttempt(candidate);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const path = () => `/exam/attempts/${attemptId}/test`;
  const textBox = (page: Page, number: number) => page.getByRole('region', { name: `Question ${number}`, exact: true }).getByRole('textbox');
  const isSaved = (page: Page) => page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor();
  const saved = async (itemId: string) => {
    const { body } = await candidate('GET', `/v1/attempts/${attemptId}/aptitude-test`);
    return body.responses.find((response: { itemId: string }) => response.itemId === itemId) as { value: unknown; sequence: number } | undefined;
  };

  it.each([-60, 60])('have the time that the server says, on a device whose clock is %i minutes off', async (minutes) => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await context.addInitScript(`{ const now = Date.now; Date.now = () => now() + ${minutes * 60_000}; }`);
    await signIn(page, { path: path(), as: 'candidate' });
    await page.getByText(/Time left 1:2\d:\d\d/).waitFor();
    await context.close();
  });

  it('of one window are taken over by another, which says so', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: path(), as: 'candidate' });
    const other = await context.newPage();
    await other.goto(path());
    await other.getByRole('button', { name: 'Sign in' }).click();
    await textBox(other, 3).waitFor();
    await textBox(page, 3).pressSequentially('From the first window');
    await isSaved(page);
    await other.getByText('Taken over from another window').waitFor();
    expect(await textBox(other, 3).inputValue()).toBe('From the first window');
    await textBox(other, 3).press('Control+End');
    await textBox(other, 3).pressSequentially(', and the second');
    await isSaved(other);
    expect(await saved('t1')).toMatchObject({ value: 'From the first window, and the second' });
    await expect.poll(() => textBox(page, 3).inputValue()).toBe('From the first window, and the second');
    await context.close();
  });

  it('that another device has overtaken are shown beside one’s own, and one chooses', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: path(), as: 'candidate' });
    await context.route('**/responses/**', (route) => route.abort());
    await textBox(page, 4).pressSequentially('Mine');
    await page.getByText(/No connection/).waitFor();
    const elsewhere = { value: 'Of the other device', sequence: 900 };
    expect((await candidate('PUT', `/v1/attempts/${attemptId}/responses/t2`, elsewhere)).status).toBe(200);
    await context.unroute('**/responses/**');
    await page.getByRole('button', { name: 'Keep what is here' }).waitFor({ timeout: 40_000 });
    expect(await page.getByText('Of the other device').isVisible()).toBe(true);
    expect(await textBox(page, 4).inputValue()).toBe('Mine');
    await page.getByRole('button', { name: 'Keep what is here' }).click();
    await isSaved(page);
    expect(await saved('t2')).toMatchObject({ value: 'Mine', sequence: 901 });
    await context.close();
  });

  it('are there again after “back” and “forward” in the middle of a word', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/exam/attempts/${attemptId}`, as: 'candidate' });
    await page.getByRole('link', { name: 'Go on with the test' }).click();
    await textBox(page, 3).fill('');
    await textBox(page, 3).pressSequentially('Half a wo');
    await page.goBack();
    await page.getByRole('link', { name: 'Go on with the test' }).waitFor();
    await page.goForward();
    await textBox(page, 3).waitFor();
    expect(await textBox(page, 3).inputValue()).toBe('Half a wo');
    await textBox(page, 3).press('Control+End');
    await textBox(page, 3).pressSequentially('rd');
    await isSaved(page);
    expect(await saved('t1')).toMatchObject({ value: 'Half a word' });
    await context.close();
  });

  it('of 20,000 characters are saved, and one more is refused in words and kept', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: path(), as: 'candidate' });
    const longest = 'ü'.repeat(20_000);
    await textBox(page, 4).fill(longest);
    await isSaved(page);
    expect(await saved('t2')).toMatchObject({ value: longest });
    await textBox(page, 4).press('Control+End');
    await textBox(page, 4).pressSequentially('x');
    await page
      .getByRole('alert')
      .getByText(/20,000/)
      .first()
      .waitFor();
    expect(await textBox(page, 4).inputValue()).toBe(`${longest}x`);
    expect(await saved('t2')).toMatchObject({ value: longest });
    await context.close();
  });
});
