import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplePeople } from '../../local/tokens.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import type { TestApi } from '../support/api.ts';
import { expectAccessible, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';

/** What went wrong and is no result: said by its candidate in the exam room, answered by staff on the console, read by its candidate. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const WORDS = 'The person on the telephone laughed at me.\nI should like to know why.';
const ANSWER = 'We are sorry. We have spoken with them.';

describe.skipIf(noBrowser !== undefined)('a complaint', () => {
  let api: TestApi;
  let browser: Browser;
  let attemptId: string;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
    const { subject, name } = examplePeople.candidate;
    ({ attemptId } = await api.services.store.attempts.register({ subject, name, examId: 'small' }));
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  it('is filed by its candidate, answered by staff, and its answer is read where it was filed', { timeout: 300_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/exam/attempts/${attemptId}`, as: 'candidate' });
    await page.getByText('Complain of something that went wrong').click(PATIENCE);
    const send = page.getByRole('button', { name: 'File the complaint' });
    expect(await send.isDisabled()).toBe(true);
    await page.getByLabel('What happened').fill(WORDS);
    await expectAccessible(page, 'filing a complaint');
    await send.click();
    await page.getByText('Waiting for an answer').waitFor(PATIENCE);
    const [filed] = await api.services.store.complaints.list({ isOpen: true, limit: 5 });
    expect(filed).toMatchObject({ about: 'behaviour', text: WORDS, attemptId });

    for (const language of LANGUAGES) {
      const staff = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(staff.page, { path: '/console/complaints', as: 'staff' });
      await staff.page.getByText('laughed at me', { exact: false }).first().waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(staff.page, `complaints, ${language}`);
      expect(staff.complaints).toEqual([]);
      await staff.context.close();
    }

    const auditor = await openWindow(browser, { url: api.url });
    await signIn(auditor.page, { path: '/console/complaints', as: 'auditor' });
    await auditor.page.getByText('laughed at me', { exact: false }).first().waitFor(PATIENCE);
    expect(await auditor.page.getByRole('button', { name: 'Answer the complaint' }).count()).toBe(0);
    await auditor.context.close();

    const staff = await openWindow(browser, { url: api.url });
    await signIn(staff.page, { path: '/console/complaints', as: 'staff' });
    await staff.page.getByRole('button', { name: 'Answer the complaint' }).click(PATIENCE);
    const dialog = staff.page.getByRole('alertdialog');
    await dialog.getByLabel('Answer').fill(ANSWER);
    await expectAccessible(staff.page, 'answering a complaint');
    await dialog.getByRole('button', { name: 'Answer the complaint' }).click();
    await staff.page.getByText(/^Answered by local-staff/).waitFor(PATIENCE);
    await expectAccessible(staff.page, 'an answered complaint');
    expect(staff.complaints).toEqual([]);
    await staff.context.close();

    for (const language of LANGUAGES) {
      const again = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(again.page, { path: `/exam/attempts/${attemptId}`, as: 'candidate' });
      await again.page.getByText(ANSWER).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(again.page, `an answered complaint in the exam room, ${language}`);
      expect(again.complaints).toEqual([]);
      await again.context.close();
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});
