import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { startIssuer } from '../../local/issuer.ts';
import { ensurePages } from '../../local/pages.ts';
import { freePort } from '../../local/ports.ts';
import { audience, PAGES_CLIENT_ID, requestToken, type Role } from '../../local/tokens.ts';
import type { Environment } from '../../platform/config.ts';
import type { Clock } from '../../store/context.ts';
import { startTestApi, type TestApi } from './api.ts';

/** The pages in a browser, against the real API and the local issuer, whose people sign in by its page. */

export const WIDTHS = [390, 1280] as const;
export const LANGUAGES = ['en', 'de'] as const;
export const NARROW = WIDTHS[0];
export const COLOR_SCHEMES = ['light', 'dark'] as const;

/** The API with its pages, built if need be. Its people are those of the local issuer: `examplePeople`. */
export async function startPages({
  environment = {},
  clock,
  frontEndUrl,
}: { environment?: Environment; clock?: Clock; frontEndUrl?: string } = {}): Promise<TestApi> {
  await ensurePages({ log: () => {} });
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-issuer-'));
  const [port, issuerPort] = await Promise.all([freePort({ purpose: 'API', log: () => {} }), freePort({ purpose: 'issuer', log: () => {} })]);
  const url = `http://127.0.0.1:${issuerPort}`;
  const server: Server = await startIssuer({
    port: issuerPort,
    keyFile: join(directory, 'key.json'),
    pagesUrl: `http://127.0.0.1:${port}`,
    frontEndUrl,
  });
  const closeIssuer = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });
  };
  const api = await startTestApi({
    port,
    ...(clock && { clock }),
    environment: { OIDC_AUDIENCE: audience, WEB_CLIENT_ID: PAGES_CLIENT_ID, ...environment },
    issuer: {
      url,
      token: ({ subject, roles, name = `Name of ${subject}`, expiresInSeconds = 600 }) =>
        requestToken(url, { subject, name, roles: roles as Role[], expiresInSeconds }),
      close: closeIssuer,
    },
  });
  return {
    ...api,
    close: async () => {
      await api.close();
      await closeIssuer();
    },
  };
}

/** What a button saves. */
export async function savedBy(button: Locator): Promise<{ readonly name: string; readonly bytes: Buffer }> {
  const saving = button.page().waitForEvent('download', { timeout: 60_000 });
  await button.click();
  const file = await saving;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** A button saves what the API answers this request with, to the byte and under its name. */
export async function expectSaved(button: Locator, request: Request): Promise<Buffer> {
  const { name, bytes } = await savedBy(button);
  const answer = await fetch(request);
  expect([answer.status, answer.headers.get('content-disposition')]).toEqual([200, expect.stringMatching(new RegExp(`filename="?${name}"?$`))]);
  expect(digestOf(bytes)).toEqual(digestOf(Buffer.from(await answer.arrayBuffer())));
  return bytes;
}

function digestOf(bytes: Buffer) {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** WCAG 2.2 A and AA, and that nothing is wider than the window. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await axeScript);
  const found = await page.evaluate(async () => {
    // oxlint-disable-next-line typescript/no-explicit-any -- put into the page by the above, of which the compiler knows nothing
    const { axe } = globalThis as any;
    // React Aria's announcer keeps for some seconds what it said of a button that is gone by then.
    const { violations }: AxeResults = await axe.run(
      { exclude: [['[data-live-announcer]']] },
      // What passes is neither described nor sent here: a page has thousands of those.
      { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] },
    );
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
  expect(found, what).toEqual([]);
  const overflow = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = (globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } })
      .document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(overflow, `${what}: wider than the window by`).toBe(0);
}

/** The same wide and narrow, in each of these colours. The window stays narrow, where what is done next is harder. */
export async function expectAccessibleWideAndNarrow(
  page: Page,
  what: string,
  colorSchemes: readonly (typeof COLOR_SCHEMES)[number][] = ['light'],
): Promise<void> {
  for (const width of WIDTHS.toReversed()) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of colorSchemes) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(untilStill);
      await expectAccessible(page, `${what}, at ${width} px, ${colorScheme}`);
    }
  }
}

/** Colours change over some time, and have too little contrast in between. */
const untilStill = `Promise.allSettled(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime < Infinity).map((one) => one.finished)).then(() => undefined)`;

const axeScript = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
