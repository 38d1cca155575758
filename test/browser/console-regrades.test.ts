import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { issuerOf, type TestApi } from '../support/api.ts';
import { decidedScript } from '../support/decided.ts';
import { expectAccessible, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';

/** A wrong item: opened on the console by one person, applied there by another, and followed until it is through. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const FIRST_DECISION = '00000000-0000-0000-0000-000000000000';

describe.skipIf(noBrowser !== undefined)('the console, of regrades', () => {
  let api: TestApi;
  let browser: Browser;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
    const credentials = await issuerOf(api.services);
    const given = ['one', 'two'].map((grader) => ({ grader, points: [4, 4] as const }));
    await decidedScript(api.services.store, { given, credentials });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  it('shows who opens one what it would do, and lets somebody else apply it', { timeout: 240_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/regrades', as: 'staff' });
    await page.getByText('Nothing was ever regraded.').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Open a regrade' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Item or criterion').selectOption({ label: 'c1: One of them' });
    await dialog.getByText('another key').click();
    await dialog.getByText('b', { exact: true }).click();
    await dialog.getByLabel('Reason').fill('b is right as well');
    await expectAccessible(page, 'opening a regrade');
    await dialog.getByRole('button', { name: 'Open a regrade' }).click();

    await page.getByRole('heading', { level: 1, name: 'c1 of small' }).waitFor(PATIENCE);
    await page.getByText('You opened it: somebody else of staff reads what it does').waitFor();
    await page.getByText('stay as they are, as previewed: 1').waitFor();
    expect(await page.getByRole('button', { name: 'Apply it' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await dialog.getByLabel('Reason').fill('both of them are');
    await dialog.getByRole('button', { name: 'Cancel it' }).click();
    await page.getByText('cancelled').first().waitFor(PATIENCE);

    const { store } = api.services;
    const scope = {
      examId: 'small',
      test: 'aptitude',
      caseStudyId: null,
      itemId: 'c1',
      change: { kind: 'full_points' },
      submittedFrom: null,
      submittedUntil: null,
    } as const;
    const { regradeId } = await store.regrades.open({ person: { subject: 'sam', email: undefined }, reason: 'two of them are right', scope });
    await store.regrades.preview({ regradeId });
    await page.goto(`/console/regrades/${regradeId}`);
    await page.getByText('get more, as previewed: 1').waitFor(PATIENCE);
    await page.getByLabel('Shown are those who').selectOption('raised');
    await page.getByRole('cell', { name: '8 of 20, 40 %' }).waitFor(PATIENCE);
    await page.getByRole('cell', { name: '13 of 20, 65 %' }).waitFor();
    await page.getByRole('button', { name: 'Apply it' }).click();
    await dialog.getByLabel('Reason').fill('so it is');
    await expectAccessible(page, 'applying a regrade');
    await dialog.getByRole('button', { name: 'Apply it' }).click();
    await page.getByText('in force, being carried out').waitFor(PATIENCE);
    // As its workflow does: Temporal is away here.
    await store.regrades.applyPage({ regradeId, after: FIRST_DECISION, credentials: await issuerOf(api.services) });
    await store.regrades.finish({ regradeId });
    await page.getByText('get more, put right: 1').waitFor(PATIENCE);
    await page.getByText('Through since', { exact: false }).waitFor(PATIENCE);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it.each(LANGUAGES)('can be read by everybody, %s', { timeout: 120_000 }, async (language) => {
    const { regrades } = (await api.as('an-auditor', 'auditor')('GET', '/v1/staff/regrades')).body;
    const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
    await signIn(page, { path: '/console/regrades', as: 'staff' });
    for (const path of ['regrades', `regrades/${regrades[0].id}`]) {
      await page.goto(`/console/${path}`);
      await page.getByRole('heading', { level: 1, name: path === 'regrades' ? /Regrades|Neubewertungen/ : /c1/ }).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, `${path}, ${language}`);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});
