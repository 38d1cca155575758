import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { examplePeople } from '../../local/tokens.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { issuerOf, type TestApi } from '../support/api.ts';
import { startPages, WIDTHS } from '../support/pages.ts';

/** Takes the pictures of appeals and complaints for docs/pages/, and of why one that was disputed, adjudicated and appealed scored so (docs/why-this-score.md), as page and PDF. */

if (noBrowser !== undefined) throw new Error(noBrowser);

const BYTES_MAX = 250_000;
const EXAM = 'appealed';
const documents = fileURLToPath(new URL('../../docs', import.meta.url));
const day = 86_400_000;
let api: TestApi;
let browser: Browser;
let answered: string;
let toAppeal: string;

beforeAll(async () => {
  [api, browser] = await Promise.all([startPages(), startBrowser(), mkdir(`${documents}/pages`, { recursive: true })]);
  await api.publish(smallExam({ appealWindowSeconds: 14 * 86_400, appealFee: 'required', tolerance: 2000 }, EXAM));
  await api.publish(smallExam({ appealWindowSeconds: 14 * 86_400 }));
  const { subject, name } = examplePeople.candidate;
  const person = { subject, name };
  const own = await failed(person, EXAM);
  answered = own.attemptId;
  const { store } = api.services;
  await store.appeals.file({
    attemptId: answered,
    subject,
    feeReference: 'INV-2026-1107',
    items: [
      { itemId: 't1', reason: 'overlooked', text: 'The second half of my answer names the price of the decision.' },
      { itemId: 't2', reason: 'against_criteria', text: 'What the model answer asks for is all there.' },
    ],
  });
  await marked(own.submissionId, { seat: 4, grader: 'frida', points: { t1: 4, t2: 2 } });
  const [appeal] = await store.appeals.ofAttempt(answered);
  await store.appeals.answer({ attemptId: answered, appealId: appeal?.id ?? '' }, await issuerOf(api.services));
  ({ attemptId: toAppeal } = await failed(person, 'small'));
  const other = await failed({ subject: 'other', name: 'Björn Beispiel' }, 'small');
  await store.appeals.file({ ...other, items: [{ itemId: 't1', reason: 'misread', text: 'I meant the interface, not the module behind it.' }] });
  const complained = { about: 'system', text: 'The page stood still for a minute while my time ran.' } as const;
  const { complaintId } = await store.complaints.file({ attemptId: toAppeal, subject, ...complained });
  await store.complaints.answer({
    complaintId,
    actor: 'sam',
    text: 'You are right, and we are sorry: everybody who was in a test got these two minutes back.',
  });
  await store.complaints.file({ ...other, about: 'behaviour', text: 'Whoever answered the telephone laughed at my question.' });
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

type Marks = { readonly seat: number; readonly grader: string; readonly points: Readonly<Record<string, number>> };

async function marked(submissionId: string, { seat, grader, points }: Marks, purpose: 'mark' | 'adjudicate' = 'mark'): Promise<void> {
  const { assignments } = api.services.store;
  const itemIds = Object.keys(points);
  await assignments.open({ submissionId, purpose, seats: [seat], itemIds, dueAt: new Date(Date.now() + day) });
  const held = await assignments.claim({ grader, designated: purpose === 'adjudicate' });
  const marks = itemIds.map((itemId) => ({ itemId, points: points[itemId] ?? 0, reason: 'The price of the decision is not named.' }));
  await assignments.complete({ assignmentId: held?.id ?? '', grader, fencingToken: held?.fencingToken ?? 0, marks });
}

/** 5 + 5 by the key; 1 and 4.5, of which a third grader made 2; 3 and 3: 15 of 20, failed. */
async function failed({ subject, name }: { subject: string; name: string }, examId: string) {
  const { attempts, sittings, decisions } = api.services.store;
  const { attemptId } = await attempts.register({ subject, name, examId });
  await attempts.beginTakingAppeals(attemptId);
  await sittings.start({ attemptId, subject });
  const answers = { c1: ['a'], c2: ['a', 'b'], t1: 'Because it hides what may change, at the price of a call.', t2: 'So that others can change.' };
  for (const [itemId, value] of Object.entries(answers)) await sittings.saveResponse({ attemptId, subject, itemId, value, sequence: 1 });
  const frozen = await sittings.submit({ attemptId, subject, test: 'aptitude' });
  if (frozen.kind !== 'frozen' || !frozen.submission) throw new Error('it was not frozen');
  const { submissionId } = frozen.submission;
  await marked(submissionId, { seat: 1, grader: 'gil', points: { t1: 1, t2: 3 } });
  await marked(submissionId, { seat: 2, grader: 'gwen', points: { t1: 4.5, t2: 3 } });
  await marked(submissionId, { seat: 3, grader: 'dora', points: { t1: 2 } }, 'adjudicate');
  const of = (itemId: string, points: number, basis: 'machine' | 'agreed' | 'adjudicated') =>
    ({ itemId, millipoints: points * 1000, millipointsMax: 5000, basis }) as const;
  const items = [of('c1', 5, 'machine'), of('c2', 5, 'machine'), of('t1', 2, 'adjudicated'), of('t2', 3, 'agreed')];
  const score = { millipoints: 15_000, millipointsMax: 20_000 };
  const entry = (itemId: string, title: string, points: number) => ({
    itemId,
    title,
    points,
    pointsMax: 5,
    remarks: ['The price of the decision is not named.'],
  });
  const entries = [entry('t1', 'Explain', 2), entry('t2', 'Explain more', 3)];
  await decisions.publish({ attemptId, submissionId, test: 'aptitude', round: 1, passed: false, score, items }, await issuerOf(api.services));
  await decisions.keepFeedback({ attemptId, test: 'aptitude', round: 1, entries });
  return { attemptId, subject, submissionId };
}

async function take(page: Page, name: string, shown?: string): Promise<void> {
  await expect.poll(() => page.locator('.loading').count(), { timeout: 30_000 }).toBe(0);
  expect(await page.locator('.note.trouble').allInnerTexts(), name).toEqual([]);
  // It would stand over what is taller than the window.
  if (shown !== undefined)
    await page
      .locator('header')
      .first()
      .evaluate((header) => (header.style.position = 'static'));
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const path = `${documents}/pages/${name}-${width}.png`;
    const picture = shown === undefined ? await page.screenshot({ path }) : await page.locator(shown).first().screenshot({ path });
    expect(picture.length, name).toBeLessThan(BYTES_MAX);
  }
}

it('takes the pictures of what candidates file', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: `/exam/attempts/${toAppeal}`, as: 'candidate' });
  await page.getByText('Appeal the result: ', { exact: false }).click();
  await page.getByText('Explain: 2 of 5 points').click();
  await page.getByLabel('In your own words').fill('The second half of my answer names the price.');
  await take(page, 'exam-appeal', 'section[aria-labelledby="appeals"]');
  await page.getByText('Complain of something that went wrong').click();
  await take(page, 'exam-complaint', 'section[aria-labelledby="complaints"]');
  await page.goto(`/exam/attempts/${answered}`);
  await page.getByText('Some of what you named has more points now', { exact: false }).waitFor();
  await take(page, 'exam-appeal-answered');
});

it('takes the pictures of what staff answer', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: '/console/appeals', as: 'staff' });
  await page.getByRole('heading', { name: 'Fees to pay back' }).waitFor();
  await take(page, 'console-appeals');
  await page.goto('/console/complaints');
  await page.getByText('Whoever answered the telephone', { exact: false }).first().waitFor();
  await take(page, 'console-complaints');
});

it('takes the page and the PDF of why an appealed attempt scored so', async () => {
  const { page } = await openWindow(browser, { url: api.url, colorScheme: 'light' });
  await signIn(page, { path: `/console/attempts/${answered}`, as: 'staff' });
  await page.getByRole('button', { name: 'Why this score?' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('textbox').fill('the candidate asked');
  await dialog.getByRole('button', { name: 'Read' }).click();
  await page.getByText('What was appealed').or(page.locator('section[aria-label="What was appealed"]')).first().waitFor();
  const answer = page.locator('article.card', { has: page.locator('section[aria-label="What was appealed"]') });
  for (const part of await answer.locator('details > summary').all()) await part.click();
  await take(page, 'why-appealed', 'article.card:has(section[aria-label="What was appealed"])');

  const token = await api.issuer.token({ subject: 'sam', roles: ['staff'] });
  const response = await fetch(`${api.url}/v1/staff/attempts/${answered}/results/aptitude/explanation-reading`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'the candidate asked' }),
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/pdf']);
  await writeFile(`${documents}/why-this-score-appealed.pdf`, Buffer.from(await response.arrayBuffer()));
});
