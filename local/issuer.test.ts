import { mkdtemp, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIssuer } from './issuer.ts';
import { freePort } from './ports.ts';
import { signingKeys } from './signing-keys.ts';
import { PAGES_CLIENT_ID, peopleToBe, requestToken } from './tokens.ts';

const PAGES = 'http://127.0.0.1:8080';
const person = { subject: 'p-1', name: 'Pat', roles: ['grader', 'designated'], expiresInSeconds: 60 } as const;

describe('the local issuer', () => {
  let server: Server;
  let directory: string;
  let issuer: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certifiable-issuer-'));
    const port = await freePort({ purpose: 'the issuer', log: () => {} });
    server = await startIssuer({ port, keyFile: join(directory, 'issuer.json'), pagesUrl: PAGES });
    issuer = `http://127.0.0.1:${port}`;
  });
  afterAll(() => server.close());

  it('signs tokens that verify by the keys found through discovery', async () => {
    const discovery = await fetch(`${issuer}/.well-known/openid-configuration`);
    const { jwks_uri: jwksUri, issuer: named } = (await discovery.json()) as { jwks_uri: string; issuer: string };
    expect(named).toBe(issuer);
    const token = await requestToken(issuer, person);
    const keys = createRemoteJWKSet(new URL(jwksUri));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer, audience: 'certifiable', typ: 'at+jwt' });
    expect(payload).toMatchObject({ sub: 'p-1', name: 'Pat', roles: ['grader', 'designated'] });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60);
    expect(protectedHeader.alg).toBe('ES256');
  });

  it('publishes no private key and keeps its own from other users', async () => {
    const keys = await (await fetch(`${issuer}/jwks`)).text();
    expect(keys).not.toContain('"d"');
    expect((await stat(join(directory, 'issuer.json'))).mode & 0o077).toBe(0);
  });

  it('refuses a role that there is not', async () => {
    const unknown = { ...person, roles: ['admin'] } as unknown as typeof person;
    await expect(requestToken(issuer, unknown)).rejects.toThrow('400');
  });

  it('refuses what a web page could make a browser send', async () => {
    const body = JSON.stringify(person);
    const status = async (headers: Record<string, string>) => postStatus(`${issuer}/local/token`, headers, body);
    expect(await status({ 'content-type': 'application/json' })).toBe(200);
    expect(await status({ 'content-type': 'text/plain' })).toBe(403);
    expect(await status({ 'content-type': 'application/json', origin: 'https://evil.example' })).toBe(403);
    expect(await status({ 'content-type': 'application/json', host: 'rebound.example' })).toBe(403);
  });

  /** A browser as far as signing in goes: it keeps cookies and follows no redirect by itself. */
  function browser() {
    const cookies = new Map<string, string>();
    return async (url: string, init: { method?: string; body?: URLSearchParams } = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(new URL(url, issuer), { ...init, redirect: 'manual', headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      return response;
    };
  }

  const verifier = randomBytes(32).toString('base64url');
  const authorisation = (changes: Record<string, string> = {}) =>
    `/auth?${new URLSearchParams({
      client_id: PAGES_CLIENT_ID,
      response_type: 'code',
      redirect_uri: `${PAGES}/desk/signed-in`,
      scope: 'openid profile email offline_access',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    }).toString()}`;
  const locationOf = (response: Response) => response.headers.get('location') ?? '';

  async function signIn(subject: string): Promise<string> {
    const go = browser();
    const page = locationOf(await go(authorisation()));
    const chosen = await go(page, { method: 'POST', body: new URLSearchParams({ subject }) });
    const back = new URL(locationOf(await go(locationOf(chosen))));
    expect(`${back.origin}${back.pathname}`).toBe(`${PAGES}/desk/signed-in`);
    return back.searchParams.get('code') ?? '';
  }

  async function exchange(body: Record<string, string>) {
    const response = await fetch(`${issuer}/token`, { method: 'POST', headers: { origin: PAGES }, body: new URLSearchParams(body) });
    return {
      status: response.status,
      origin: response.headers.get('access-control-allow-origin'),
      body: (await response.json()) as Record<string, string>,
    };
  }
  const redeem = (code: string, codeVerifier: string) =>
    exchange({
      grant_type: 'authorization_code',
      client_id: PAGES_CLIENT_ID,
      redirect_uri: `${PAGES}/desk/signed-in`,
      code,
      code_verifier: codeVerifier,
    });

  it.each(peopleToBe)(
    'signs $name in to the pages by a code with PKCE, with a token that the API takes, and renews it',
    async ({ subject, name, roles }) => {
      const granted = await redeem(await signIn(subject), verifier);
      expect(granted).toMatchObject({ status: 200, origin: PAGES });
      const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
      const { payload } = await jwtVerify(granted.body['access_token'] ?? '', keys, { issuer, audience: 'certifiable', typ: 'at+jwt' });
      expect(payload).toMatchObject({ sub: subject, name, roles });
      expect(decodeJwt(granted.body['id_token'] ?? '')).toMatchObject({ sub: subject, name, roles, aud: PAGES_CLIENT_ID });
      const refresh = { grant_type: 'refresh_token', client_id: PAGES_CLIENT_ID, refresh_token: granted.body['refresh_token'] ?? '' };
      const renewed = await exchange(refresh);
      expect(decodeJwt(renewed.body['access_token'] ?? '')).toMatchObject({ sub: subject, name, roles });
      // Each is good for once.
      expect(await exchange(refresh)).toMatchObject({ status: 400 });
    },
  );

  it('gives a code to the pages alone, for nothing without its verifier, and to nobody who is not there', async () => {
    expect((await redeem(await signIn('local-grader'), randomBytes(32).toString('base64url'))).status).toBe(400);
    const elsewhere = await browser()(authorisation({ redirect_uri: 'https://evil.example/signed-in' }));
    expect(elsewhere.status).toBe(400);
    const without = locationOf(await browser()(authorisation({ code_challenge: '', code_challenge_method: '' })));
    expect(without).toContain('error=invalid_request');
    const go = browser();
    const page = locationOf(await go(authorisation()));
    expect((await go(page, { method: 'POST', body: new URLSearchParams({ subject: 'nobody' }) })).status).toBe(400);
    // Of another browser, which did not begin it.
    expect((await browser()(page, { method: 'POST', body: new URLSearchParams({ subject: 'local-staff' }) })).status).toBe(400);
    expect(await postStatus(`${issuer}${page}`, { host: 'rebound.example' }, 'subject=local-staff')).toBe(403);
  });

  it('listens on loopback only', async () => {
    const options = { host: '0.0.0.0', port: 0, keyFile: join(directory, 'issuer.json'), pagesUrl: PAGES };
    await expect(startIssuer(options)).rejects.toThrow('only on loopback');
  });
});

it('keeps the keys that sign receipts and certificates, one each', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-keys-'));
  const first = await signingKeys(directory, 'receipt');
  expect(await signingKeys(directory, 'receipt')).toBe(first);
  expect(await signingKeys(directory, 'credential')).not.toBe(first);
  const { keys } = JSON.parse(first) as { keys: Record<string, string>[] };
  expect(keys).toEqual([expect.objectContaining({ kty: 'OKP', crv: 'Ed25519', kid: expect.any(String), d: expect.any(String) })]);
});

function postStatus(url: string, headers: Record<string, string>, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
