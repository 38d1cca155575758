import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensurePages } from '../../local/pages.ts';
import { refusalOf, refused, startTestApi, type TestApi } from '../../test/support/api.ts';

/** How the pages are served. What they do is tried in test/browser. */

let api: TestApi;
let bare: TestApi;
beforeAll(async () => {
  await ensurePages({ log: () => {} });
  [api, bare] = await Promise.all([
    startTestApi({ environment: { WEB_CLIENT_ID: 'pages', WEB_SCOPE: 'openid exams', TEMPORAL_UI_URL: 'https://temporal.example.org' } }),
    startTestApi(),
  ]);
});
afterAll(() => Promise.all([api.close(), bare.close()]));

const get = (path: string, headers?: Readonly<Record<string, string>>) => api.withToken(undefined)('GET', path, undefined, headers);

describe('the doors', () => {
  it.each(['/desk', '/console', '/exam', '/exam/attempts/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11/test', '/desk/signed-in?code=1'])(
    'are a page that is never kept and runs scripts of ours alone: %s',
    async (path) => {
      const { status, headers, body } = await get(path);
      expect(status).toBe(200);
      expect(body).toContain('<div id="root"');
      expect(headers.get('cache-control')).toBe('no-store');
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain(`connect-src 'self' ${api.issuer.url};`);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
    },
  );

  it('load what is kept for ever, compressed, and nothing inline', async () => {
    const { body } = await get('/exam');
    const scripts = [...String(body).matchAll(/<script[^>]*>/g)].map(([tag]) => tag);
    expect(scripts).toEqual([expect.stringMatching(/src="\/pages\/assets\/exam-[\w-]+\.js"/)]);
    const address = /src="([^"]+)"/.exec(scripts[0] ?? '')?.[1] ?? '';
    const { status, headers } = await get(address, { 'accept-encoding': 'br' });
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public,max-age=31536000,immutable');
    expect(headers.get('content-encoding')).toBe('br');
    expect(refusalOf(await get('/pages/assets/none.js'))).toEqual(refused(404, 'not_found'));
    expect((await get('/pages/assets/..%2fsources')).status).toBe(404);
  });

  it('have a sign-in page in the reader’s language, before any script has run', async () => {
    const german = await get('/exam/attempts/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11', { 'accept-language': 'de-AT, en;q=0.5' });
    expect(german.headers.get('vary')).toContain('Accept-Language');
    expect(german.body).toContain('<html lang="de">');
    expect(german.body).toContain('<h1>Prüfungsraum</h1>');
    const other = await get('/exam', { 'accept-language': 'fr' });
    expect(other.body).toContain('<html lang="en">');
    expect(other.body).toContain('<h1>Exam room</h1>');
    expect(String(other.body)).not.toContain('{{');
  });

  it('are told where to sign in, and for what', async () => {
    const { status, body } = await get('/pages/settings.json');
    expect({ status, body }).toEqual({
      status: 200,
      body: { issuer: api.issuer.url, clientId: 'pages', scope: 'openid exams', temporalUiUrl: 'https://temporal.example.org' },
    });
  });

  it('say what is missing where no client of the issuer is named, and the API works on', async () => {
    const ask = bare.withToken(undefined);
    for (const path of ['/desk', '/exam/attempts', '/pages/settings.json']) {
      const answer = await ask('GET', path);
      expect(refusalOf(answer)).toEqual(refused(404, 'not_found'));
      expect(answer.body.detail).toContain('WEB_CLIENT_ID');
    }
    expect((await ask('GET', '/openapi.json')).status).toBe(200);
  });
});

describe('GET /', () => {
  it('leads to the doors in the reader’s language, and leaves out those that are not there', async () => {
    const german = await get('/', { 'accept-language': 'de-AT, en;q=0.5' });
    expect(german.body).toContain('lang="de"');
    expect(german.headers.get('vary')).toContain('Accept-Language');
    for (const door of ['/exam', '/desk', '/console', '/register', '/docs']) expect(german.body).toContain(`href="${door}"`);
    const { body } = await bare.withToken(undefined)('GET', '/', undefined, { 'accept-language': 'fr' });
    expect(body).toContain('lang="en"');
    expect(body).not.toContain('href="/exam"');
    expect(body).toContain('href="/register"');
  });
});
