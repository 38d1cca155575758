import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openAssignments, startedAttempt, submittedAttempt, type TestApi } from '../support/api.ts';
import { createShiftedClock } from '../support/clock.ts';
import { points, reason } from '../../trials/support/desk.ts';
import { expectAccessible, startPages } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/**
 * An hour without a network while somebody types, on every clock at once: the browser's, PostgreSQL's, and that of API and issuer, by
 * which tokens end. The hour itself passes in a moment.
 */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const HOUR_SECONDS = 3660;
/** Longer than a session at the issuer. */
const NIGHT_SECONDS = 13 * 3600;

describe.skipIf(noBrowser !== undefined)('an hour without a network', () => {
  const time = createShiftedClock();
  let api: TestApi;
  let browser: Browser;
  let passedSeconds = 0;
  let candidates = 0;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages({ clock: time.clock }), startBrowser()]);
    await api.publish();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  async function window(path: string, as: 'candidate' | 'grader'): Promise<{ context: BrowserContext; page: Page }> {
    const { context, page } = await openWindow(browser, { url: api.url });
    await page.clock.install({ time: new Date() });
    await signIn(page, { path, as });
    return { context, page };
  }

  /** Without a network from here; what the page does meanwhile by itself, it does. */
  async function pass(page: Page, seconds: number, lid: 'open' | 'closed'): Promise<void> {
    passedSeconds += seconds;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + passedSeconds * 1000, shouldAdvanceTime: true });
    time.advanceSeconds(seconds);
    // A lid that is closed for so long lets each timer end once, and later; one that is open, all of them.
    await (lid === 'closed' ? page.clock.fastForward(seconds * 1000) : page.clock.runFor(seconds * 1000));
  }

  const isSaved = (page: Page) => page.getByTestId('save-state').getByText('Saved', { exact: true }).waitFor(PATIENCE);
  const textBox = (page: Page, number: number) => page.getByRole('region', { name: `Question ${number}`, exact: true }).getByRole('textbox');
  const savedAnswer = async (attemptId: string, itemId: string) => {
    const { body } = await api.as('local-candidate', 'candidate')('GET', `/v1/attempts/${attemptId}/aptitude-test`);
    return body.responses.find((response: { itemId: string }) => response.itemId === itemId)?.value as unknown;
  };

  it('costs a candidate nothing that was typed, and the clock goes on as the server says', { timeout: 180_000 }, async () => {
    const attemptId = await startedAttempt(api.as('local-candidate', 'candidate'));
    const { context, page } = await window(`/exam/attempts/${attemptId}/test`, 'candidate');
    await textBox(page, 3).pressSequentially('Before; ');
    await isSaved(page);
    await context.setOffline(true);
    await textBox(page, 3).pressSequentially('without a network; ');
    await page.getByText('No connection: 1 answer is kept on this device and is sent by itself').waitFor(PATIENCE);
    await pass(page, HOUR_SECONDS, 'open');
    await textBox(page, 3).pressSequentially('an hour later.');
    expect(await savedAnswer(attemptId, 't1')).toBe('Before; ');
    await page.getByText(/Time left (0:)?2\d:\d\d/).waitFor(PATIENCE);
    await context.setOffline(false);
    await isSaved(page);
    expect(await savedAnswer(attemptId, 't1')).toBe('Before; without a network; an hour later.');
    await context.close();
  });

  /** At the desk of Gil, with a script in hand that has its first words saved. */
  async function marking(): Promise<{ context: BrowserContext; page: Page; id: string }> {
    const { submissionId } = await submittedAttempt(api.as(`hour-candidate-${(candidates += 1)}`, 'candidate'));
    await openAssignments(api, submissionId);
    const { context, page } = await window('/desk', 'grader');
    await page.getByRole('button', { name: 'Take the next one' }).click();
    await points(page, 1).fill('3');
    await reason(page, 1).pressSequentially('Before; ');
    await isSaved(page);
    await context.setOffline(true);
    await reason(page, 1).pressSequentially('without a network; ');
    await page.getByText('No connection: 1 mark is kept on this device and is sent by itself').waitFor(PATIENCE);
    return { context, page, id: new URL(page.url()).pathname.split('/').at(-1) ?? '' };
  }

  async function handIn(id: string): Promise<void> {
    const grader = api.as('local-grader', 'grader');
    const { fencingToken } = (await grader('GET', `/v1/assignments/${id}`)).body;
    const marks = ['t1', 't2'].map((itemId) => ({ itemId, points: 5, reason: '' }));
    expect((await grader('POST', `/v1/assignments/${id}/completion`, { fencingToken, marks })).status).toBe(200);
  }

  const TYPED = 'Before; without a network; later.';

  it('costs a grader nothing whose lease ran out and whose script nobody took', { timeout: 180_000 }, async () => {
    const { context, page, id } = await marking();
    await pass(page, HOUR_SECONDS, 'closed');
    await reason(page, 1).pressSequentially('later.');
    await context.setOffline(false);
    await isSaved(page);
    const { body } = await api.as('local-grader', 'grader')('GET', `/v1/assignments/${id}`);
    expect(body.draft).toMatchObject([{ itemId: 't1', points: 3, reason: TYPED }]);
    // Out of the way of the next.
    await handIn(id);
    await context.close();
  });

  it('leaves a grader whose script was taken over with what they typed, and tells them so', { timeout: 180_000 }, async () => {
    const { context, page, id } = await marking();
    await pass(page, HOUR_SECONDS, 'closed');
    const taken = await api.as('hour-other', 'grader')('POST', '/v1/assignments/claims');
    expect(taken.body.id).toBe(id);
    await reason(page, 1).pressSequentially('later.');
    await context.setOffline(false);
    await page.getByText('Your time with this script ran out and somebody else may have taken it over.').waitFor(PATIENCE);
    await page.getByText('What you typed is kept as your draft.').waitFor();
    expect(await reason(page, 1).inputValue()).toBe(TYPED);
    const other = api.as('hour-other', 'grader');
    await other('POST', `/v1/assignments/${id}/release`, { fencingToken: taken.body.fencingToken, reason: 'no_time' });
    await page.getByRole('link', { name: 'Back to the desk' }).first().click();
    await page.getByRole('button', { name: 'Take the next one' }).click();
    await reason(page, 1).waitFor(PATIENCE);
    expect(new URL(page.url()).pathname).toContain(id);
    expect(await reason(page, 1).inputValue()).toBe(TYPED);
    await isSaved(page);
    await handIn(id);
    await context.close();
  });

  it('and a night, after which the session is over: one signs in again, and what was typed is sent', { timeout: 180_000 }, async () => {
    const { context, page, id } = await marking();
    await pass(page, NIGHT_SECONDS, 'closed');
    await reason(page, 1).pressSequentially('later.');
    await context.setOffline(false);
    const note = page.getByRole('alert').filter({ hasText: 'What you typed is kept on this device and is sent once you are signed in again.' });
    await note.waitFor(PATIENCE);
    await expectAccessible(page, 'a session that has ended');
    await note.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByRole('button', { name: 'Gil Grader' }).click();
    await reason(page, 1).waitFor(PATIENCE);
    expect(await reason(page, 1).inputValue()).toBe(TYPED);
    await isSaved(page);
    const { body } = await api.as('local-grader', 'grader')('GET', `/v1/assignments/${id}`);
    expect(body.draft).toMatchObject([{ itemId: 't1', points: 3, reason: TYPED }]);
    await context.close();
  });
});
