import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAssignments, submittedAttempt, type TestApi } from '../support/api.ts';
import { part, points, reason } from '../../trials/support/desk.ts';
import { expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { killTab, noBrowser, openWindow, signIn, signInAgain, startBrowser } from '../../trials/support/browser.ts';

/** Groups of identical answers at the desk, in a real Chromium against the real API. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

describe.skipIf(noBrowser !== undefined)('groups of identical answers at the desk', () => {
  let api: TestApi;
  let browser: Browser;
  let candidates = 0;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    const exam = smallExam();
    await api.publish({ ...exam, policy: { ...exam.policy, identicalAnswers: 'exact' } });
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const grader = () => api.as('local-grader', 'grader');

  /** Everybody answers the same here. */
  async function openScripts(count: number): Promise<void> {
    for (let opened = 0; opened < count; opened += 1) {
      const { submissionId } = await submittedAttempt(api.as(`group-candidate-${(candidates += 1)}`, 'candidate'));
      await openAssignments(api, submissionId);
    }
  }

  const claim = async (): Promise<string> => (await grader()('POST', '/v1/assignments/claims')).body.id;
  const draftOf = async (id: string) => (await grader()('GET', `/v1/assignments/${id}`)).body.draft;

  async function handIn(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Look through and hand in' }).press('Enter');
    await page.getByRole('button', { name: 'Hand in', exact: true }).press('Enter');
    await page.getByText('Your marks are handed in. Thank you.').waitFor(PATIENCE);
  }

  it(
    'keeps a mark for all of them, takes it into the next by a key, over a killed tab, and writes over nothing typed',
    { timeout: 300_000 },
    async () => {
      await openScripts(3);
      const first = await claim();
      const { context, page, complaints } = await openWindow(browser, { url: api.url });
      await signIn(page, { path: `/desk/assignments/${first}`, as: 'grader' });
      await part(page, 1).getByText('2 other open answers are the same.').waitFor(PATIENCE);
      await points(page, 1).fill('3');
      await reason(page, 1).fill('Half of it.');
      await part(page, 1).getByRole('button', { name: 'Keep this for all of them' }).press('Enter');
      await part(page, 1).getByText('For this same answer you keep 3 points.').waitFor(PATIENCE);
      await points(page, 2).fill('5');
      await page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);
      await handIn(page);

      const second = await claim();
      await page.goto(`/desk/assignments/${second}`);
      await part(page, 1).getByText('1 other open answer is the same.').waitFor(PATIENCE);
      expect(await points(page, 1).inputValue()).toBe('');
      await reason(page, 1).fill('Typed already');
      await page.keyboard.press('Control+g');
      expect(await reason(page, 1).inputValue()).toBe('Typed already');
      await part(page, 1).getByText('What you typed as a reason stays.').waitFor();
      await reason(page, 1).fill('');
      await page.keyboard.press('Control+g');
      expect(await reason(page, 1).inputValue()).toBe('Half of it.');
      await expect.poll(() => draftOf(second), PATIENCE).toEqual([expect.objectContaining({ itemId: 't1', points: 3, reason: 'Half of it.' })]);
      await killTab(page);

      const again = await context.newPage();
      await signInAgain(again, { path: `/desk/assignments/${second}`, as: 'grader' });
      await points(again, 1).waitFor(PATIENCE);
      expect(await points(again, 1).inputValue()).toBe('3');
      await points(again, 2).fill('5');
      await again.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);
      await handIn(again);
      const { body } = await api.as('desk-staff', 'staff')('GET', '/v1/staff/exams/small/group-marks?version=1');
      expect(body.groupMarks).toMatchObject([
        {
          grader: 'local-grader',
          points: 3,
          taken: [
            { assignmentId: first, stands: true },
            { assignmentId: second, stands: true },
          ],
        },
      ]);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA, in ${language}, wide and narrow`, async () => {
      await openScripts(1);
      const id = await claim();
      await openScripts(1);
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: `/desk/assignments/${id}`, as: 'grader' });
      await part(page, 1)
        .getByText(/3 (points|Punkte)/)
        .waitFor(PATIENCE);
      await reason(page, 1).fill('Otherwise');
      await points(page, 1).fill('2');
      await expectAccessibleWideAndNarrow(page, 'a group');
      expect(complaints).toEqual([]);
      await context.close();
      const { body } = await grader()('GET', `/v1/assignments/${id}`);
      const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));
      await grader()('POST', `/v1/assignments/${id}/completion`, { fencingToken: body.fencingToken, marks });
    });
});
