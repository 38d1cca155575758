import { randomUUID } from 'node:crypto';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApi } from '../support/api.ts';
import { COLOR_SCHEMES, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** What did not arrive, as staff see it and send it again. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const ANSWER = '550 nobody of this name';

describe.skipIf(noBrowser !== undefined)('the console, of what did not arrive', () => {
  let api: TestApi;
  let browser: Browser;
  let attemptId: string;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
    const { attempts, mails, events } = api.services.store;
    const webhook = { name: 'licensing-board', url: 'https://board.example/hooks', types: ['attempt.registered'] };
    expect((await api.as('sam', 'staff')('POST', '/v1/staff/webhooks', webhook)).status).toBe(201);
    ({ attemptId } = await attempts.register({ subject: randomUUID(), name: 'Ada Example', email: 'ada@example.org', examId: 'small' }));
    await mails.queue({ occasionKey: randomUUID(), kind: 'aptitude_failed', data: { name: 'Ada Example' }, to: { attemptId } });
    const [{ id } = { id: '' }] = await mails.take(1);
    await mails.undelivered(id, { state: 'bounced', problem: ANSWER });
    while ((await events.fanOut()) > 0);
    const [taken] = await events.take(webhook.name, 1);
    if (!taken) throw new Error('there is no event');
    await events.setAside(webhook.name, taken, 'their side answers 400');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  for (const language of LANGUAGES)
    it(`is told an auditor, who changes nothing, without a violation of WCAG 2.2 AA, in ${language}, wide and narrow, light and dark`, async () => {
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/console/undelivered', as: 'auditor' });
      await page.getByText(ANSWER, { exact: false }).waitFor(PATIENCE);
      await page.getByText('their side answers 400', { exact: false }).waitFor(PATIENCE);
      expect(await page.getByRole('main').getByRole('button').count()).toBe(0);
      await expectAccessibleWideAndNarrow(page, 'undelivered', COLOR_SCHEMES);
      expect(complaints).toEqual([]);
      await context.close();
    });

  it('is sent again by staff, and leaves the list', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'staff' });
    await page.getByRole('link', { name: 'To do' }).click();
    await page.getByRole('link', { name: 'Undelivered' }).click();
    await page.getByText('The address did not take it.', { exact: false }).waitFor(PATIENCE);
    expect(await page.getByRole('link', { name: 'Open the attempt' }).getAttribute('href')).toBe(`/console/attempts/${attemptId}`);
    await page.getByRole('button', { name: /^Send again/ }).click();
    await page.getByText('No mail is undelivered.').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Nothing is set aside.').waitFor(PATIENCE);
    const sinks = (await api.as('reader', 'auditor')('GET', '/v1/staff/event-sinks')).body.sinks as { name: string }[];
    expect(sinks.find(({ name }) => name === 'licensing-board')).toMatchObject({ aside: 0, pending: 1 });
    expect((await api.as('reader', 'auditor')('GET', '/v1/staff/mails/undelivered')).body.mails).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
