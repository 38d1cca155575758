import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, openAssignments, submittedAttempt, type TestApi } from '../support/api.ts';
import { createShiftedClock } from '../support/clock.ts';
import { decidedScript } from '../support/decided.ts';
import { COLOR_SCHEMES, expectAccessibleWideAndNarrow, expectSaved, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** What staff see and do about graders: what binds them, how they mark, what they are paid. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

describe.skipIf(noBrowser !== undefined)('the console, of graders', () => {
  const time = createShiftedClock();
  let api: TestApi;
  let browser: Browser;

  beforeAll(async () => {
    // The month before is worked first, so that its statement can be issued now.
    const now = new Date();
    const before = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 15, 12);
    const seconds = Math.round((now.getTime() - before) / 1000);
    time.advanceSeconds(-seconds);
    [api, browser] = await Promise.all([startPages({ clock: time.clock }), startBrowser()]);
    await api.publish();
    await setRate('2020-01-01T00:00:00Z');
    const gil = api.as('gil', 'grader');
    const { submissionId } = await submittedAttempt(api.as('worked-for', 'candidate'));
    await openAssignments(api, submissionId);
    const { id, fencingToken } = (await gil('POST', '/v1/assignments/claims')).body;
    for (let count = 0; count < 10; count += 1) {
      time.advanceSeconds(240);
      expect((await gil('POST', `/v1/assignments/${id}/heartbeat`, { fencingToken })).status).toBe(200);
    }
    const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));
    expect((await gil('POST', `/v1/assignments/${id}/completion`, { fencingToken, marks })).status).toBe(200);
    time.advanceSeconds(seconds - 2400);
    const credentials = await issuerOf(api.services);
    for (let count = 0; count < 12; count += 1)
      await decidedScript(api.services.store, {
        given: [
          { grader: 'gil', points: [count % 5, 4] },
          { grader: 'other', points: [(count + (count % 3)) % 5, 3] },
        ],
        credentials,
      });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  async function setRate(effectiveFrom: string): Promise<void> {
    const each = { mark: '12.34', adjudicate: '20.00' };
    const rate = { effectiveFrom, perHour: '50.00', perPiece: { aptitude: each, case_study: each }, reason: 'agreed with the graders' };
    expect((await api.as('payer', 'staff')('POST', '/v1/staff/pay-rates', rate, { 'idempotency-key': randomUUID() })).status).toBe(201);
  }

  async function openGrader(page: Page, subject: string): Promise<void> {
    await page.goto(`/console/graders/${subject}`);
    await page.getByRole('heading', { level: 1, name: subject }).waitFor(PATIENCE);
  }

  const dialogOf = (page: Page) => page.getByRole('alertdialog');
  async function because(page: Page, action: string): Promise<void> {
    await dialogOf(page)
      .getByLabel(/^Reason/)
      .fill('As agreed today');
    await dialogOf(page).getByRole('button', { name: action }).click();
    await dialogOf(page).waitFor({ state: 'detached', ...PATIENCE });
  }

  it('expects somebody who has not come yet, and records what binds them: standing, tests, languages, conflicts', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/graders', as: 'staff' });
    await page.getByRole('button', { name: 'Expect a grader' }).click();
    await dialogOf(page)
      .getByLabel(/^Their subject/)
      .fill('to-come');
    await because(page, 'Expect a grader');
    await page.getByRole('heading', { level: 1, name: 'to-come' }).waitFor(PATIENCE);
    await page.getByText('Every exam and test').waitFor();

    await page.getByRole('button', { name: 'Change what they mark' }).click();
    await dialogOf(page).getByText('Every exam and test').click();
    await dialogOf(page).getByText('A small exam, case study').click();
    await because(page, 'Change what they mark');
    await page.getByText('A small exam (case study)').waitFor(PATIENCE);

    await page.getByRole('button', { name: 'Change their languages' }).click();
    await dialogOf(page).getByText('Every language').click();
    await dialogOf(page).getByLabel('Languages of the answers').fill('de, nonsense_');
    await dialogOf(page).getByText('One of these is no language code.', { exact: false }).waitFor();
    await dialogOf(page).getByLabel('Languages of the answers').fill('de, en-gb');
    await because(page, 'Change their languages');
    await page.getByText('German and British English').waitFor(PATIENCE);

    await page.getByRole('button', { name: 'Record a conflict' }).click();
    await dialogOf(page).getByText('Domain of an employer’s addresses').first().click();
    await dialogOf(page).getByRole('textbox', { name: 'Domain of an employer’s addresses' }).fill('example.org');
    await because(page, 'Record a conflict');
    await page.getByText('Whoever works at example.org').waitFor(PATIENCE);

    await page.getByRole('button', { name: 'Change their standing' }).click();
    await dialogOf(page).getByText('suspended', { exact: true }).click();
    await dialogOf(page).getByText('They lose at once what they hold', { exact: false }).waitFor();
    await because(page, 'Change their standing');
    await page.getByText('suspended', { exact: true }).waitFor(PATIENCE);

    await page.getByRole('button', { name: 'End', exact: true }).click();
    await because(page, 'End the conflict');
    await page.getByText('No conflict is known.').waitFor(PATIENCE);
    const { body } = await api.as('reader', 'auditor')('GET', '/v1/staff/graders/to-come');
    expect(body).toMatchObject({
      state: 'suspended',
      languages: ['de', 'en-gb'],
      qualifications: [{ examId: 'small', test: 'case_study' }],
      conflicts: [],
    });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('issues a statement, opens it line by line, and corrects it by a line of the next', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'staff' });
    await openGrader(page, 'gil');
    await page.getByRole('button', { name: /^Issue the statement of/ }).click();
    await because(page, 'Issue the statement');
    await page.getByText(/^Lines of /).click();
    const lines = page.getByRole('region', { name: /^Lines of / });
    // Forty minutes at fifty dollars an hour, and the piece.
    await lines.getByText('Aptitude test marked').waitFor(PATIENCE);
    await lines.getByText('rate 1: $50.00 an hour').waitFor();
    await lines.getByText('$12.34').waitFor();
    await lines.getByText('1 stretch').click();
    const { statements } = (await api.as('reader', 'auditor')('GET', '/v1/staff/graders/gil/pay')).body;
    const authorization = `Bearer ${await api.issuer.token({ subject: 'reader', roles: ['auditor'] })}`;
    const document = new Request(`${api.url}/v1/staff/graders/gil/pay-statements/${statements[0].month}/document`, { headers: { authorization } });
    await expectSaved(page.getByRole('button', { name: /^Save .* as CSV$/ }), document);
    await page.getByRole('button', { name: 'Correct the pay' }).click();
    await dialogOf(page)
      .getByLabel(/^Amount to add/)
      .fill('-1,234.56');
    await because(page, 'Correct the pay');
    await page.getByRole('region', { name: 'Work and corrections on no statement yet' }).getByText('-$1,234.56').waitFor(PATIENCE);
    await page.getByRole('region', { name: 'Work and corrections on no statement yet' }).getByText('As agreed today').waitFor();
    expect((await api.as('reader', 'auditor')('GET', '/v1/staff/graders/gil/pay')).body.due.lines.at(-1).amount).toBe('-1234.56');
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('sets a new rate beginning with the one in force, and keeps every version', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url, language: 'de' });
    await signIn(page, { path: '/console/pay-rates', as: 'staff' });
    await page.getByRole('button', { name: 'Neuen Satz festlegen' }).click();
    const dialog = dialogOf(page);
    expect((await dialog.getByLabel('Ein bewerteter Eignungstest').inputValue()).replaceAll(/\s/g, ' ')).toBe('12,34 $');
    await dialog.getByLabel(/^Gilt ab/).fill('2031-01-01T00:00');
    await dialog.getByLabel('Eine Stunde').fill('61,5');
    await dialog.getByLabel(/^Grund/).fill('Neu vereinbart');
    await dialog.getByRole('button', { name: 'Neuen Satz festlegen' }).click();
    await page.getByRole('heading', { name: /^Fassung 2, ab .*2031/ }).waitFor(PATIENCE);
    await page.getByRole('heading', { name: /^Fassung 1, ab / }).waitFor();
    const { rates } = (await api.as('reader', 'auditor')('GET', '/v1/staff/pay-rates')).body;
    expect(rates[0]).toMatchObject({ version: 2, perHour: '61.50', perPiece: { aptitude: { mark: '12.34', adjudicate: '20.00' } } });
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows an auditor all of it, and no act', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'auditor' });
    await openGrader(page, 'gil');
    await page.getByRole('heading', { name: 'On no statement yet' }).waitFor(PATIENCE);
    await page.getByText('Quadratic weighted kappa').waitFor(PATIENCE);
    expect(
      await page
        .getByRole('main')
        .getByRole('button', { name: /Change|Record|Correct|Issue/ })
        .count(),
    ).toBe(0);
    await page.goto('/console/pay-rates');
    await page.getByRole('heading', { name: /^Version 1/ }).waitFor(PATIENCE);
    expect(await page.getByRole('button', { name: 'Set a new rate' }).count()).toBe(0);
    await context.close();
  });

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA, in ${language}, wide and narrow, light and dark`, async () => {
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/console/pay-rates', as: 'staff' });
      await page.getByRole('heading', { name: /^(Version|Fassung) 1,/ }).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'rates', COLOR_SCHEMES);
      await page.getByRole('button', { name: /^(Set a new rate|Neuen Satz festlegen)/ }).click();
      await dialogOf(page).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'a new rate', COLOR_SCHEMES);
      await openGrader(page, 'gil');
      await page.getByRole('heading', { name: /^(On no statement yet|Noch auf keiner Abrechnung)$/ }).waitFor(PATIENCE);
      await page.getByText(/^(By item and criterion|Nach Aufgabe und Kriterium)$/).click();
      await expectAccessibleWideAndNarrow(page, 'a grader', COLOR_SCHEMES);
      for (const act of [/^(Change what they mark|Ändern, was bewertet wird)$/, /^(Record a conflict|Befangenheit festhalten)$/]) {
        await page.getByRole('button', { name: act }).click();
        await dialogOf(page).waitFor(PATIENCE);
        await expectAccessibleWideAndNarrow(page, String(act), COLOR_SCHEMES);
        await page.keyboard.press('Escape');
        await dialogOf(page).waitFor({ state: 'detached' });
      }
      expect(complaints).toEqual([]);
      await context.close();
    });
});
