import { mkdtemp, stat } from 'node:fs/promises';
import type { Server } from 'node:http';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startIssuer } from './issuer.ts';
import { freePort } from './ports.ts';
import { signingKeys } from './signing-keys.ts';
import { requestToken } from './tokens.ts';

const person = { subject: 'p-1', name: 'Pat', roles: ['grader', 'designated'], expiresInSeconds: 60 } as const;

describe('the local issuer', () => {
  let server: Server;
  let directory: string;
  let issuer: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certifiable-issuer-'));
    const port = await freePort({ purpose: 'the issuer', log: () => {} });
    server = await startIssuer({ port, keyFile: join(directory, 'issuer.json') });
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

  it('listens on loopback only', async () => {
    const options = { host: '0.0.0.0', port: 0, keyFile: join(directory, 'issuer.json') };
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
