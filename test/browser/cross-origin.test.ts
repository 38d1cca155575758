import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadedAttempt, startTestApi, type TestApi } from '../support/api.ts';
import { noBrowser, startBrowser } from '../../trials/support/browser.ts';

/** Pages of other origins, as a real Chromium lets them: the candidates' own, which is allowed, and one of anybody's. */

if (noBrowser !== undefined) console.log(noBrowser);

describe.skipIf(noBrowser !== undefined)('a page of another origin in a browser', () => {
  let api: TestApi;
  let browser: Browser;
  let pages: Server;
  let allowed: Page;
  let stranger: Page;
  beforeAll(async () => {
    const tus = await readFile(createRequire(import.meta.url).resolve('tus-js-client/dist/tus.min.js'));
    pages = createServer((request, response) => {
      if (request.url === '/tus.js') response.setHeader('content-type', 'text/javascript').end(tus);
      else response.setHeader('content-type', 'text/html').end('<!doctype html><title>Page</title><script src="/tus.js"></script>');
    });
    await new Promise<void>((resolve) => pages.listen({ port: 0, host: '127.0.0.1' }, resolve));
    const { port } = pages.address() as AddressInfo;
    api = await startTestApi({ environment: { CORS_ALLOWED_ORIGINS: `http://127.0.0.1:${port}` } });
    await api.publish();
    browser = await startBrowser();
    [allowed, stranger] = await Promise.all([browser.newPage(), browser.newPage()]);
    await allowed.goto(`http://127.0.0.1:${port}`);
    await stranger.goto(`http://localhost:${port}`);
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
    await new Promise((resolve) => pages.close(resolve));
  });

  /** Status and a header, or "refused" where the browser keeps the answer from the page. */
  const read = (page: Page, path: string, token?: string) =>
    page.evaluate(
      async ({ url, authorization }) => {
        try {
          const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } });
          return [response.status, response.headers.get('x-request-id') === null ? 'no header' : 'header'];
        } catch {
          return 'refused';
        }
      },
      { url: `${api.url}${path}`, authorization: token === undefined ? undefined : `Bearer ${token}` },
    );

  it('reads answers, refusals and their headers where its origin is allowed, and nothing where it is not', async () => {
    const token = await api.issuer.token({ subject: 'cleo', roles: ['candidate'] });
    expect(await read(allowed, '/v1/exams', token)).toEqual([200, 'header']);
    expect(await read(allowed, '/v1/exams', 'nonsense')).toEqual([401, 'header']);
    expect(await read(stranger, '/v1/exams', token)).toBe('refused');
    for (const path of ['/openapi.json', '/.well-known/jwks.json', '/issuer']) expect(await read(stranger, path), path).toEqual([200, 'header']);
  });

  it('uploads a case study with the tus client', async () => {
    const attemptId = await downloadedAttempt(api, api.as('cleo', 'candidate'));
    const token = await api.issuer.token({ subject: 'cleo', roles: ['candidate'] });
    const text = '# My solution\n';
    const announced = { url: `${api.url}/v1/attempts/${attemptId}/uploads`, token, text, sha256: createHash('sha256').update(text).digest('hex') };
    const location = await allowed.evaluate(
      ({ url, token: bearer, text: content, sha256 }) =>
        new Promise<string>((resolve, reject) => {
          // oxlint-disable-next-line typescript/no-explicit-any -- the page's own script, of which the compiler knows nothing
          const { Upload } = (globalThis as any).tus;
          const upload = new Upload(new Blob([content]), {
            endpoint: url,
            headers: { authorization: `Bearer ${bearer}` },
            metadata: { filename: 'solution.md', filetype: 'text/markdown', sha256 },
            chunkSize: 5,
            onError: (error: Error) => reject(error),
            onSuccess: () => resolve(upload.url),
          });
          upload.start();
        }),
      announced,
    );
    expect(location).toContain(attemptId);
    const { body } = await api.as('cleo', 'candidate')('GET', `/v1/attempts/${attemptId}/uploads`);
    expect(body.uploads).toMatchObject([{ fileName: 'solution.md', completedAt: expect.any(String) }]);
  });
});
