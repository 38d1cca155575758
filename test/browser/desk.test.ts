import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadedAttempt, openAssignments, startedAttempt, type TestApi } from '../support/api.ts';
import { uploadAll } from '../support/uploads.ts';
import { expectAccessible, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, savedBy, startPages } from '../support/pages.ts';
import { killTab, noBrowser, openWindow, signIn, signInAgain, startBrowser } from '../../trials/support/browser.ts';

/** The desk as graders work at it, in a real Chromium against the real API, with what goes wrong on the way. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

/** What a candidate may try to have done in a grader's browser. */
const ATTACK = [
  '<script>globalThis.attacked = 1</script>',
  '<img src="http://127.0.0.1:9/pixel.png" onerror="globalThis.attacked = 2">',
  '<svg onload="globalThis.attacked = 3"><use href="http://127.0.0.1:9/a.svg#x"/></svg>',
  '![a picture](http://127.0.0.1:9/markdown.png)',
  '[a link](javascript:globalThis.attacked=4)',
  '<iframe src="http://127.0.0.1:9/frame"></iframe>',
  '<style>@import "http://127.0.0.1:9/style.css"; body { display: none }</style>',
].join('\n');

describe.skipIf(noBrowser !== undefined)('the desk', () => {
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

  /** Handed in by a candidate of its own, and open to be marked. */
  async function openScript(
    answers: Readonly<Record<'t1' | 't2', string>> = { t1: 'One', t2: 'Two' },
    seats: readonly number[] = [1],
  ): Promise<string> {
    const candidate = api.as(`desk-candidate-${(candidates += 1)}`, 'candidate');
    const attemptId = await startedAttempt(candidate);
    for (const [itemId, value] of Object.entries(answers))
      await candidate('PUT', `/v1/attempts/${attemptId}/responses/${itemId}`, { value, sequence: 1 });
    const { body } = await candidate('POST', `/v1/attempts/${attemptId}/aptitude-test/submission`);
    await openAssignments(api, body.submissionId, seats);
    return body.submissionId;
  }

  async function claim(page: Page): Promise<void> {
    await page.getByRole('button', { name: /^(Take the next one|Das Nächste übernehmen)$/ }).click();
    await page.getByRole('region', { name: /^(Part|Teil) 1$/ }).waitFor(PATIENCE);
  }

  /** With full points in what is left, so that nobody else is given it. */
  async function handIn(page: Page, numbers: readonly number[]): Promise<void> {
    for (const number of numbers) await points(page, number).fill('5');
    await page.getByRole('button', { name: 'Look through and hand in' }).click();
    await page.getByText('Everything is marked.').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Hand in', exact: true }).click();
    await page.getByText('Your marks are handed in. Thank you.').waitFor(PATIENCE);
  }

  const part = (page: Page, number: number) => page.getByRole('region', { name: `Part ${number}`, exact: true });
  const points = (page: Page, number: number) => part(page, number).getByRole('textbox', { name: /^Points/ });
  const reason = (page: Page, number: number) => part(page, number).getByRole('textbox', { name: /^(Why|Remark)/ });
  const isSaved = (page: Page) => page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);

  it('gives a grader the file as it was handed in, to save and to read, and lets them say that it cannot be read: nobody is given it until staff have looked at it', async () => {
    const candidate = api.as('desk-candidate-file', 'candidate');
    const attemptId = await downloadedAttempt(api, candidate);
    // The mark of Unicode in front is part of the file.
    const bytes = Buffer.from('\uFEFF# A solution');
    await uploadAll(candidate, attemptId, { bytes, sha256: createHash('sha256').update(bytes).digest('hex') });
    const { body } = await candidate('POST', `/v1/attempts/${attemptId}/case-study/submission`);
    await openAssignments(api, body.submissionId);
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'grader' });
    await claim(page);
    expect(await savedBy(page.getByRole('button', { name: /^Save the solution/ }))).toEqual({ name: 'solution.md', bytes });
    await page.getByRole('button', { name: 'Read it here' }).click();
    await page.getByRole('article', { name: 'The solution' }).getByRole('heading', { name: 'A solution' }).waitFor(PATIENCE);
    await page.getByRole('button', { name: 'I cannot read the file' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel(/^What is wrong/).fill('Every page is empty');
    await expectAccessible(page, 'a flag');
    await dialog.getByRole('button', { name: 'Tell staff' }).click();
    await page.getByText('Thank you. Staff look at the file.').waitFor(PATIENCE);
    const story = await api.as('desk-staff', 'staff')('GET', `/v1/staff/attempts/${attemptId}/story`);
    expect(story.body.assignments).toMatchObject([{ state: 'held', holder: null, fileFlags: [{ reason: 'Every page is empty' }] }]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('keeps every keystroke over a cut connection and a killed tab, and hands in by keyboard', { timeout: 300_000 }, async () => {
    await openScript();
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'grader' });
    await claim(page);
    const address = new URL(page.url()).pathname;
    expect(await part(page, 1).getByText('So and so').isVisible()).toBe(true);

    // Keyboard alone from here: points, Enter to the reason, Ctrl+Enter to the next.
    await points(page, 1).focus();
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await page.keyboard.type('The second half is missing; ');
    await isSaved(page);
    await context.setOffline(true);
    await page.keyboard.type('and the first — 日本語, émojis 🏛 — is brief.');
    await page.keyboard.press('Control+Enter');
    await page.keyboard.type('4.5');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Nearly.');
    await page.getByText(/No connection: \d marks? (is|are) kept on this device/).waitFor(PATIENCE);
    await killTab(page);
    await context.setOffline(false);

    const again = await context.newPage();
    await signInAgain(again, { path: address, as: 'grader' });
    await points(again, 1).waitFor(PATIENCE);
    await isSaved(again);
    expect(await points(again, 1).inputValue()).toBe('3');
    expect(await reason(again, 1).inputValue()).toBe('The second half is missing; and the first — 日本語, émojis 🏛 — is brief.');
    expect(await points(again, 2).inputValue()).toBe('4.5');
    expect(await reason(again, 2).inputValue()).toBe('Nearly.');

    await again.getByRole('button', { name: 'Look through and hand in' }).press('Enter');
    await again.getByText('Everything is marked.').waitFor();
    await again.getByRole('button', { name: 'Hand in', exact: true }).press('Enter');
    await again.getByText('Your marks are handed in. Thank you.').waitFor(PATIENCE);
    const assignmentId = address.split('/').at(-1) ?? '';
    const { body } = await api.as('local-grader', 'grader')('GET', '/v1/assignments');
    expect(body.assignments).toContainEqual(expect.objectContaining({ id: assignmentId, state: 'completed' }));
    expect(complaints.filter((complaint) => !complaint.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
    await context.close();
  });

  it('saves on with a new token when the one it had runs out in the middle of a mark', async () => {
    await openScript();
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'grader' });
    await claim(page);
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    await points(page, 1).fill('3');
    await isSaved(page);
    // From now on the API is shown one that has run out, until the page comes with another than it had.
    const expired = await api.issuer.token({ subject: 'local-grader', roles: ['grader'], expiresInSeconds: 1 });
    await expect.poll(async () => (await api.withToken(expired)('GET', '/v1/assignments')).status, PATIENCE).toBe(401);
    let old: string | undefined;
    let refusals = 0;
    await context.route('**/v1/**', async (route) => {
      const headers = route.request().headers();
      old ??= headers['authorization'];
      if (headers['authorization'] !== old) return route.continue();
      refusals += 1;
      return route.continue({ headers: { ...headers, authorization: `Bearer ${expired}` } });
    });
    await reason(page, 1).pressSequentially('The second half is missing.');
    await isSaved(page);
    await expect.poll(() => refusals, PATIENCE).toBeGreaterThan(0);
    const draft = async () => (await api.as('local-grader', 'grader')('GET', `/v1/assignments/${id}`)).body.draft;
    await expect.poll(draft, PATIENCE).toMatchObject([{ itemId: 't1', points: 3, reason: 'The second half is missing.' }]);
    expect(await page.getByRole('button', { name: 'Sign in again' }).count()).toBe(0);
    await handIn(page, [2]);
    await context.close();
  });

  it.each([-60, 60])('says how long a script is one’s own by the server’s clock, on a device whose clock is %i minutes off', async (minutes) => {
    await openScript();
    const { context, page } = await openWindow(browser, { url: api.url });
    await context.addInitScript(`{ const now = Date.now; Date.now = () => now() + ${minutes * 60_000}; }`);
    await signIn(page, { path: '/desk', as: 'grader' });
    await claim(page);
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const { body } = await api.as('local-grader', 'grader')('GET', `/v1/assignments/${id}`);
    const minutesLeft = Math.floor((Date.parse(body.leaseExpiresAt) - Date.now()) / 60_000);
    const shown = async () => Number(/^Yours for (\d+) min/.exec(await page.getByText(/^Yours for/).innerText())?.[1]);
    await expect.poll(async () => Math.abs((await shown()) - minutesLeft), PATIENCE).toBeLessThanOrEqual(1);
    await handIn(page, [1, 2]);
    await context.close();
  });

  it('asks for a reason exactly where points are lost, and for points that are possible', async () => {
    await openScript();
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'grader' });
    await claim(page);
    await points(page, 1).fill('5');
    await points(page, 2).fill('6');
    await part(page, 2).getByText('At most 5 points').waitFor();
    await page.getByRole('button', { name: 'Look through and hand in' }).click();
    await page.getByText('1 part still lacks something.').waitFor();
    expect(await page.getByRole('button', { name: 'Hand in', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Back to marking' }).click();
    await points(page, 2).fill('4');
    await page.getByRole('button', { name: 'Look through and hand in' }).click();
    await page.getByText('A reason is missing').waitFor();
    await page.getByRole('button', { name: 'Back to marking' }).click();
    await reason(page, 2).fill('One point is lost.');
    await isSaved(page);
    await page.getByRole('button', { name: 'Give it back' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Give it back' }).click();
    await page.getByText('Given back. What you had written is kept for you.').waitFor(PATIENCE);
    await context.close();
  });

  it('tells who works in two windows which is newer, and who has lost the script that it is lost', async () => {
    await openScript();
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'grader' });
    await claim(page);
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    const grader = api.as('local-grader', 'grader');
    await points(page, 1).fill('3');
    await isSaved(page);
    const { body: held } = await grader('GET', `/v1/assignments/${id}`);
    const sequence = held.draft[0].sequence + 5;
    await grader('PUT', `/v1/assignments/${id}/draft`, {
      fencingToken: held.fencingToken,
      marks: [{ itemId: 't1', points: 2, reason: 'From elsewhere', sequence }],
    });
    await reason(page, 1).fill('Mine');
    await part(page, 1).getByText('Another window or device of yours has saved a newer mark: 2 points.').waitFor(PATIENCE);
    await part(page, 1).getByRole('button', { name: 'Keep what is here' }).click();
    await isSaved(page);
    await api.as('desk-staff', 'staff')('PATCH', '/v1/staff/graders/local-grader', { state: 'suspended', reason: 'A test' });
    await reason(page, 1).fill('Mine, and more');
    await page.getByText('What you typed is kept as your draft.').waitFor(PATIENCE);
    await api.as('desk-staff', 'staff')('PATCH', '/v1/staff/graders/local-grader', { state: 'active', reason: 'A test' });
    await context.close();
  });

  it('shows an adjudicator both marks side by side, as A and B, and how far apart they are', async () => {
    const submissionId = await openScript({ t1: 'One', t2: 'Two' }, [1, 2]);
    for (const [subject, given] of [
      ['desk-marker-1', 5],
      ['desk-marker-2', 1],
    ] as const) {
      const marker = api.as(subject, 'grader');
      // Others may wait as well: until it is this one.
      for (;;) {
        const { status, body } = await marker('POST', '/v1/assignments/claims');
        if (status !== 200) throw new Error(`nothing to claim: ${status}`);
        const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: given, reason: `Reason of ${given}` }));
        await marker('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks });
        const { body: next } = await marker('GET', '/v1/assignments/queue');
        if (next.waiting.length === 0) break;
      }
    }
    await api.services.store.assignments.open({
      submissionId,
      purpose: 'adjudicate',
      seats: [3],
      itemIds: ['t1', 't2'],
      dueAt: new Date(Date.now() + 86_400_000),
    });
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'designated' });
    await claim(page);
    await part(page, 1).getByText('4 points apart').waitFor();
    for (const letter of ['A', 'B'])
      expect(
        await part(page, 1)
          .getByRole('heading', { name: `Grader ${letter}` })
          .isVisible(),
      ).toBe(true);
    expect(await page.content()).not.toContain('desk-marker');
    await expectAccessibleWideAndNarrow(page, 'an adjudication');
    await context.close();
  });

  it('runs nothing of what a candidate handed in, and sends no request for it', async () => {
    await openScript({ t1: ATTACK, t2: ATTACK });
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await signIn(page, { path: '/desk', as: 'grader' });
    await claim(page);
    await part(page, 1).getByText('<script>globalThis.attacked = 1</script>').waitFor();
    await page.getByRole('button', { name: 'Look through and hand in' }).click();
    await page.getByText('2 parts still lack something.').waitFor();
    expect(await page.evaluate('globalThis.attacked')).toBeUndefined();
    const allowed = new Set([new URL(api.url).origin, new URL(api.issuer.url).origin]);
    expect(requests.filter((url) => !url.startsWith('data:') && !allowed.has(new URL(url).origin))).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA while one marks, in ${language}, wide and narrow`, async () => {
      await openScript();
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/desk', as: 'grader' });
      await claim(page);
      await expectAccessibleWideAndNarrow(page, 'marking');
      await page.getByRole('button', { name: /^(Look through and hand in|Durchsehen und abgeben)$/ }).click();
      await page.getByRole('heading', { level: 2, name: /^(Look through your marks|Sehen Sie Ihre Bewertung durch)$/ }).waitFor();
      await expectAccessibleWideAndNarrow(page, 'the review');
      await page.goto('/desk/agreement');
      await page.getByRole('heading', { level: 1, name: /^(Your agreement with others|Ihre Übereinstimmung mit anderen)$/ }).waitFor();
      await page
        .getByText(/^(There are no figures yet|Es gibt noch keine Zahlen)/)
        .or(page.locator('main .card').first())
        .waitFor();
      await expectAccessibleWideAndNarrow(page, 'agreement');
      await page.goto('/desk/pay');
      await page.getByRole('heading', { level: 1, name: /^(Your pay|Ihre Vergütung)$/ }).waitFor();
      await page.getByText(/^(None was issued yet|Noch wurde keine ausgestellt)/).waitFor();
      await expectAccessibleWideAndNarrow(page, 'pay');
      expect(complaints).toEqual([]);
      await context.close();
    });
});
