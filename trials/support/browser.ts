import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { examplePeople, type Person, type Role } from '../../local/tokens.ts';

/** The pages as a person has them: a browser of this machine, its windows, and the sign-in at the local issuer. */

/** Where distributions and installers put a Chromium that playwright-core can drive; it brings none. */
const EXECUTABLES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

const executablePath = EXECUTABLES.find((path) => existsSync(path));

/** Undefined where a browser can be started; else why its tests are skipped. */
export const noBrowser =
  executablePath === undefined ? `there is no Chromium here (looked for ${EXECUTABLES.join(', ')}): these tests are skipped` : undefined;

export async function startBrowser({ args = [] }: { args?: string[] } = {}): Promise<Browser> {
  if (executablePath === undefined) throw new Error(noBrowser);
  return chromium.launch({ executablePath, args });
}

/** A browser window of its own, in which whatever the console complains of fails the test. Give `complaints` to `expect` at the end. */
export async function openWindow(
  browser: Browser,
  { url, language = 'en', width = 1280, ...options }: { url: string; language?: string; width?: number } & BrowserContextOptions,
): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({ baseURL: url, locale: language, viewport: { width, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  return { context, page, complaints };
}

/** Opens an address of a door and signs in through the issuer's page as one of its people. */
export async function signIn(page: Page, { path, as }: { path: string; as: Role | Person }): Promise<void> {
  await page.goto(path);
  await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click();
  await page.getByRole('button', { name: nameOf(as) }).click();
  await page.getByRole('button', { name: /^(Menu|Menü) / }).waitFor();
}

const nameOf = (as: Role | Person) => (typeof as === 'string' ? examplePeople[as] : as).name;

/** As a crash does: no event tells the page that it ends. */
export async function killTab(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  // Never answered: there is nobody left to answer.
  session.send('Page.crash').catch(() => {});
  await crashed;
  await Promise.race([page.close(), new Promise((resolve) => setTimeout(resolve, 5000))]);
}

/** A new tab knows no token; the issuer may still know who it was. */
export async function signInAgain(page: Page, { path, as }: { path: string; as: Role | Person }): Promise<void> {
  await page.goto(path);
  await page.getByRole('button', { name: /^(Sign in|Anmelden)$/ }).click();
  const choice = page.getByRole('button', { name: nameOf(as) });
  await choice
    .or(page.getByRole('button', { name: /^(Menu|Menü) / }))
    .first()
    .waitFor();
  if (page.url().includes('/interaction/')) await choice.click();
}
