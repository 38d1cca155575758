import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { smallExam } from '../../trials/people/small-exam.ts';
import { issuerOf, type TestApi } from '../support/api.ts';
import { decidedScript } from '../support/decided.ts';
import { points, reason, part } from '../../trials/support/desk.ts';
import { expectAccessible, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** Standardisation at the desk, and what a designated grader confirms for it, in a real Chromium against the real API. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const EXAM = 'seeded';
const AGREED = [
  [5, 3],
  [1, 2],
  [4, 0],
  [3, 5],
  [0, 1],
  [2, 4],
  [5, 5],
  [1, 0],
  [3, 2],
  [4, 1],
] as const;

describe.skipIf(noBrowser !== undefined)('the desk of who is in training', () => {
  let api: TestApi;
  let browser: Browser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish(smallExam({ seeds: { share: 200, standardisation: { scripts: 10, kappa: 6000, kappaLowAbove: 3000 } } }, EXAM));
    const credentials = await issuerOf(api.services);
    const attempts: string[] = [];
    for (const [index, given] of AGREED.entries())
      attempts.push(
        (
          await decidedScript(api.services.store, {
            given: [
              { grader: `one-${index}`, points: given },
              { grader: `two-${index}`, points: given },
            ],
            credentials,
            examId: EXAM,
          })
        ).attemptId,
      );
    for (const attemptId of attempts) await propose(attemptId);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });
  beforeEach(async () => {
    // Known before they come, so that the first look is one of training.
    await grader()('GET', '/v1/graders/me');
    await staff()('PATCH', '/v1/staff/graders/local-grader', { state: 'in_training', reason: 'new here' });
  });

  const staff = () => api.as('desk-staff', 'staff');
  const grader = () => api.as('local-grader', 'grader');
  const propose = (attemptId: string) => staff()('POST', '/v1/staff/seeds', { attemptId, test: 'aptitude', reason: 'clear-cut' });
  const waiting = async () => (await api.as('dora', 'designated')('GET', '/v1/seeds')).body.seeds as readonly { id: string }[];
  const confirm = (seedId: string) => api.as('dora', 'designated')('POST', `/v1/seeds/${seedId}/confirmation`, { reason: 'I agree' });

  async function handIn(page: Page): Promise<void> {
    await page.getByRole('button', { name: /^(Look through and hand in|Durchsehen und abgeben)$/ }).press('Enter');
    await page.getByRole('button', { name: /^(Hand in|Abgeben)$/ }).press('Enter');
    await page.getByText(/^(Handed in\. You gave|Abgegeben\. Sie haben)/).waitFor(PATIENCE);
  }

  it('shows a designated grader the marks that wait for them, and takes their word', { timeout: 180_000 }, async () => {
    const before = await waiting();
    expect(before.length).toBe(AGREED.length);
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'designated' });
    await page.getByRole('heading', { name: 'Marks for you to confirm' }).waitFor(PATIENCE);
    await page.getByRole('link', { name: 'Read it' }).first().click();
    await part(page, 1).getByText('5 of 5', { exact: true }).waitFor(PATIENCE);
    await part(page, 2).getByText('3 of 5', { exact: true }).waitFor();
    await expectAccessible(page, 'a seed to confirm');
    await page.getByRole('button', { name: 'Confirm these marks' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel('Why you agree').fill('I would give the same');
    await dialog.getByRole('button', { name: 'Confirm these marks' }).click();
    await page.getByText('Confirmed: it is given to graders from now on.').waitFor(PATIENCE);
    expect(await waiting()).toEqual(before.slice(1));
    expect(complaints).toEqual([]);
    await context.close();
    for (const { id } of before.slice(1)) expect((await confirm(id)).status).toBe(204);
  });

  it('takes a script to practise with, and shows what is agreed beside what was given, over a reload', { timeout: 180_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'grader' });
    await page.getByText('You are in training:', { exact: false }).waitFor(PATIENCE);
    await page.getByText('You have handed in no script to practise with yet.').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Take the next one to practise with' }).click();
    await page.getByRole('heading', { level: 1, name: 'A script to practise with' }).waitFor(PATIENCE);
    for (const number of [1, 2]) {
      await points(page, number).fill('2.5');
      await reason(page, number).fill(`My reason ${number}`);
    }
    await page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);
    await handIn(page);
    const compared = async () => {
      await part(page, 1).getByText('My reason 1').waitFor(PATIENCE);
      await part(page, 1).getByText('2.5 of 5', { exact: true }).waitFor();
      await part(page, 1).getByText('because').waitFor();
      await part(page, 1).getByRole('heading', { name: 'Agreed' }).waitFor();
      await page.getByText('1 of 10 scripts', { exact: true }).waitFor(PATIENCE);
    };
    await compared();
    await page.reload();
    await compared();
    await page.getByRole('link', { name: 'Back to the desk' }).click();
    await page.getByRole('link', { name: 'Your marks beside the agreed ones' }).click();
    await compared();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says how far they are, what follows, and that staff grant what is reached', { timeout: 240_000 }, async () => {
    for (let done = 1; done < AGREED.length - 1; done += 1) await markAsAgreed();
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'grader' });
    await page.getByText('9 of 10 scripts', { exact: true }).waitFor(PATIENCE);
    await markAsAgreed();
    await page.reload();
    await page.getByText('Your qualification is proposed. Our staff look at it', { exact: false }).waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Take the next one to practise with' }).click();
    await page.getByText('There is no further script to practise with just now.', { exact: false }).waitFor(PATIENCE);
    const grant = { examId: EXAM, test: 'aptitude', reason: 'standardised' };
    expect((await staff()('POST', '/v1/staff/graders/local-grader/qualifications', grant)).status).toBe(204);
    await page.reload();
    await page.getByRole('button', { name: 'Take the next one', exact: true }).waitFor(PATIENCE);
    // A refusal of a claim is told by the page, and by the browser too.
    expect(complaints.filter((complaint) => !complaint.includes('409'))).toEqual([]);
    await context.close();
  });

  /** Marks the next one as is agreed of it, which the records tell alone. */
  async function markAsAgreed(): Promise<void> {
    const { body } = await grader()('POST', '/v1/assignments/claims');
    const marks = (await agreedOf(body.id)).map(({ itemId, millipoints }) => ({ itemId, points: millipoints / 1000, reason: 'as agreed' }));
    const done = await grader()('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks });
    expect(done.status).toBe(200);
  }

  async function agreedOf(assignmentId: string): Promise<readonly { itemId: string; millipoints: number }[]> {
    const database = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
    await database.connect();
    const { rows } = await database.query('SELECT x.marks FROM seed x JOIN seed_seat y ON y.seed_id = x.id WHERE y.assignment_id = $1', [
      assignmentId,
    ]);
    await database.end();
    return rows[0].marks;
  }

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA, in ${language}, wide and narrow`, { timeout: 120_000 }, async () => {
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/desk', as: 'grader' });
      await page.getByText(/^1?\d (of|von) 10 (scripts|Arbeiten)$/).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'the desk in training');
      await page
        .getByRole('link', { name: /^(Your marks beside|Ihre Bewertung neben)/ })
        .first()
        .click();
      await part(page, 1)
        .getByRole('heading', { name: /^(Agreed|Vereinbart)$/ })
        .waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'a script of training');
      expect(complaints).toEqual([]);
      await context.close();
    });
});
