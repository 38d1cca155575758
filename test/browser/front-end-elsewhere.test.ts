import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FRONT_END_CLIENT_ID } from '../../local/tokens.ts';
import { publishDecision, type TestApi } from '../support/api.ts';
import { startPages } from '../support/pages.ts';
import { noBrowser, openWindow, startBrowser } from '../../trials/support/browser.ts';

/** The example of docs/front-end as it stands there, served by another origin than the API's. */

if (noBrowser !== undefined) console.log(noBrowser);

const PATIENCE = { timeout: 60_000 };
const LINES_MAX = 100;

describe.skipIf(noBrowser !== undefined)('a front end elsewhere', () => {
  let api: TestApi;
  let browser: Browser;
  let server: Server;
  let url: string;
  const files: Record<string, string | Buffer> = {};
  beforeAll(async () => {
    files['/'] = await readFile(new URL('../../docs/front-end/index.html', import.meta.url), 'utf8');
    files['/tus.js'] = await readFile(createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js'));
    server = createServer(({ url: asked = '/' }, response) => {
      const path = asked.split('?')[0] ?? '/';
      const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('.json') ? 'application/json' : 'text/html';
      response.setHeader('content-type', type).end(files[path] ?? '');
    });
    await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    url = `${origin}/`;
    [api, browser] = await Promise.all([startPages({ frontEndUrl: url, environment: { CORS_ALLOWED_ORIGINS: origin } }), startBrowser()]);
    await api.publish();
    files['/settings.json'] = JSON.stringify({ api: api.url, issuer: api.issuer.url, clientId: FRONT_END_CLIENT_ID });
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is an example of a hundred lines', () => {
    expect(String(files['/']).trimEnd().split('\n').length).toBeLessThanOrEqual(LINES_MAX);
  });

  it('signs in, saves what is typed, hands in, and uploads in pieces', async () => {
    const { context, page, complaints } = await openWindow(browser, { url });
    await page.goto(url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Cleo Candidate' }).click();
    await page.getByRole('button', { name: 'Start the test' }).click();
    await page.getByLabel('Explain', { exact: true }).pressSequentially('Typed elsewhere.');
    await page.getByText('Saved', { exact: true }).waitFor(PATIENCE);
    const candidate = api.as('local-candidate', 'candidate');
    const attemptId = (await candidate('GET', '/v1/attempts')).body.attempts[0].id as string;
    const { responses } = (await candidate('GET', `/v1/attempts/${attemptId}/aptitude-test`)).body;
    expect(responses).toMatchObject([{ itemId: 't1', value: 'Typed elsewhere.' }]);
    await page.getByRole('button', { name: 'Hand in', exact: true }).click();
    await page.getByText('aptitude_grading').waitFor(PATIENCE);

    const { submissions } = (await candidate('GET', `/v1/attempts/${attemptId}/submissions`)).body;
    await publishDecision(api, { attemptId, submissionId: submissions[0].submissionId, test: 'aptitude', passed: true });
    await page.reload();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Download the case study' }).click();
    const content = Buffer.from('A layer, and why. '.repeat(600_000));
    await page.getByLabel('Your solution').setInputFiles({ name: 'solution.md', mimeType: 'text/markdown', buffer: content });
    await page.getByText('Uploaded', { exact: true }).waitFor(PATIENCE);
    const { uploads } = (await candidate('GET', `/v1/attempts/${attemptId}/uploads`)).body;
    expect(uploads).toMatchObject([{ fileName: 'solution.md', sha256: createHash('sha256').update(content).digest('hex') }]);
    await page.getByRole('button', { name: 'Hand in', exact: true }).click();
    await page.getByText('case_study_grading').waitFor(PATIENCE);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
