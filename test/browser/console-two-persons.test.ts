import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplePeople } from '../../local/tokens.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { issuerOf, type Caller, type TestApi } from '../support/api.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { expectAccessible, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';

/** What takes two persons: seen with what it changes, confirmed, or done by one person alone and reviewed by another. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const ACT = 'Record an accommodation after the fact';

describe.skipIf(noBrowser !== undefined)('the console, of what takes two persons', () => {
  let api: TestApi;
  let browser: Browser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  async function proposed(by: Caller, reason: string): Promise<{ actId: string; candidateId: string }> {
    const { store } = api.services;
    const { attemptId } = await certifiedAttempt(store, { credentials: await issuerOf(api.services), email: `${randomUUID()}@work.example` });
    const { candidateId } = await store.attempts.read({ attemptId });
    const body = { kind: 'extra_time', percent: 150, validFrom: '2026-01-01T00:00:00Z', reason };
    const { status, body: act } = await by('POST', `/v1/staff/candidates/${candidateId}/accommodations`, body);
    expect(status).toBe(202);
    return { actId: act.id, candidateId };
  }

  it(
    'shows the second person what it changes, who proposed it and why, until when, and does it once they confirm',
    { timeout: 240_000 },
    async () => {
      const { actId, candidateId } = await proposed(api.as('lea', 'staff'), 'was ill in January');
      const { context, page, complaints } = await openWindow(browser, { url: api.url });
      await signIn(page, { path: '/console/two-persons', as: 'staff' });
      const card = page.getByRole('listitem').filter({ hasText: 'was ill in January' });
      await card.getByRole('heading', { name: ACT }).waitFor(PATIENCE);
      for (const words of ['lea', 'Expires', 'waits']) await card.getByText(words, { exact: true }).waitFor();
      await card.getByRole('button', { name: 'Confirm' }).click();
      const dialog = page.getByRole('alertdialog');
      await dialog.getByText('The percentage: 100 becomes 150').waitFor(PATIENCE);
      await expectAccessible(page, 'confirming an act');
      await dialog.getByRole('button', { name: 'Confirm' }).click();
      await page.getByText(`Confirmed, and done: ${ACT}.`).waitFor(PATIENCE);
      const { accommodations } = (await api.as('lea', 'staff')('GET', `/v1/staff/candidates/${candidateId}/accommodations`)).body;
      expect(accommodations).toMatchObject([{ percent: 150, recordedBy: examplePeople.staff.subject, reason: 'was ill in January' }]);
      expect((await api.as('lea', 'staff')('GET', `/v1/staff/proposed-acts/${actId}`)).body).toMatchObject({ state: 'done', proposedBy: 'lea' });
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  it('lets one person do it alone, says what that costs, and keeps it in sight until another has reviewed it', { timeout: 240_000 }, async () => {
    const own = api.as(examplePeople.staff.subject, 'staff');
    const { actId } = await proposed(own, 'her time runs out today');
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/two-persons', as: 'staff' });
    const card = page.getByRole('listitem').filter({ hasText: 'her time runs out today' });
    await card.getByRole('button', { name: 'Withdraw' }).waitFor(PATIENCE);
    expect(await card.getByRole('button', { name: 'Confirm' }).count()).toBe(0);
    await card.getByRole('button', { name: 'Do it alone now' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText(/^This takes two persons\. Do it alone only/).waitFor(PATIENCE);
    await dialog.getByLabel(/^Reason/).fill('nobody else is in today');
    await dialog.getByText('The percentage: 100 becomes 150').waitFor(PATIENCE);
    await dialog.getByRole('button', { name: 'Do it alone now' }).click();
    await page.getByText(`Done by you alone: ${ACT}. Everybody has been told.`).waitFor(PATIENCE);
    const alone = page.getByRole('region', { name: 'Done by one person alone' });
    await alone.getByText('nobody else is in today').waitFor(PATIENCE);
    expect(await alone.getByRole('button', { name: 'Review' }).count()).toBe(0);
    expect((await api.as('lea', 'staff')('POST', `/v1/staff/proposed-acts/${actId}/review`, { review: 'it was right' })).status).toBe(200);
    await page.reload();
    await page.getByText('it was right').waitFor(PATIENCE);
    expect(await alone.count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('can be read and used by everybody, in both languages, narrow and wide', { timeout: 240_000 }, async () => {
    await proposed(api.as('lea', 'staff'), 'a long reason, that somebody wrote who had the time to write a long reason and wanted to be understood');
    const { actId } = await proposed(api.as('lea', 'staff'), 'at once');
    await api.as('lea', 'staff')('POST', `/v1/staff/proposed-acts/${actId}/break-glass`, { reason: 'nobody was there' });
    for (const language of LANGUAGES) {
      const { context, page } = await openWindow(browser, { url: api.url, width: NARROW, language });
      await signIn(page, { path: '/console/two-persons', as: 'staff' });
      await page.getByText('nobody was there').waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, `two persons in ${language}`);
      await context.close();
    }
  });
});
