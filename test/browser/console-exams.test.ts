import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issuerOf, type TestApi } from '../support/api.ts';
import { decidedScript } from '../support/decided.ts';
import { COLOR_SCHEMES, expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** The journey of an exam's author: check, propose, published by somebody else, seen by a candidate; and what is read of exams. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };

type Form = Record<string, unknown> & { aptitudeTest: { items: { type: string; correct?: string[]; choices?: (string | { id: string })[] }[] } };

describe.skipIf(noBrowser !== undefined)('the console, of exams', () => {
  let api: TestApi;
  let browser: Browser;
  let sample: Form;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages({ environment: { EXAM_PUBLICATION: 'two-persons' } }), startBrowser()]);
    sample = JSON.parse(await readFile(new URL('../../exams/software-architect.json', import.meta.url), 'utf8')) as Form;
    await api.publish();
    const credentials = await issuerOf(api.services);
    for (let count = 0; count < 12; count += 1)
      await decidedScript(api.services.store, {
        given: [
          { grader: 'one', points: [count % 5, 4] },
          { grader: 'other', points: [(count + (count % 3)) % 5, 3] },
        ],
        credentials,
      });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const file = (content: unknown) => ({
    name: 'exam.json',
    mimeType: 'application/json',
    buffer: Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
  });

  async function choose(page: Page, content: unknown): Promise<void> {
    await page.locator('input[type=file]').setInputFiles(file(content));
  }

  async function publishSample(version: number): Promise<void> {
    const body = { form: { ...sample, version }, reason: 'better items' };
    const { body: proposal } = await api.as('dana', 'designated')('POST', '/v1/exam-proposals', body);
    expect((await api.as('drew', 'designated')('POST', `/v1/exam-proposals/${proposal.id}/publication`)).status).toBe(200);
  }

  it(
    'is proposed by its author once it is right, published by a second person who reads what changed, and taken by a candidate',
    { timeout: 120_000 },
    async () => {
      await publishSample(5);
      const { context, page, complaints } = await openWindow(browser, { url: api.url });
      // Who writes exams alone begins with these, and finds nothing that is not theirs.
      await signIn(page, { path: '/console', as: 'designated' });
      await page.getByRole('heading', { level: 1, name: 'Exams' }).waitFor(PATIENCE);
      expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Exams', 'Exams', 'Reports', 'Standard setting']);
      await page.getByRole('link', { name: 'Propose a version' }).click();
      await choose(page, '{"examId": ');
      await page.getByText('This file is no JSON.', { exact: false }).waitFor(PATIENCE);
      await choose(page, { ...sample, version: 0, title: '' });
      await page.getByText('Something that was entered is not right yet.').waitFor(PATIENCE);
      await page.getByText('must be a whole number from 1 to 1000000').waitFor();
      const refusals = complaints.splice(0);
      expect(refusals.every((complaint) => complaint.includes('422'))).toBe(true);

      const changed = structuredClone({ ...sample, version: 6 });
      const item = changed.aptitudeTest.items.find(({ type }) => type === 'choice');
      const ids = (item?.choices ?? []).map((choice) => (typeof choice === 'string' ? choice : choice.id));
      if (item) item.correct = [ids.find((id) => !item.correct?.includes(id)) ?? ''];
      await choose(page, changed);
      await page.getByText(/^Nothing is wrong with it: .*, version 6/).waitFor(PATIENCE);
      await page.getByRole('heading', { name: 'What version 6 has otherwise than version 5' }).waitFor(PATIENCE);
      await page.getByText('turns results').first().waitFor();
      expect(await page.getByRole('button', { name: 'Propose', exact: true }).isDisabled()).toBe(true);
      await page.getByLabel(/^Reason/).fill('The key was wrong');
      await page.getByRole('button', { name: 'Propose', exact: true }).click();
      await page.getByText('You proposed this yourself.', { exact: false }).waitFor(PATIENCE);
      expect(await page.getByRole('button', { name: 'Publish this version' }).count()).toBe(0);
      const address = page.url();
      await context.close();

      const second = await openWindow(browser, { url: api.url });
      await signIn(second.page, { path: new URL(address).pathname, as: 'staff' });
      await second.page.getByRole('heading', { name: 'What version 6 has otherwise than version 5' }).waitFor(PATIENCE);
      await second.page.getByRole('button', { name: 'Publish this version' }).click();
      await second.page.getByRole('alertdialog').getByText('You answer for it together with local-designated.', { exact: false }).waitFor();
      await second.page.getByRole('alertdialog').getByRole('button', { name: 'Publish this version' }).click();
      await second.page.getByText('Published by local-staff.', { exact: false }).waitFor(PATIENCE);
      expect(second.complaints).toEqual([]);
      await second.context.close();

      const candidate = await openWindow(browser, { url: api.url });
      await signIn(candidate.page, { path: '/exam/exams/software-architect', as: 'candidate' });
      await candidate.page.getByRole('button', { name: 'Register' }).click();
      await candidate.page.getByRole('button', { name: 'Start the aptitude test' }).waitFor(PATIENCE);
      await candidate.context.close();
      const found = await api.as('local-candidate', 'candidate')('GET', '/v1/attempts');
      expect(found.body.attempts).toMatchObject([{ examVersion: 'software-architect@6' }]);
      expect(complaints).toEqual([]);
    },
  );

  it('is read, compared with another version, and retired by who writes exams', async () => {
    await publishSample(7);
    await publishSample(8);
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/exams/software-architect/8', as: 'designated' });
    await page.getByLabel('Compare with').selectOption({ label: `${String(sample['title'])}, version 7` });
    await page.getByRole('heading', { name: 'What version 8 has otherwise than version 7' }).waitFor(PATIENCE);
    await page.getByText('They are the same.').waitFor();
    await page.getByRole('button', { name: 'Retire this version' }).click();
    await page
      .getByRole('alertdialog')
      .getByLabel(/^Reason/)
      .fill('An item leaked');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Retire this version' }).click();
    await page.getByText('This version is retired', { exact: false }).waitFor(PATIENCE);
    expect((await api.as('anybody', 'candidate')('GET', '/v1/exams/software-architect')).body.version).toBe(7);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('tells an auditor how its items are marked, by their words, and offers no act', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console/exams/small/quality', as: 'auditor' });
    const table = page.getByRole('region', { name: /^Items of A small exam, version 1/ });
    await table.getByRole('row').nth(2).waitFor(PATIENCE);
    expect(await table.getByRole('row').count()).toBe(3);
    expect(await page.getByText(/^t1$/).count()).toBe(0);
    await page.goto('/console/exams/small/1');
    await page.getByRole('heading', { name: 'Rules' }).waitFor(PATIENCE);
    expect(await page.getByRole('button', { name: 'Retire this version' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  for (const language of LANGUAGES)
    it(`is without a violation of WCAG 2.2 AA, in ${language}, wide and narrow, light and dark`, async () => {
      const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(page, { path: '/console/exams', as: 'designated' });
      await page.getByRole('link', { name: /^(Propose a version|Fassung vorschlagen)$/ }).waitFor(PATIENCE);
      await page.getByRole('heading', { level: 2, name: 'A small exam' }).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, 'exams', COLOR_SCHEMES);
      await page.goto('/console/exams/propose');
      await choose(page, { ...sample, version: 99, policy: { passMarkPercent: 70 } });
      await page.getByRole('heading', { name: /^(Rules|Regeln)$/ }).waitFor(PATIENCE);
      for (const summary of await page.locator('details.card > summary').all()) await summary.click();
      await expectAccessibleWideAndNarrow(page, 'a proposal', COLOR_SCHEMES);
      expect(complaints).toEqual([]);
      await context.close();
      const staff = await openWindow(browser, { url: api.url, language, width: NARROW });
      await signIn(staff.page, { path: '/console/exams/small/quality', as: 'staff' });
      await staff.page.getByRole('region', { name: /^(Items of|Aufgaben von) A small exam/ }).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(staff.page, 'item quality', COLOR_SCHEMES);
      expect(staff.complaints).toEqual([]);
      await staff.context.close();
    });
});
