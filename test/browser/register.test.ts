import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certified, registered, suspend } from '../support/register.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { COLOR_SCHEMES } from '../support/pages.ts';
import type { RegisterEntry } from '../../domain/register.ts';
import { noBrowser, startBrowser } from '../../trials/support/browser.ts';

/** The public register as people meet it: in a real Chromium, against the real API. */

if (noBrowser !== undefined) console.log(noBrowser);

describe.skipIf(noBrowser !== undefined)('the register in a browser', () => {
  let api: TestApi;
  let browser: Browser;
  let entry: RegisterEntry;
  let issued: { readonly certificateId: string; readonly file: string };
  beforeAll(async () => {
    api = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
    await api.publish();
    browser = await startBrowser();
    entry = await registered(api, { name: 'محمد عبد الله', number: 'SA-1' });
    const { certificateId, credential } = await certified(api, { name: 'Zoë O’Neill' });
    issued = { certificateId, file: JSON.stringify(credential) };
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  /** A page of its own; whatever its console complains of, a blocked script for one, fails the test. */
  async function open(path: string, use: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext({ baseURL: api.url, ...options });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(path);
      await use(page);
      expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const withoutScript = { javaScriptEnabled: false };

  async function search(page: Page, { certificate, name }: { certificate: string; name: string }): Promise<void> {
    await page.getByLabel('Certificate id or number').fill(certificate);
    await page.getByLabel('Name on the certificate').fill(name);
    await page.getByRole('button', { name: 'Look up' }).click();
  }

  describe('without a script', () => {
    it('finds a certificate by number and name, and shows it under an address without the name', async () => {
      await open(
        '/register',
        async (page) => {
          await search(page, { certificate: 'SA-1', name: entry.name });
          expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(entry.name);
          expect(await page.getByText('This certificate is genuine and in force.').isVisible()).toBe(true);
          expect(page.url()).toBe(`${api.url}/register/${entry.certificateId}`);
        },
        withoutScript,
      );
    });

    it('says that nothing was found, and keeps what was typed', async () => {
      await open(
        '/register',
        async (page) => {
          await search(page, { certificate: 'SA-1', name: 'Grace Hopper' });
          expect(await page.getByRole('alert').textContent()).toContain('Not found');
          expect(await page.getByLabel('Name on the certificate').inputValue()).toBe('Grace Hopper');
          expect(page.url()).toBe(`${api.url}/register`);
        },
        withoutScript,
      );
    });

    it('checks a file that is chosen, or text that is pasted', async () => {
      await open(
        '/register',
        async (page) => {
          await page.getByLabel('The file, ending in .pdf or .json').setInputFiles(fileOf(issued.file));
          await page.getByRole('button', { name: 'Check' }).click();
          expect(await page.getByRole('status').textContent()).toContain('Valid');
          await page.getByText('Paste its text instead').click();
          await page.getByLabel('The text of the file').fill(issued.file.replace('100.00', '99.99'));
          await page.getByRole('button', { name: 'Check' }).click();
          expect(await page.getByRole('status').textContent()).toContain('Not confirmed');
        },
        withoutScript,
      );
    });
  });

  describe('with its script', () => {
    const answer = (page: Page) => page.locator('[data-answer-place] [data-answer]');

    it('shows what became of a file that is dropped anywhere, in place, and follows a revocation', async () => {
      const { certificateId, credential } = await certified(api, { name: 'Grace Hopper' });
      const file = JSON.stringify(credential);
      await open('/register', async (page) => {
        await drop(page, file);
        await answer(page).getByText('Valid', { exact: true }).waitFor();
        expect(await answer(page).getByRole('heading', { name: 'Grace Hopper' }).isVisible()).toBe(true);
        expect(page.url()).toBe(`${api.url}/register`);
        await drop(page, file.replace('Grace', 'Eve'));
        await answer(page).getByText('Not confirmed', { exact: true }).waitFor();
        const { revoke } = await suspend(api, certificateId);
        await drop(page, file);
        await answer(page).getByText('Suspended', { exact: true }).waitFor();
        await revoke();
        await drop(page, file);
        await answer(page).getByText('Revoked', { exact: true }).waitFor();
      });
    });

    it('tells those who do not see it, in a region that was there before', async () => {
      await open('/register', async (page) => {
        const region = page.getByRole('status');
        expect(await region.textContent()).toBe('');
        await page.getByLabel('The file, ending in .pdf or .json').setInputFiles(fileOf(issued.file));
        await answer(page).waitFor();
        expect(await region.textContent()).toContain('This certificate is genuine and in force.');
      });
    });

    it('says when a file is too large', async () => {
      await open('/register', async (page) => {
        await drop(page, ' '.repeat(70_000));
        await answer(page).getByText('This file is too large').waitFor();
      });
    });

    it('says when there is no way to the server', async () => {
      await open('/register', async (page) => {
        await page.context().setOffline(true);
        await drop(page, issued.file);
        await page.getByText('The file could not be sent.').waitFor();
      });
    });

    it('leaves a drop without a file alone', async () => {
      await open('/register', async (page) => {
        await page.evaluate(`document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: new DataTransfer(), bubbles: true }))`);
        expect(await page.getByRole('status').textContent()).toBe('');
      });
    });
  });

  it('is used with the keyboard alone', async () => {
    await open('/register', async (page) => {
      const focused = () => page.evaluate('document.activeElement.textContent.trim() || document.activeElement.id');
      const order: unknown[] = [];
      for (let count = 0; count < 8; count += 1) {
        await page.keyboard.press('Tab');
        order.push(await focused());
      }
      expect(order).toEqual([
        'Skip to the content',
        expect.stringContaining('Certifiable'),
        'certificate',
        'name',
        'Look up',
        'file',
        'Paste its text instead',
        'Check',
      ]);
      await page.getByLabel('Certificate id or number').focus();
      await page.keyboard.type('SA-1');
      await page.keyboard.press('Tab');
      await page.keyboard.type(entry.name);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/register/${entry.certificateId}`);
    });
  });

  describe('every page', () => {
    type Visit = { readonly name: string; readonly path: () => string; readonly act?: (page: Page) => Promise<unknown> };
    const token = 'x'.repeat(43);
    const visits: readonly Visit[] = [
      { name: 'the form', path: () => '/register' },
      { name: 'nothing found', path: () => '/register', act: (page) => search(page, { certificate: 'SA-1', name: 'Grace Hopper' }) },
      { name: 'a valid certificate', path: () => `/register/${entry.certificateId}` },
      { name: 'a suspended one', path: () => `/register/${suspendedId}` },
      { name: 'a revoked and replaced one', path: () => `/register/${revokedId}` },
      { name: 'no such certificate', path: () => '/register/none' },
      {
        name: 'a verified file',
        path: () => '/register',
        act: (page) => drop(page, issued.file).then(() => page.getByText('Valid', { exact: true }).waitFor()),
      },
      {
        name: 'a refused file',
        path: () => '/register',
        act: (page) => drop(page, '{}').then(() => page.getByText('Not confirmed', { exact: true }).waitFor()),
      },
      { name: 'a link to confirm', path: () => `/register/watches/confirm?token=${token}` },
      { name: 'a link to stop', path: () => `/register/watches/stop?token=${token}` },
      { name: 'stopped', path: () => `/register/watches/stop?token=${token}`, act: (page) => page.getByRole('button').click() },
    ];
    let suspendedId: string;
    let revokedId: string;
    beforeAll(async () => {
      ({ certificateId: suspendedId } = await registered(api, { status: 'suspended' }));
      ({ certificateId: revokedId } = await registered(api, {
        status: 'revoked',
        replacedBy: entry.certificateId,
        name: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(4),
      }));
    });

    it.each(visits)('has nothing that axe objects to, in light and in dark: $name', async ({ path, act }) => {
      await open(path(), async (page) => {
        await act?.(page);
        for (const colorScheme of COLOR_SCHEMES) {
          await page.emulateMedia({ colorScheme });
          expect(await axeViolations(page), colorScheme).toEqual([]);
        }
      });
    });

    it.each(visits)('fits on a narrow screen without scrolling sideways: $name', async ({ path, act }) => {
      await open(
        path(),
        async (page) => {
          await act?.(page);
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
        },
        { viewport: { width: 320, height: 600 } },
      );
    });
  });

  it('writes a name in the direction of its script', async () => {
    await open(`/register/${entry.certificateId}`, async (page) => {
      expect(await page.evaluate("getComputedStyle(document.querySelector('h1')).direction")).toBe('rtl');
    });
  });

  it('prints a certificate on one clean sheet, with its address and without forms', async () => {
    await open(`/register/${entry.certificateId}`, async (page) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.getByText('Be told when this changes').isVisible()).toBe(false);
      expect(await page.getByText(`How it stands now: ${api.url}/register/${entry.certificateId}`).isVisible()).toBe(true);
      expect(await page.getByText('This certificate is genuine and in force.').isVisible()).toBe(true);
      const pdf = await page.pdf({ format: 'A4' });
      expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
    });
  });
});

function fileOf(text: string) {
  return { name: 'certificate.json', mimeType: 'application/json', buffer: Buffer.from(text) };
}

/** As when a file is dragged from the desktop onto the page. */
async function drop(page: Page, text: string): Promise<void> {
  const dataTransfer = await page.evaluateHandle(`{
    const transfer = new DataTransfer();
    transfer.items.add(new File([${JSON.stringify(text)}], 'certificate.json', { type: 'application/json' }));
    transfer;
  }`);
  for (const event of ['dragenter', 'dragover', 'drop']) await page.dispatchEvent('main', event, { dataTransfer });
}

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

type AxeResults = {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[] }[];
};

/** By all its rules: those of WCAG 2.2 AA and its own good practice. The size of targets is not among them unless it is asked for. */
async function axeViolations(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(await axeSource);
  const violations = await page.evaluate<AxeResults['violations']>(
    `axe.run({ rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`));
}
