import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAssignments, submittedAttempt, type TestApi } from '../support/api.ts';
import { points, reason } from '../../trials/support/desk.ts';
import { expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { killTab, noBrowser, openWindow, signIn, signInAgain, startBrowser } from '../../trials/support/browser.ts';

/** The comment bank at the desk, in a real Chromium against the real API. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

describe.skipIf(noBrowser !== undefined)('the comment bank at the desk', () => {
  let api: TestApi;
  let browser: Browser;
  let candidates = 0;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const grader = () => api.as('local-grader', 'grader');
  const isSaved = (page: Page) => page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);

  /** A script in the grader's hands, and its address at the desk. */
  async function claimed(): Promise<string> {
    const { submissionId } = await submittedAttempt(api.as(`bank-candidate-${(candidates += 1)}`, 'candidate'));
    await openAssignments(api, submissionId);
    return (await grader()('POST', '/v1/assignments/claims')).body.id;
  }

  const complete = async (id: string) => {
    const { body } = await grader()('GET', `/v1/assignments/${id}`);
    const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));
    await grader()('POST', `/v1/assignments/${id}/completion`, { fencingToken: body.fencingToken, marks });
  };

  it('keeps a reason and takes it into another by keyboard alone, and a killed tab loses nothing of it', { timeout: 300_000 }, async () => {
    const id = await claimed();
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/desk/assignments/${id}`, as: 'grader' });
    await points(page, 1).fill('2.5');
    await reason(page, 1).fill('Only one side of the trade-off is named.');
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('With 2.5 points').click();
    await dialog.getByRole('button', { name: 'Keep as a comment' }).press('Enter');
    await dialog.getByText('It is kept.').waitFor(PATIENCE);
    await dialog.getByRole('row', { name: /trade-off/ }).waitFor(PATIENCE);
    await page.keyboard.press('Escape');
    await isSaved(page);
    await complete(id);

    const next = await claimed();
    await page.goto(`/desk/assignments/${next}`);
    await reason(page, 1).fill('Well written.');
    await page.keyboard.press('Control+k');
    await dialog.getByRole('searchbox').waitFor(PATIENCE);
    await page.keyboard.type('TRADE');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    expect(await reason(page, 1).inputValue()).toBe('Well written.\nOnly one side of the trade-off is named.');
    expect(await points(page, 1).inputValue()).toBe('2.5');
    await page.keyboard.type(' Indeed.');
    await isSaved(page);
    await killTab(page);

    const again = await context.newPage();
    await signInAgain(again, { path: `/desk/assignments/${next}`, as: 'grader' });
    await points(again, 1).waitFor(PATIENCE);
    expect(await reason(again, 1).inputValue()).toBe('Well written.\nOnly one side of the trade-off is named. Indeed.');
    expect(await points(again, 1).inputValue()).toBe('2.5');
    const { body } = await api.as('desk-staff', 'staff')('GET', '/v1/staff/exams/small/comments');
    expect(body.comments).toMatchObject([{ itemId: 't1', points: 2.5, grader: 'local-grader', uses: 0 }]);
    expect(complaints).toEqual([]);
    await complete(next);
    await context.close();
  });

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA, in ${language}, wide and narrow`, async () => {
      const id = await claimed();
      for (const text of ['A long remark that takes more than one line on a small screen, as remarks do', 'Short'])
        await grader()('POST', `/v1/assignments/${id}/comments`, { itemId: 't1', text, points: 1 });
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: `/desk/assignments/${id}`, as: 'grader' });
      await reason(page, 1).fill('Something');
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('row').first().waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'the comment bank');
      expect(complaints).toEqual([]);
      await complete(id);
      await context.close();
    });
});
