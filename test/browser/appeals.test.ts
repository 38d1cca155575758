import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplePeople } from '../../local/tokens.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { issuerOf, type TestApi } from '../support/api.ts';
import { expectAccessible, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';

/** A result that is appealed: by its candidate in the exam room, as staff see it on the console. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const WORDS = 'The second half of my answer names it.';

describe.skipIf(noBrowser !== undefined)('an appeal', () => {
  let api: TestApi;
  let browser: Browser;
  let attemptId: string;
  let submissionId: string;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish(smallExam({ marking: 'single', appealWindowSeconds: 14 * 86_400, appealFee: 'required' }));
    const { attempts, sittings, decisions } = api.services.store;
    const { subject, name } = examplePeople.candidate;
    ({ attemptId } = await attempts.register({ subject, name, examId: 'small' }));
    await attempts.beginTakingAppeals(attemptId);
    await sittings.start({ attemptId, subject });
    for (const itemId of ['t1', 't2']) await sittings.saveResponse({ attemptId, subject, itemId, value: 'an answer', sequence: 1 });
    const frozen = await sittings.submit({ attemptId, subject, test: 'aptitude' });
    if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('it was not frozen');
    ({ submissionId } = frozen.submission);
    const of = (itemId: string, millipoints: number, basis: 'single' | 'machine') => ({ itemId, millipoints, millipointsMax: 5000, basis });
    const items = [of('c1', 0, 'machine'), of('c2', 0, 'machine'), of('t1', 1000, 'single'), of('t2', 5000, 'single')];
    await marked('gil', [1, ['t1', 't2']]);
    const score = { millipoints: 6000, millipointsMax: 20_000 };
    const credentials = await issuerOf(api.services);
    await decisions.publish({ attemptId, submissionId, test: 'aptitude', round: 1, passed: false, score, items }, credentials);
    await decisions.keepFeedback({
      attemptId,
      test: 'aptitude',
      round: 1,
      entries: [{ itemId: 't1', title: 'Explain', points: 1, pointsMax: 5, remarks: ['Too short.'] }],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  async function marked(grader: string, [seat, itemIds]: [seat: number, itemIds: string[]], points = 1): Promise<void> {
    const { assignments } = api.services.store;
    await assignments.open({ submissionId, purpose: 'mark', seats: [seat], itemIds, dueAt: new Date(Date.now() + 86_400_000) });
    const held = await assignments.claim({ grader, designated: false });
    const marks = itemIds.map((itemId) => ({ itemId, points, reason: 'It is there, near the end.' }));
    await assignments.complete({ assignmentId: held?.id ?? '', grader, fencingToken: held?.fencingToken ?? 0, marks });
  }

  it('is filed by its candidate, found by staff, and told with what it changed', { timeout: 240_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/exam/attempts/${attemptId}`, as: 'candidate' });
    await page.getByText('Appeal the result: ', { exact: false }).click(PATIENCE);
    await page.getByText('Explain: 1 of 5 points').click();
    await page.getByLabel('In your own words').fill(WORDS);
    await page.getByLabel('Reference of your payment').fill('INV-7');
    await expectAccessible(page, 'filing an appeal');
    await page.getByRole('button', { name: 'File the appeal' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'File the appeal' }).click();
    await page.getByText('Somebody who was not involved before marks again what you named.').waitFor(PATIENCE);
    const { store } = api.services;
    const [appeal] = await store.appeals.ofAttempt(attemptId);
    expect(appeal?.items).toEqual([{ itemId: 't1', reason: 'overlooked', text: WORDS }]);

    for (const language of LANGUAGES) {
      const staff = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(staff.page, { path: '/console/appeals', as: 'staff' });
      await staff.page.getByText(WORDS).first().waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(staff.page, `appeals, ${language}`);
      expect(staff.complaints).toEqual([]);
      await staff.context.close();
    }

    await marked('gwen', [4, ['t1']], 3);
    await store.appeals.answer({ attemptId, appealId: appeal?.id ?? '' }, await issuerOf(api.services));
    await page.reload();
    await page.getByText('Everything that you named has more points now', { exact: false }).waitFor(PATIENCE);
    await page
      .getByText(/^Feedback on/)
      .first()
      .click();
    await page.getByText('Looked at again after your appeal: 1 before').waitFor(PATIENCE);
    await expectAccessible(page, 'an answered appeal');
    await page.getByText('Your fee is to be paid back to you.').waitFor(PATIENCE);

    const staff = await openWindow(browser, { url: api.url });
    await signIn(staff.page, { path: '/console/appeals', as: 'staff' });
    await staff.page.getByRole('heading', { name: 'Fees to pay back' }).waitFor(PATIENCE);
    await staff.page.getByRole('button', { name: 'Record the payment back' }).click();
    const dialog = staff.page.getByRole('alertdialog');
    await dialog.getByLabel('Reference of the payment back').fill('OUT-7');
    await expectAccessible(staff.page, 'recording a payment back');
    await dialog.getByRole('button', { name: 'Record the payment back' }).click();
    await staff.page.getByText('OUT-7').waitFor(PATIENCE);
    expect(await staff.page.getByRole('heading', { name: 'Fees to pay back' }).count()).toBe(0);
    await expectAccessible(staff.page, 'a fee that was paid back');
    expect(staff.complaints).toEqual([]);
    await staff.context.close();
    await page.reload();
    await page.getByText('Your fee was paid back.').waitFor(PATIENCE);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
