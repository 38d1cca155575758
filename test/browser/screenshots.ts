import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registered } from '../support/register.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { startBrowser } from '../../trials/support/browser.ts';

/** Takes the register's pictures for docs/. */

const VIEWPORT = { width: 1080, height: 760 };

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ environment: { PUBLIC_URL: 'https://certifiable.example' } });
});
afterAll(() => api.close());

it('takes the pictures of the form and of a valid certificate', async () => {
  const url = `http://127.0.0.1:${api.services.config.API_PORT}`;
  const { certificateId } = await registered(api, { name: 'Zoë Þórsdóttir-O’Neill', basisPoints: 9125 });
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: VIEWPORT, colorScheme: 'light' });
    for (const [path, file] of [
      ['/register', 'register.png'],
      [`/register/${certificateId}`, 'register-certificate.png'],
    ]) {
      await page.goto(`${url}${path}`);
      const picture = await page.screenshot({ path: fileURLToPath(new URL(`../../docs/${file}`, import.meta.url)), fullPage: true });
      expect(picture.length).toBeLessThan(300_000);
    }
  } finally {
    await browser.close();
  }
});
