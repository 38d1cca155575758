import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExamForm } from '../../exams/form.ts';
import { startStack, type Stack } from '../../local/stack.ts';
import { examplePeople, peopleToBe, type Person } from '../../local/tokens.ts';
import { expectAccessible, expectSaved, WIDTHS } from '../support/pages.ts';
import { killTab, noBrowser, openWindow, signIn, signInAgain, startBrowser } from '../../trials/support/browser.ts';

/** A candidate's way from registration to certificate, in a real Chromium against the whole stack, with what goes wrong on it. */

if (noBrowser !== undefined) console.log(noBrowser);

const EXAM = 'journey';
const AGAIN = 'journey-again';
const PATIENCE = { timeout: 60_000 };

describe.skipIf(noBrowser !== undefined)('the exam room', () => {
  let stack: Stack;
  let browser: Browser;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certifiable-journey-'));
    [stack, browser] = await Promise.all([startStack({ dataDirectory: directory, persistent: false, log: () => {} }), startBrowser()]);
    await ask(examplePeople.designated, 'POST', '/v1/exams', await examForm(EXAM));
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  // oxlint-disable-next-line typescript/no-explicit-any -- the test compares a body with all that it expects of it
  async function ask(person: Person, method: string, path: string, body?: unknown): Promise<any> {
    const headers = { authorization: `Bearer ${await stack.token(person)}`, 'content-type': 'application/json' };
    const response = await fetch(`${stack.apiUrl}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  const candidate = examplePeople.candidate;
  async function fileRequest(path: string, accept = '*/*'): Promise<Request> {
    return new Request(`${stack.apiUrl}${path}`, { headers: { authorization: `Bearer ${await stack.token(candidate)}`, accept } });
  }
  const savedAnswers = async (attemptId: string): Promise<Record<string, unknown>> => {
    const { responses } = await ask(candidate, 'GET', `/v1/attempts/${attemptId}/aptitude-test`);
    return Object.fromEntries(responses.map(({ itemId, value }: { itemId: string; value: unknown }) => [itemId, value]));
  };

  /** Both graders mark all that waits, with full points. */
  async function markEverything(): Promise<number> {
    let marked = 0;
    for (const grader of peopleToBe.filter(({ roles }) => roles.includes('grader')))
      for (;;) {
        const assignment = await ask(grader, 'POST', '/v1/assignments/claims', {});
        if (assignment === undefined) break;
        const toMark = (assignment.responses ?? assignment.criteria) as { itemId: string; pointsMax: number }[];
        const marks = toMark.map(({ itemId, pointsMax }) => ({ itemId, points: pointsMax, reason: 'Right.' }));
        await ask(grader, 'POST', `/v1/assignments/${assignment.id}/completion`, { fencingToken: assignment.fencingToken, marks });
        marked += 1;
      }
    return marked;
  }

  /** In both languages, narrow and wide; then as it was. */
  async function inspect(page: Page, what: string): Promise<void> {
    for (const language of ['Deutsch', 'English']) {
      await page.getByRole('button', { name: /^(Menu|Menü) / }).click();
      await page.getByRole('menuitemradio', { name: language }).click();
      await page.getByRole('menu').waitFor({ state: 'detached' });
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await expectAccessible(page, `${what}, ${language}, ${width} px`);
      }
    }
  }

  const isSaved = (page: Page) => page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);
  const textBox = (page: Page, number: number) => page.getByRole('region', { name: `Question ${number}`, exact: true }).getByRole('textbox');

  it('leads from registration to certificate, over a cut connection and a killed tab, and nothing typed is lost', { timeout: 300_000 }, async () => {
    const { context, page, complaints } = await openWindow(browser, { url: stack.apiUrl });
    await signIn(page, { path: '/exam', as: 'candidate' });

    await page.getByRole('link', { name: 'Find out more and register' }).click();
    await page.getByRole('heading', { name: 'The way to the certificate' }).waitFor();
    await inspect(page, 'an exam');
    await page.getByRole('button', { name: 'Register' }).click();
    await page.getByRole('heading', { name: 'Registered' }).waitFor(PATIENCE);
    const attemptId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect(await page.getByText(/Start the aptitude test by/).isVisible()).toBe(true);
    await inspect(page, 'an attempt');

    await page.getByRole('button', { name: 'Start the aptitude test' }).click();
    await page.getByRole('button', { name: 'Start now' }).click();
    await page.getByRole('region', { name: 'Question 1', exact: true }).waitFor(PATIENCE);
    const { items } = await ask(candidate, 'GET', `/v1/attempts/${attemptId}/aptitude-test`);
    await inspect(page, 'the test');

    // Choices first, then text: half with a connection, half without.
    for (const [index, item] of items.entries())
      if (item.type === 'choice')
        await page
          .getByRole('region', { name: `Question ${index + 1}`, exact: true })
          .getByText(rightChoice(item), { exact: true })
          .click();
    const texts = items.flatMap((item: { type: string; id: string }, index: number) =>
      item.type === 'text' ? [{ itemId: item.id, number: index + 1 }] : [],
    );
    const typed: Record<string, string> = {};
    const type = async (where: Page, number: number, itemId: string, text: string) => {
      await textBox(where, number).press('Control+End');
      await textBox(where, number).pressSequentially(text);
      typed[itemId] = (typed[itemId] ?? '') + text;
    };
    for (const { itemId, number } of texts) await type(page, number, itemId, `Answer ${number}: with a connection; `);
    await isSaved(page);
    await context.setOffline(true);
    for (const { itemId, number } of texts) await type(page, number, itemId, 'without one — 日本語, עברית, émojis 🏛; ');
    await page.getByText(/No connection: \d answers? (is|are) kept on this device/).waitFor(PATIENCE);
    expect(await savedAnswers(attemptId)).not.toMatchObject(typed);
    await killTab(page);
    await context.setOffline(false);

    const again = await context.newPage();
    await signInAgain(again, { as: 'candidate', path: `/exam/attempts/${attemptId}/test` });
    await textBox(again, texts[0].number).waitFor(PATIENCE);
    await isSaved(again);
    for (const { itemId, number } of texts) {
      expect(await textBox(again, number).inputValue()).toBe(typed[itemId]);
      await type(again, number, itemId, 'and after the crash.');
    }
    await isSaved(again);
    expect(await savedAnswers(attemptId)).toMatchObject(typed);
    const keystrokes = Object.values(typed).reduce((sum, text) => sum + text.length, 0);
    expect(keystrokes).toBeGreaterThan(150);

    await again.getByRole('button', { name: 'Look through and hand in' }).click();
    await again.getByText('Every question has an answer.').waitFor();
    await inspect(again, 'the review');
    await again.goBack();
    await textBox(again, texts[0].number).waitFor();
    await again.goForward();
    await again.getByRole('button', { name: 'Hand in', exact: true }).click();
    await again.getByRole('heading', { name: 'Your receipt' }).waitFor(PATIENCE);
    await again.getByRole('button', { name: 'Check the receipt' }).click();
    await again.getByText('Genuine: signed by us').waitFor();
    for (const { itemId } of texts) expect(await again.getByText(typed[itemId] ?? '?').isVisible()).toBe(true);
    await inspect(again, 'a receipt');
    const submission = new URL(again.url()).pathname.split('/').at(-1) ?? '';
    const handedIn = await expectSaved(
      again.getByRole('button', { name: 'Save as text' }),
      await fileRequest(`/v1/attempts/${attemptId}/submissions/${submission}/document`),
    );
    expect(handedIn.toString()).toContain(typed[texts[0].itemId]);

    await again.getByRole('link', { name: 'To your attempt' }).click();
    await expect.poll(markEverything, PATIENCE).toBeGreaterThan(0);
    await again.getByRole('button', { name: 'Download the case study' }).waitFor(PATIENCE);
    await again.getByText('Passed', { exact: true }).waitFor(PATIENCE);
    await again.getByRole('button', { name: 'Why this score?' }).click();
    await again.getByText(/^Passed: .* is at least 50\.00 \/ 100, since \d+ is not less than \d+\. Shown rounded down/).waitFor(PATIENCE);
    const ofResult = `/v1/attempts/${attemptId}/results/aptitude`;
    const why = await expectSaved(again.getByRole('button', { name: 'Save as PDF' }), await fileRequest(`${ofResult}/explanation`));
    const feedback = await expectSaved(
      again.getByRole('button', { name: 'Feedback as PDF' }),
      await fileRequest(`${ofResult}/report`, 'application/pdf'),
    );
    for (const pdf of [why, feedback]) expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await inspect(again, 'a result');
    await again.getByRole('button', { name: 'Download the case study' }).click();
    await again.getByRole('button', { name: 'Download now' }).click();
    await again.getByRole('heading', { name: 'The task' }).waitFor(PATIENCE);

    // 12 MB in pieces, with the connection cut after the first; then nobody there, and the token taken for an old one, when it asks how far it came.
    const content = Buffer.from(`# My architecture\n${'A layer, and why. '.repeat(700_000)}`);
    let pieces = 0;
    const troubles = [503, 401];
    await again.route('**/uploads/*', async (route) => {
      const status = route.request().method() === 'HEAD' ? troubles.shift() : undefined;
      if (status !== undefined) return route.fulfill({ status });
      if (route.request().method() === 'PATCH') pieces += 1;
      if (pieces !== 2) return route.continue();
      pieces += 1;
      await context.setOffline(true);
      return route.abort('internetdisconnected');
    });
    await again.locator('input[type=file]').setInputFiles({ name: 'architecture.md', mimeType: 'text/markdown', buffer: content });
    await expect.poll(() => pieces, PATIENCE).toBe(3);
    await again.waitForTimeout(1500);
    await context.setOffline(false);
    await again.getByText('Complete', { exact: true }).waitFor(PATIENCE);
    expect(troubles).toEqual([]);
    await inspect(again, 'a case study');
    const { uploads } = await ask(candidate, 'GET', `/v1/attempts/${attemptId}/uploads`);
    expect(uploads).toMatchObject([{ fileName: 'architecture.md', sha256: createHash('sha256').update(content).digest('hex') }]);

    await again.getByRole('button', { name: 'Hand in …' }).click();
    await again.getByRole('alertdialog').getByRole('button', { name: 'Hand in', exact: true }).click();
    await again.getByRole('heading', { name: 'Your receipt' }).waitFor(PATIENCE);
    await again.getByRole('link', { name: 'To your attempt' }).click();
    await expect.poll(markEverything, PATIENCE).toBeGreaterThan(0);
    await again.getByRole('heading', { name: 'Your certificate' }).waitFor(PATIENCE);
    await again.getByText(candidate.name).first().waitFor();
    await inspect(again, 'a certificate');
    const ofCertificate = `/v1/attempts/${attemptId}/certificate`;
    const pdf = await expectSaved(again.getByRole('button', { name: 'Certificate as PDF' }), await fileRequest(`${ofCertificate}/document`));
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const credential = await expectSaved(again.getByRole('button', { name: 'Digital credential' }), await fileRequest(`${ofCertificate}/credential`));
    expect((JSON.parse(credential.toString()) as { proof?: unknown }).proof).toBeDefined();
    expect(await again.getByRole('heading', { name: 'Messages' }).isVisible()).toBe(true);
    expect(complaints.filter((text) => !/Failed to load resource|ERR_INTERNET_DISCONNECTED/.test(text))).toEqual([]);
    await context.close();
  });

  it('is told when a doubt about the certificate is settled on the console, which says before what that changes', async () => {
    const { attempts } = await ask(candidate, 'GET', '/v1/attempts');
    const { id: certificateId } = await ask(candidate, 'GET', `/v1/attempts/${attempts[0].id}/certificate`);
    const second: Person = { subject: 'second-staff', name: 'Lea', roles: ['staff'] };
    const confirm = ({ id }: { id: string }) => ask(second, 'POST', `/v1/staff/proposed-acts/${id}/confirmation`);
    await confirm(await ask(examplePeople.staff, 'POST', `/v1/staff/certificates/${certificateId}/corrections`, { reason: 'A doubt' }));
    const { context, page, complaints } = await openWindow(browser, { url: stack.apiUrl });
    await signIn(page, { path: '/console/corrections', as: 'staff' });
    await page.getByRole('heading', { name: `Certificate ${certificateId}` }).waitFor(PATIENCE);
    await page.getByRole('button', { name: 'Settle it' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByLabel(/^Reason/).fill('The doubt is gone');
    await dialog.getByText('It is valid again').click();
    await dialog.getByRole('heading', { name: 'What this changes' }).waitFor();
    await expectAccessible(page, 'settling a doubt');
    await dialog.getByRole('button', { name: 'Settle it' }).click();
    await dialog.waitFor({ state: 'detached', ...PATIENCE });
    const { acts } = await ask(second, 'GET', '/v1/staff/proposed-acts?which=waiting');
    expect(acts).toMatchObject([{ operation: 'settleCorrection', reason: 'The doubt is gone' }]);
    await confirm(acts[0]);
    await page.getByText('reinstated', { exact: true }).waitFor(PATIENCE);
    const { corrections } = await ask(examplePeople.staff, 'GET', '/v1/staff/corrections');
    expect(corrections).toMatchObject([{ certificateId, resolution: 'reinstated', resolvedReason: 'The doubt is gone' }]);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('goes on in each of several tabs once an API that was gone is back, with all that was typed meanwhile', { timeout: 300_000 }, async () => {
    await ask(examplePeople.designated, 'POST', '/v1/exams', await examForm(AGAIN));
    const { id: attemptId } = await ask(candidate, 'POST', '/v1/attempts', { examId: AGAIN });
    const { items } = await ask(candidate, 'POST', `/v1/attempts/${attemptId}/aptitude-test`);
    const [first, second] = items.flatMap(({ type, id }: { type: string; id: string }, index: number) =>
      type === 'text' ? [{ itemId: id, number: index + 1 }] : [],
    );
    const { context, page } = await openWindow(browser, { url: stack.apiUrl });
    const path = `/exam/attempts/${attemptId}/test`;
    await signIn(page, { path, as: 'candidate' });
    const other = await context.newPage();
    await signInAgain(other, { path, as: 'candidate' });
    const { context: staffContext, page: consolePage } = await openWindow(browser, { url: stack.apiUrl });
    await signIn(consolePage, { path: '/console', as: 'staff' });
    await textBox(page, first.number).pressSequentially('Before. ');
    await textBox(other, second.number).pressSequentially('Before, there. ');
    await Promise.all([isSaved(page), isSaved(other)]);

    await stack.processes['api']?.kill();
    await textBox(page, first.number).pressSequentially('While it was gone. ');
    await textBox(other, second.number).pressSequentially('While it was gone, there. ');
    for (const tab of [page, other]) await tab.getByText(/No connection: 1 answer is kept on this device/).waitFor(PATIENCE);
    await stack.processes['api']?.start();
    await textBox(page, first.number).pressSequentially('After.');
    await textBox(other, second.number).pressSequentially('After, there.');
    await Promise.all([isSaved(page), isSaved(other)]);
    expect(await savedAnswers(attemptId)).toMatchObject({
      [first.itemId]: 'Before. While it was gone. After.',
      [second.itemId]: 'Before, there. While it was gone, there. After, there.',
    });
    await consolePage.getByRole('searchbox').fill(candidate.name);
    await consolePage.getByRole('link', { name: candidate.name }).first().waitFor(PATIENCE);
    await Promise.all([context.close(), staffContext.close()]);
  });
});

function rightChoice(item: { choices: { text: string }[] }): string {
  return item.choices[0]?.text ?? '';
}

async function examForm(examId: string): Promise<ExamForm> {
  const form = JSON.parse(await readFile(new URL('../../exams/software-architect.json', import.meta.url), 'utf8')) as ExamForm;
  const { items } = form.aptitudeTest;
  const choices = items.filter(({ type }) => type === 'choice').slice(0, 1);
  const texts = items.filter(({ type }) => type === 'text').slice(0, 2);
  return {
    ...form,
    examId,
    version: 1,
    title: 'The journey',
    policy: { ...form.policy, appealWindow: 'PT0S', marking: 'single', passMarkPercent: 50 },
    aptitudeTest: { ...form.aptitudeTest, items: [...choices, ...texts] },
    caseStudies: form.caseStudies.slice(0, 1),
  };
}
