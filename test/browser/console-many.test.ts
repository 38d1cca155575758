import pg from 'pg';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillAttempts } from '../../trials/benchmarks/many-attempts.ts';
import { smallExam } from '../../trials/people/small-exam.ts';
import { noBrowser, openWindow, signIn, startBrowser } from '../../trials/support/browser.ts';
import { registeredAttempt, type TestApi } from '../support/api.ts';
import { expectAccessibleWideAndNarrow, NARROW, startPages } from '../support/pages.ts';

/** The console's list with 10,000 rows to go through, and names of any script and any length in it. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const ROWS = 10_000;

const NAMES = {
  arabic: 'مريم بنت عبد الرحمن الفاسي',
  thai: 'กัญญารัตน์ วงศ์สุวรรณเจริญกิจ',
  korean: '남궁 아름다운별',
  mixed: 'Zoë Þórsdóttir-O’Neill 李小龍 עדה',
  long: `Wolfeschlegelsteinhausenbergerdorff${'welchevoralternwaren'.repeat(8)}`,
} as const;

describe.skipIf(noBrowser !== undefined)('the console', () => {
  let api: TestApi;
  let browser: Browser;
  beforeAll(async () => {
    [api, browser] = await Promise.all([startPages(), startBrowser()]);
    for (const exam of ['one', 'two'])
      for (const version of [1, 2])
        await api.services.store.examVersions.publish({ content: { ...smallExam({}, exam), version }, actor: 'designated' });
    const client = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
    await client.connect();
    await fillAttempts(client, ROWS);
    await client.end();
    await api.publish();
    for (const [subject, name] of Object.entries(NAMES)) {
      const token = await api.issuer.token({ subject: `name-${subject}`, roles: ['candidate'], name });
      await registeredAttempt(api.withToken(token));
    }
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  it('goes through 10,000 attempts page by page, and stays on what one types', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url });
    await signIn(page, { path: '/console', as: 'staff' });
    const rows = page.getByRole('row');
    await rows.nth(1).waitFor(PATIENCE);
    const first = await rows.count();
    for (let pages = 2; pages <= 5; pages += 1) {
      await page.getByRole('button', { name: 'Show more' }).click();
      await rows.nth((first - 1) * pages).waitFor(PATIENCE);
    }
    const links = await page
      .getByRole('cell')
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => (link as unknown as { href: string }).href));
    expect(new Set(links).size, 'no attempt twice').toBe(links.length);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it('finds names of any script as they are written, and none is wider than the window, wide or narrow', async () => {
    const { context, page, complaints } = await openWindow(browser, { url: api.url, width: NARROW });
    await signIn(page, { path: '/console', as: 'staff' });
    for (const name of Object.values(NAMES)) {
      await page.getByRole('searchbox').fill(name);
      await page.getByRole('link', { name, exact: true }).waitFor(PATIENCE);
      await expectAccessibleWideAndNarrow(page, name);
    }
    await page.getByRole('link', { name: NAMES.long, exact: true }).click();
    await page.getByRole('heading', { level: 1, name: NAMES.long }).waitFor(PATIENCE);
    await expectAccessibleWideAndNarrow(page, 'an attempt of somebody with a long name');
    expect(complaints).toEqual([]);
    await context.close();
  });
});
