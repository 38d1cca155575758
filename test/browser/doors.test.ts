import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePages, firstLoads } from '../../local/pages.ts';
import type { Role } from '../../local/tokens.ts';
import { registeredAttempt, type TestApi } from '../support/api.ts';
import { expectAccessibleWideAndNarrow, LANGUAGES, NARROW, startPages, WIDTHS } from '../support/pages.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';

/** The doors as people come in: real Chromium, real API, and the local issuer's page. Tests of pages are written like these. */

if (noBrowser !== undefined) console.log(noBrowser);

const DOORS = [
  { path: '/desk', as: 'grader', heading: { en: 'Your desk', de: 'Ihr Arbeitsplatz' } },
  { path: '/console', as: 'staff', heading: { en: 'Attempts', de: 'Versuche' } },
  { path: '/exam', as: 'candidate', heading: { en: 'Your exams', de: 'Ihre Prüfungen' } },
] as const satisfies readonly { path: string; as: Role; heading: object }[];

/** React marks what it has drawn. */
const isReactThere = "Object.keys(document.getElementById('root')).some((key) => key.startsWith('__reactContainer'))";

/** What the sign-in page shows, and where. */
const looksOf = (page: Page) =>
  page.evaluate(`[...document.querySelectorAll('.frame-header, .brand, .person, main, .card, h1, p:not([hidden]), main button')].map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    return [part.tagName, part.innerText.trim().replace(/\\s+/g, ' '), Math.round(x), Math.round(y), Math.round(width), Math.round(height)].join(' ');
  })`);

describe.skipIf(noBrowser !== undefined)('a door', () => {
  let api: TestApi;
  let browser: Browser;
  beforeAll(async () => {
    api = await startPages();
    await api.publish();
    await registeredAttempt(api.as('local-candidate', 'candidate'));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  for (const { path, as, heading } of DOORS)
    for (const language of LANGUAGES)
      it(`${path} lets a ${as} in, without a violation of WCAG 2.2 AA, in ${language}, wide and narrow`, async () => {
        const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width: NARROW });
        await page.goto(path);
        await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).waitFor();
        await expectAccessibleWideAndNarrow(page, `${path} before signing in`);
        await signIn(page, { path, as });
        await page.getByRole('heading', { level: 1, name: heading[language] }).waitFor();
        await page.waitForFunction(
          () => !(globalThis as unknown as { document: { querySelector(s: string): unknown } }).document.querySelector('.loading'),
        );
        await expectAccessibleWideAndNarrow(page, path);
        expect(new URL(page.url()).pathname).toBe(path);
        expect(complaints).toEqual([]);
        await context.close();
      });

  for (const { path } of DOORS)
    for (const language of LANGUAGES)
      for (const width of WIDTHS)
        it(`${path} has a sign-in page that runs none of its pages and looks as theirs does, in ${language} at ${width} px`, async () => {
          const { context, page, complaints } = await openWindow(browser, { url: api.url, language, width });
          await page.goto(path);
          await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).waitFor();
          expect(await page.locator('html').getAttribute('lang')).toBe(language);
          expect(await page.evaluate(isReactThere)).toBe(false);
          const before = await looksOf(page);
          await page.getByRole('button', { name: /Menu|Menü/ }).click();
          await page.getByRole('menuitemradio', { name: 'English' }).waitFor();
          expect(await page.evaluate(isReactThere)).toBe(true);
          await page.keyboard.press('Escape');
          await page.getByRole('menu').waitFor({ state: 'detached' });
          expect(await looksOf(page)).toEqual(before);
          expect(complaints).toEqual([]);
          await context.close();
        });

  it('speaks the language that was chosen, also before signing in and after a reload', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await page.goto('/exam');
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('menuitemradio', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Prüfungsraum' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Prüfungsraum' }).waitFor();
    await page.getByRole('button', { name: 'Anmelden' }).click();
    await page.getByRole('button', { name: 'Cleo Candidate' }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('says so when the issuer does not answer, and lets one in once it does', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await context.route(`${api.issuer.url}/**`, (route) => route.abort());
    await page.goto('/desk');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await context.unroute(`${api.issuer.url}/**`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Gil Grader' }).click();
    await page.getByRole('heading', { level: 1, name: 'Your desk' }).waitFor();
    await context.close();
  });

  it('says so where the connection is lost before its scripts are there, and lets one in once it is back', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    // Those that are fetched ahead never come.
    await context.route(/assets\/(?!main|open|exam|language|sign-in|doors|preload)/, (route) =>
      route.request().url().endsWith('.css') ? route.continue() : route.abort(),
    );
    await page.goto('/exam');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('No answer came. Check your connection').waitFor();
    await context.unrouteAll();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Cleo Candidate' }).waitFor();
    await context.close();
  });

  it('keeps tokens in the session of one tab alone, and forgets them when one signs out', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/exam', as: 'candidate' });
    const kept = () => page.evaluate('[JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage }), document.cookie]');
    const [session, local, cookie] = (await kept()) as [string, string, string];
    expect(session).toContain('access_token');
    expect(local).not.toContain('token');
    expect(cookie).toBe('');
    await page.getByRole('button', { name: /^Menu / }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await kept()).toEqual(['{}', local, '']);
    await context.close();
  });

  it('tells who has no role for it so, and where theirs are', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/desk', as: 'candidate' });
    await page.getByRole('heading', { name: 'This door is not yours' }).waitFor();
    expect(await page.getByRole('link', { name: 'Exam room' }).getAttribute('href')).toBe('/exam');
    await context.close();
  });

  it('sends a request again with a new token when the one it had is refused', async () => {
    const { context, page } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/exam', as: 'candidate' });
    await page.getByRole('heading', { level: 1, name: 'Your exams' }).waitFor();
    await page.evaluate(`for (const [key, value] of Object.entries(sessionStorage)) if (value.includes('access_token'))
      sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(value), access_token: 'spoilt' }))`);
    const refused = page.waitForResponse((response) => response.url().endsWith('/v1/exams') && response.status() === 401);
    await page.reload();
    await refused;
    await page.getByText('Small exam').or(page.locator('article h3')).first().waitFor();
    await context.close();
  });
});

describe('the doors without a browser', () => {
  it('load less than 5 kB of script each before one signs in, and less than 160 kB before the first page after it, compressed', async () => {
    await ensurePages({ log: () => {} });
    const loads = await firstLoads();
    expect(loads.map(({ door }) => door)).toEqual(['desk', 'console', 'exam']);
    for (const { door, signInBytes, scriptBytes } of loads) {
      expect(signInBytes, door).toBeGreaterThan(500);
      expect(signInBytes, door).toBeLessThan(5000);
      expect(scriptBytes, door).toBeGreaterThan(50_000);
      expect(scriptBytes, door).toBeLessThan(160_000);
    }
  });
});
