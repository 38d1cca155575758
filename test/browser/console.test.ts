import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, openAssignments, registeredAttempt, submittedAttempt, type TestApi } from '../support/api.ts';
import { decidedScript } from '../support/decided.ts';
import { expectAccessible, expectAccessibleWideAndNarrow, expectSaved, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** The console as staff and auditors use it, in a real Chromium against the real API. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

describe.skipIf(noBrowser !== undefined)('the console', () => {
  let api: TestApi;
  let browser: Browser;
  let submitted: { attemptId: string; submissionId: string };
  let decided: string;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish();
    const given = [
      { grader: 'gil', points: [1, 0.5] },
      { grader: 'gwen', points: [4, 0.25] },
    ] as const;
    ({ attemptId: decided } = await decidedScript(api.services.store, { given, credentials: await issuerOf(api.services) }));
    submitted = await submittedAttempt(api.as('console-candidate', 'candidate'));
    await openAssignments(api, submitted.submissionId, [1, 2]);
    expect((await api.as('console-grader', 'grader')('GET', '/v1/graders/me')).status).toBe(200);
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  async function find(page: Page, text: string): Promise<void> {
    await page.getByRole('searchbox').fill(text);
    await page.getByRole('link', { name: `Name of ${text}` }).click();
    await page.getByRole('heading', { level: 1, name: `Name of ${text}` }).waitFor(PATIENCE);
  }

  it('finds a person as one types, without their name in any address, and tells where the attempt stands', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await signIn(page, { path: '/console', as: 'staff' });
    await find(page, 'console-candidate');
    await page.getByRole('heading', { name: 'Aptitude test in grading' }).waitFor();
    await page.getByText(/It waits for the graders: to mark the aptitude test/).waitFor();
    await page.getByText('Test “aptitude test” submitted, round 1').waitFor();
    expect(await page.getByText('Nobody holds it.').count()).toBe(2);
    addresses.push(page.url());
    expect(addresses.filter((address) => /console-candidate|Name/.test(decodeURIComponent(address)))).toEqual([]);
    await page.goBack();
    expect(await page.getByRole('searchbox').inputValue()).toBe('console-candidate');
    await page.getByLabel('Phase').selectOption('Certified');
    await page.getByText('0 attempts').waitFor(PATIENCE);
    await page.getByLabel('Phase').selectOption('Aptitude test in grading');
    await page.getByLabel('Exam').selectOption('A small exam');
    await page.getByLabel('Due').selectOption('Within 7 days');
    await page.getByRole('link', { name: 'Name of console-candidate' }).waitFor(PATIENCE);
    await page.getByLabel('Needs attention').check();
    await page.getByText('0 attempts').waitFor(PATIENCE);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says what an act will change before it is done, and why one is impossible', async () => {
    await registeredAttempt(api.as('console-early', 'candidate'));
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'staff' });
    await find(page, 'console-early');
    await page.getByRole('button', { name: 'Extend the deadline' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel(/New deadline/).fill('2020-01-01T12:00');
    await dialog.getByText('An extension never shortens').waitFor();
    await dialog.getByLabel(/New deadline/).fill('2031-01-01T12:00');
    await dialog.getByText(/The deadline of the window “starting” moves from .* to .*2031/).waitFor();
    await dialog.getByText('Your name and your reason are written into the audit.').waitFor();
    await dialog.getByLabel(/^Reason/).fill('Ill for a week');
    await expectAccessible(page, 'an act');
    await context.close();
  });

  it('reads answers on asking alone, and the reading is in the audit', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'auditor' });
    await find(page, 'console-candidate');
    expect(await page.getByRole('heading', { name: 'What you may do' }).count()).toBe(0);
    expect(await page.getByText('My answer one').count()).toBe(0);
    await page.getByRole('button', { name: 'Read the answers' }).click();
    await page
      .getByRole('alertdialog')
      .getByLabel(/^Reason/)
      .fill('A complaint of the candidate');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Read', exact: true }).click();
    await page.getByText('My answer one').waitFor(PATIENCE);
    await page.reload();
    await page.getByText('local-auditor read what was handed in. Reason: “A complaint of the candidate”').waitFor(PATIENCE);
    await context.close();
  });

  it('says why a test was decided as it was on asking alone, and that is in the audit', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'auditor' });
    await page.goto(`/console/attempts/${decided}`);
    await page.getByRole('button', { name: 'Why this score?' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel(/^Reason/).fill('A complaint of the candidate');
    await dialog.getByRole('button', { name: 'Read', exact: true }).click();
    await page.getByText('0 + 0 + 2.5 + 0.375 = 2.875 of 20 points.').waitFor(PATIENCE);
    await page.getByText(/^Disputed: t1\. At their lowest 1375\/20000 in thousandths of a point, at their highest 4375\/20000/).waitFor();
    await page.getByText('Explain: 2.5 of 5, the mean of two marks').click();
    await page.getByText('Earns the points: So and so').first().waitFor();
    await page.getByText('Grader gwen: 4 of 5').waitFor();
    await expectAccessible(page, 'why this score');
    const authorization = `Bearer ${await api.issuer.token({ subject: 'another-auditor', roles: ['auditor'] })}`;
    const reading = new Request(`${api.url}/v1/staff/attempts/${decided}/results/aptitude/explanation-reading`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'A comparison' }),
    });
    const pdf = await expectSaved(page.getByRole('button', { name: 'Save the latest result’s explanation as PDF' }), reading);
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.reload();
    const read = page.getByText('local-auditor read why it was decided as it was. Reason: “A complaint of the candidate”');
    await read.first().waitFor(PATIENCE);
    expect(await read.count()).toBe(2);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows what was typed in the Temporal UI as claimed, says what it would change, and lets a second person settle it', async () => {
    const attemptId = await registeredAttempt(api.as('console-claimed', 'candidate'));
    const claim = { attemptId, kind: 'extend' as const, terms: { window: 'start', deadline: '2031-01-01T12:00:00.000Z' }, actor: 'ana' };
    await api.services.store.staffActs.hear({ ...claim, actionKey: `${attemptId}:typed`, reason: 'was ill, says ana' });
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'staff' });
    await page.getByRole('link', { name: 'To do' }).click();
    await page.getByRole('link', { name: 'To confirm' }).click();
    const card = page.getByRole('listitem').filter({ hasText: 'was ill, says ana' });
    await card.getByRole('heading', { name: 'extend the deadline' }).waitFor(PATIENCE);
    for (const words of ['ana', 'starting', /2031/]) await card.getByText(words, { exact: typeof words === 'string' }).waitFor();
    await card.getByRole('button', { name: 'Confirm' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText(/The deadline of the window “starting” moves from .* to .*2031/).waitFor(PATIENCE);
    await dialog.getByText('It is your act then: the audit names you, and that it was claimed in the name of ana.').waitFor();
    await expectAccessible(page, 'confirming a claimed act');
    // Temporal is away here: it says so, and nothing is lost.
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByRole('alert').waitFor(PATIENCE);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await card.getByRole('button', { name: 'Dismiss' }).click();
    await dialog.getByLabel(/^Reason/).fill('Nobody asked for it');
    await dialog.getByRole('button', { name: 'Dismiss' }).click();
    await page.getByText('Dismissed: extend the deadline.').waitFor(PATIENCE);
    await card.getByText('dismissed', { exact: true }).waitFor(PATIENCE);
    await card.getByRole('link', { name: 'the attempt' }).click();
    await page.getByText(/Typed in the Temporal UI in the name of ana, by nobody knows whom: extend the deadline/).waitFor(PATIENCE);
    await page
      .getByText(/dismissed what had been typed in the name of ana: extend the deadline. It was not done. Reason: “Nobody asked for it”/)
      .waitFor();
    await context.close();
  });

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA, in ${language}, wide and narrow`, async () => {
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/console', as: 'staff' });
      await find(page, 'console-candidate');
      await expectAccessibleWideAndNarrow(page, 'a story');
      await page.goto('/console/overdue');
      await page.getByRole('heading', { level: 1, name: /^(Overdue|Überfällig)$/ }).waitFor(PATIENCE);
      await page.getByText(/^(Nothing is overdue|Nichts ist überfällig)/).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'overdue');
      await page.goto('/console/graders');
      await page.getByRole('link', { name: 'console-grader' }).click();
      await page.getByRole('heading', { level: 1, name: 'console-grader' }).waitFor(PATIENCE);
      await page.getByText(/^(Nobody’s marks drift|Niemandes Bewertungen weichen ab)/).waitFor(PATIENCE);
      await page.getByRole('button', { name: /^(Issue the statement of|Abrechnung für)/ }).click();
      await page.getByRole('alertdialog').waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'a grader');
      await page.goto('/console/claimed-acts');
      await page.getByRole('heading', { level: 1, name: /^(To confirm|Zu bestätigen)$/ }).waitFor(PATIENCE);
      await page.getByText(/was ill, says ana/).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'claimed acts');
      expect(complaints).toEqual([]);
      await context.close();
    });
});
