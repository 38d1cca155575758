import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

/** An issuer that rotates its keys and goes away; the clock alone is not the real one. */

const MINUTE = 60_000;

let keys: { readonly id: string; readonly privateKey: CryptoKey; readonly jwk: JWK }[];
let server: Server;
let issuer: string;
let verify: TokenVerifier;

async function addKey(id: string): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  keys.push({ id, privateKey, jwk: { ...(await exportJWK(publicKey)), kid: id, alg: 'ES256', use: 'sig' } });
}

const withdraw = (id: string) => void (keys = keys.filter((key) => key.id !== id));

/** Each another one, so that none is known from before. */
let tokens = 0;
async function tokenBy({ id, privateKey }: (typeof keys)[number]): Promise<string> {
  tokens += 1;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ roles: ['candidate'], n: tokens })
    .setProtectedHeader({ alg: 'ES256', kid: id })
    .setIssuer(issuer)
    .setAudience('api')
    .setSubject('ada')
    .setIssuedAt(now)
    .setExpirationTime(now + 600)
    .sign(privateKey);
}

async function asked(token: string): Promise<string> {
  try {
    return (await verify(token)).subject;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  keys = [];
  await addKey('first');
  server = createServer((request, response) => {
    const document = { issuer, jwks_uri: `${issuer}/jwks` };
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify(request.url === '/jwks' ? { keys: keys.map(({ jwk }) => jwk) } : document));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  verify = createTokenVerifier({ issuer, audience: 'api' });
});
afterEach(() => {
  vi.useRealTimers();
  goAway();
});

function goAway(): void {
  server.closeAllConnections();
  server.close();
}

const comeBack = () => new Promise<void>((resolve) => server.listen(Number(new URL(issuer).port), '127.0.0.1', resolve));

const pass = (milliseconds: number) => void vi.setSystemTime(Date.now() + milliseconds);

describe('while the identity provider is away', () => {
  it('people whose keys were known go on, for hours, and no longer', async () => {
    const [first] = keys as [(typeof keys)[number]];
    expect(await asked(await tokenBy(first))).toBe('ada');
    goAway();
    for (const minutes of [1, 11, 60, 160]) {
      pass(minutes * MINUTE);
      expect(await asked(await tokenBy(first)), `after ${minutes} more minutes`).toBe('ada');
    }
    pass(10 * MINUTE);
    expect(await asked(await tokenBy(first))).toBe('unavailable');
  });

  it('a key that nobody here knows is no reason to turn somebody away for good', async () => {
    const [first] = keys as [(typeof keys)[number]];
    expect(await asked(await tokenBy(first))).toBe('ada');
    await addKey('second');
    goAway();
    pass(11 * MINUTE);
    const token = await tokenBy(keys.at(-1) ?? first);
    expect(await asked(token)).toBe('unavailable');
    await comeBack();
    pass(MINUTE);
    expect(await asked(token)).toBe('ada');
  });

  it('a token that is wrong is refused as ever', async () => {
    const [first] = keys as [(typeof keys)[number]];
    expect(await asked(await tokenBy(first))).toBe('ada');
    const { privateKey } = await generateKeyPair('ES256');
    goAway();
    pass(11 * MINUTE);
    expect(await asked(await tokenBy({ ...first, privateKey }))).toBe('unauthenticated');
  });
});

describe('once keys are rotated', () => {
  it('the new one is taken within seconds, and the withdrawn one no longer when the set is asked for again', async () => {
    const [first] = keys as [(typeof keys)[number]];
    expect(await asked(await tokenBy(first))).toBe('ada');
    await addKey('second');
    pass(6000);
    expect(await asked(await tokenBy(keys.at(-1) ?? first))).toBe('ada');
    withdraw('first');
    pass(11 * MINUTE);
    expect(await asked(await tokenBy(first))).toBe('unauthenticated');
  });
});
