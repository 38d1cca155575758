import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noBrowser, openWindow, signIn, signInAgain, startBrowser } from '../../trials/support/browser.ts';
import type { TestApi } from '../support/api.ts';
import { startPages } from '../support/pages.ts';

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const RATINGS = ['60', '70', '80', '50'] as const;

describe.skipIf(noBrowser !== undefined)('a panel that sets a standard', () => {
  let api: TestApi;
  let browser: Browser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
    for (const subject of ['local-designated', 'ben', 'cleo']) await api.services.store.graders.meet({ subject, designated: true });
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const rating = (page: Page, number: number) => page.getByLabel(`Your rating of item ${number}, in per cent`);
  const saved = (page: Page) => page.getByTestId('save-state').getByText('saved', { exact: false }).waitFor(PATIENCE);

  async function act(page: Page, name: string): Promise<void> {
    await page.getByRole('button', { name, exact: true }).click(PATIENCE);
    const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
    await dialog.getByLabel('Reason', { exact: false }).fill('as agreed');
    await dialog.getByRole('button', { name, exact: true }).click(PATIENCE);
  }

  it('is opened by staff, rated by experts as they type, closed round by round, and proposes and changes nothing', { timeout: 240_000 }, async () => {
    const staff = await openWindow(browser, { url: api.url });
    await signIn(staff.page, { path: '/console/panels', as: 'staff' });
    await staff.page.getByText('No panel was opened yet.').waitFor(PATIENCE);
    await staff.page.getByRole('button', { name: 'Open a panel' }).click();
    await staff.page.getByLabel('Designated experts, by their subjects, one a line').fill('local-designated\nben');
    const opening = staff.page.getByRole('alertdialog').or(staff.page.getByRole('dialog'));
    await opening.getByLabel('Reason', { exact: false }).fill('a new version comes');
    await opening.getByRole('button', { name: 'Open a panel' }).click();
    await staff.page.getByRole('link', { name: /A small exam \(small@1\): aptitude test/ }).click(PATIENCE);
    await staff.page.getByText('0 of 4 items rated').first().waitFor(PATIENCE);
    const panelId = staff.page.url().split('/').at(-1) ?? '';

    const expert = await openWindow(browser, { url: api.url });
    await signIn(expert.page, { path: '/console/panels', as: 'designated' });
    await expert.page.getByRole('link', { name: /A small exam/ }).click(PATIENCE);
    await rating(expert.page, 1).fill('101', PATIENCE);
    await expert.page.getByText('this is not saved').waitFor();
    for (const [place, percent] of RATINGS.entries()) await rating(expert.page, place + 1).fill(percent);
    await saved(expert.page);
    // A second window has them, and what is typed there comes to the first.
    const second = await expert.context.newPage();
    await signInAgain(second, { path: `/console/panels/${panelId}/ratings`, as: 'designated' });
    await expect.poll(() => rating(second, 4).inputValue(), PATIENCE).toBe('50');
    await rating(second, 4).fill('55');
    await expect.poll(() => rating(expert.page, 4).inputValue(), PATIENCE).toBe('55');
    await saved(second);
    await second.close();

    await act(staff.page, 'Close the round');
    await staff.page.getByText('Not everything is rated yet.', { exact: false }).waitFor(PATIENCE);
    await staff.page.getByRole('button', { name: 'Cancel' }).click();
    const ben = api.as('ben', 'designated');
    for (const [place, itemId] of ['c1', 'c2', 't1', 't2'].entries())
      await ben('PUT', `/v1/panels/${panelId}/rounds/1/ratings/${itemId}`, { percent: 50 + 5 * place, sequence: 1 });
    await act(staff.page, 'Close the round');
    await staff.page.getByRole('link', { name: 'Report of round 1' }).waitFor(PATIENCE);
    await act(staff.page, 'Open the next round');
    await staff.page.getByRole('heading', { name: 'Round 2' }).waitFor(PATIENCE);
    await staff.page.getByRole('button', { name: 'Add an expert' }).click();
    const adding = staff.page.getByRole('alertdialog').or(staff.page.getByRole('dialog'));
    await adding.getByLabel('A designated expert, by their subject').fill('cleo');
    await adding.getByLabel('Reason', { exact: false }).fill('knows the field');
    await adding.getByRole('button', { name: 'Add an expert' }).click();
    await staff.page.getByRole('listitem').filter({ hasText: 'cleo' }).getByText('rates from round 3 on').waitFor(PATIENCE);

    await expert.page.reload();
    await expert.page.getByText('The panel rated it 55% in the mean, from 50% to 60%.').waitFor(PATIENCE);
    expect(await rating(expert.page, 1).inputValue()).toBe('60');

    await staff.page.getByRole('link', { name: 'Report of round 1' }).click();
    // 66.25 % and 57.5 % of 20 points.
    await staff.page.getByRole('definition').filter({ hasText: '12.37 of 20' }).waitFor(PATIENCE);
    await staff.page.getByText('It changes no exam', { exact: false }).waitFor();
    await staff.page.getByRole('region', { name: 'Panelist by panelist', exact: true }).getByRole('row').filter({ hasText: 'ben' }).waitFor();
    await staff.page.goto(`${api.url}/console/panels/${panelId}`);
    await act(staff.page, 'Close the panel');
    await staff.page.getByText('with the standard of round 1', { exact: false }).waitFor(PATIENCE);
    await staff.page.getByText('It was still open when the panel was closed', { exact: false }).waitFor();
    await expert.page.reload();
    await expert.page.getByText('The panel is closed, with the standard of round 1.').waitFor(PATIENCE);
    await expert.page.goto(`${api.url}/console/panels`);
    await expert.page.getByRole('listitem').filter({ hasText: 'A small exam' }).getByText('closed', { exact: true }).waitFor(PATIENCE);
    expect([...staff.complaints, ...expert.complaints].filter((line) => !line.includes('409'))).toEqual([]);
    await Promise.all([staff.context.close(), expert.context.close()]);
  });
});
