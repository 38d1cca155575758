import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallExam } from '../../trials/people/small-exam.ts';
import { issuerOf, type TestApi } from '../support/api.ts';
import { decidedScript } from '../support/decided.ts';
import { expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** What staff and auditors see and do about seeds, training and comments. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const EXAM = 'seeded';
const SCRIPTS = 10;

describe.skipIf(noBrowser !== undefined)('the console, of seeds and comments', () => {
  let api: TestApi;
  let browser: Browser;
  const attempts: string[] = [];
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    await api.publish(smallExam({ seeds: { share: 200, standardisation: { scripts: SCRIPTS, kappa: 6000, kappaLowAbove: 3000 } } }, EXAM));
    const credentials = await issuerOf(api.services);
    for (let index = 0; index < SCRIPTS + 1; index += 1) {
      const points = [index % 6, (index * 2) % 5] as const;
      const given = ['one', 'two'].map((who) => ({ grader: `${who}-${index}`, points }));
      attempts.push((await decidedScript(api.services.store, { given, credentials, examId: EXAM })).attemptId);
    }
    // Somebody who gives what is agreed, with another answer to one item of the first.
    await staff()('POST', '/v1/staff/graders', { subject: 'nora', reason: 'hired' });
    await staff()('PATCH', '/v1/staff/graders/nora', { state: 'in_training', reason: 'first' });
    for (const [index, attemptId] of attempts.slice(1).entries()) {
      await confirm((await propose(attemptId)).body.seedId);
      const { body } = await nora()('POST', '/v1/assignments/claims');
      const points = [(index + 1) % 6, ((index + 1) * 2) % 5] as const;
      const marks = ['t1', 't2'].map((itemId, item) => ({ itemId, points: points[item], reason: index === 0 ? 'As I read it' : 'clear' }));
      expect((await nora()('POST', `/v1/assignments/${body.id}/completion`, { fencingToken: body.fencingToken, marks })).status).toBe(200);
    }
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const staff = () => api.as('other-staff', 'staff');
  const nora = () => api.as('nora', 'grader');
  const propose = (attemptId: string) => staff()('POST', '/v1/staff/seeds', { attemptId, test: 'aptitude', reason: 'clear-cut' });
  const confirm = (seedId: string) => api.as('dora', 'designated')('POST', `/v1/seeds/${seedId}/confirmation`, { reason: 'I agree' });
  const dialogOf = (page: Page) => page.getByRole('alertdialog');
  async function because(page: Page, action: string): Promise<void> {
    await dialogOf(page)
      .getByLabel(/^Reason/)
      .fill('As agreed today');
    await dialogOf(page).getByRole('button', { name: action }).click();
    await dialogOf(page).waitFor({ state: 'detached', ...PATIENCE });
  }

  it('proposes a seed from the decision of an attempt, which another person confirms, and ends it', { timeout: 180_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: `/console/attempts/${attempts[0]}`, as: 'staff' });
    await page.getByRole('link', { name: 'Propose a seed' }).click(PATIENCE);
    expect(await dialogOf(page).getByLabel('Id of the attempt').inputValue()).toBe(attempts[0]);
    await because(page, 'Propose a seed');
    const first = page.getByRole('region', { name: 'All seeds' }).getByRole('listitem').first();
    await first.getByText('waits to be confirmed').waitFor(PATIENCE);
    await page.getByText('2% of claims are given a seed', { exact: false }).waitFor(PATIENCE);
    const { seeds } = (await staff()('GET', '/v1/staff/seeds?state=proposed')).body;
    expect((await confirm(seeds[0].id)).status).toBe(204);
    await page.reload();
    await first.getByText('is given', { exact: true }).waitFor(PATIENCE);
    await first.getByText('Confirmed by dora', { exact: false }).waitFor();
    await first.getByRole('button', { name: 'End this seed' }).click();
    await because(page, 'End this seed');
    await first.getByText('ended', { exact: true }).waitFor(PATIENCE);
    await page.getByLabel('Show').selectOption('ended');
    await expect.poll(() => page.getByRole('region', { name: 'All seeds' }).locator('li.card').count(), PATIENCE).toBe(1);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows what somebody in training gave beside what is agreed, and grants what is proposed', { timeout: 180_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'staff' });
    await page.getByRole('link', { name: 'Graders' }).click();
    await page.getByRole('navigation').getByRole('link', { name: 'Seeds and training' }).click();
    await page.getByRole('link', { name: 'nora' }).click(PATIENCE);
    const training = page.getByRole('region', { name: 'Training' });
    await training.getByText(`${SCRIPTS} of ${SCRIPTS} scripts.`, { exact: false }).waitFor(PATIENCE);
    const oldest = training.locator('ul.plain-list > li').last();
    await oldest.getByText('Part by part').click();
    await oldest.getByText('As I read it').first().waitFor();
    await oldest.getByText('because').first().waitFor();
    await training.getByRole('button', { name: 'Grant the qualification' }).click();
    await because(page, 'Grant the qualification');
    await page.getByText('active', { exact: true }).waitFor(PATIENCE);
    expect((await staff()('GET', '/v1/staff/graders/nora')).body).toMatchObject({ state: 'active', qualifications: [{ examId: EXAM }] });
    expect(complaints).toEqual([]);
    await context.close();
    await staff()('PATCH', '/v1/staff/graders/nora', { state: 'in_training', reason: 'again' });
  });

  it('gives everybody a comment on an item, writes it anew, and takes one out', { timeout: 180_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/exams', as: 'staff' });
    await page.getByRole('link', { name: 'Comments' }).click(PATIENCE);
    await page.getByText('There are no comments.').waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Add a comment for everybody' }).click();
    await dialogOf(page).getByLabel('Item or criterion').selectOption({ label: 'Explain more' });
    await dialogOf(page).getByRole('textbox', { name: 'Comment', exact: true }).fill('Names no cost');
    await dialogOf(page).getByLabel('Points, if it says any').fill('2,5');
    await because(page, 'Add a comment for everybody');
    const card = page.locator('li.card');
    await card.getByText('Names no cost').waitFor(PATIENCE);
    await card.getByText('2.5 points.', { exact: false }).waitFor();
    await card.getByRole('button', { name: 'Write it anew' }).click();
    await dialogOf(page).getByRole('textbox', { name: 'Comment', exact: true }).fill('Names no cost of it');
    await because(page, 'Write it anew');
    await card.getByText('Names no cost of it').waitFor(PATIENCE);
    expect(await card.count()).toBe(1);
    await page.getByLabel('Also those that were taken out').check();
    await expect.poll(() => card.count(), PATIENCE).toBe(2);
    await page.getByLabel('Item or criterion').selectOption({ label: 'Explain' });
    await page.getByText('There are no comments.').waitFor();
    await page.getByLabel('Item or criterion').selectOption('');
    await card.first().getByRole('button', { name: 'Take it out' }).click();
    await because(page, 'Take it out');
    await expect.poll(() => card.getByText('taken out', { exact: true }).count(), PATIENCE).toBe(2);
    const { comments } = (await staff()('GET', `/v1/staff/exams/${EXAM}/comments`)).body;
    expect(comments).toMatchObject([
      { text: 'Names no cost of it', itemId: 't2', points: 2.5, retiredBy: 'local-staff' },
      { text: 'Names no cost', itemId: 't2', points: 2.5, retiredBy: 'local-staff' },
    ]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('shows an auditor all of it and no act', { timeout: 180_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/seeds', as: 'auditor' });
    await page.getByRole('link', { name: 'nora' }).waitFor(PATIENCE);
    await page.getByRole('region', { name: 'All seeds' }).locator('li.card').first().waitFor(PATIENCE);
    for (const name of ['Propose a seed', 'End this seed', 'Grant the qualification'])
      expect(await page.getByRole('button', { name }).count(), name).toBe(0);
    await page.goto(`/console/exams/${EXAM}/comments`);
    await page.getByRole('heading', { level: 1, name: 'Comments: A small exam' }).waitFor(PATIENCE);
    expect(await page.getByRole('button', { name: 'Add a comment for everybody' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA, in ${language}, wide and narrow`, { timeout: 180_000 }, async () => {
      await staff()('POST', `/v1/staff/exams/${EXAM}/comments`, {
        test: 'aptitude',
        itemId: 't1',
        text: `In ${language}`,
        reason: 'agreed',
      });
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/console/seeds', as: 'staff' });
      await page
        .getByRole('region', { name: /^(All seeds|Alle Probearbeiten)$/ })
        .locator('li.card')
        .first()
        .waitFor(PATIENCE);
      await page.getByRole('link', { name: 'nora' }).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'seeds');
      await page.getByRole('button', { name: /^(Propose a seed|Probearbeit vorschlagen)$/ }).click();
      await dialogOf(page).waitFor();
      await expectAccessibleWideAndNarrow(page, 'proposing a seed');
      await page.goto('/console/graders/nora');
      await page
        .getByText(/^(Part by part|Teil für Teil)$/)
        .first()
        .click(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'training');
      await page.goto(`/console/exams/${EXAM}/comments`);
      await page.getByText(`In ${language}`).waitFor(PATIENCE);
      await page.getByRole('button', { name: /^(Add a comment|Kommentar für alle)/ }).click();
      await dialogOf(page).waitFor();
      await expectAccessibleWideAndNarrow(page, 'comments');
      expect(complaints).toEqual([]);
      await context.close();
    });
});
