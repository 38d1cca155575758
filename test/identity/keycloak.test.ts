import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personOf } from '../../deploy/keycloak/administration.ts';
import { Browser, CALLBACK, signIn as signInAt, type Tokens } from '../../deploy/keycloak/sign-in.ts';
import { issuerOf, refusalOf, refused, startTestApi, type TestApi } from '../support/api.ts';
import { certifiedAttempt } from '../support/certified.ts';
import { startKeycloak, type Keycloak } from '../support/keycloak.ts';

/** The realm of deploy/keycloak in Keycloak itself, and people who sign in as the pages have them do: code and PKCE. */

const realm = JSON.parse(await readFile(new URL('../../deploy/keycloak/realm.json', import.meta.url), 'utf8')) as { realm: string };
const uiCallback = 'http://localhost:8233/auth/sso/callback';
const secret = 'seed-of-a-second-factor';

const started = await startKeycloak().catch((error: unknown) => {
  console.warn(
    `SKIPPED: the tests against a real Keycloak, which needs Java 17 and Maven once: ${error instanceof Error ? error.message : String(error)}`,
  );
  return undefined;
});

describe.skipIf(!started)('with Keycloak, and the realm of ours', () => {
  const keycloak = started as Keycloak;
  const issuer = `${keycloak?.url}/realms/${realm.realm}`;
  let api: TestApi;

  beforeAll(async () => {
    await keycloak.administer('POST', '', realm);
    for (const [username, group] of [
      ['ada', 'candidates'],
      ['grace', 'graders'],
      ['sam', 'staff'],
    ] as const) {
      await keycloak.administer('POST', `/${realm.realm}/users`, personWithTwoFactors(username, group));
    }
    const environment = {
      OIDC_ISSUER: issuer,
      OIDC_AUDIENCE: 'certifiable-api',
      STEP_UP_ACR_VALUES: 'second-factor',
      STEP_UP_MAX_AGE_SECONDS: '600',
    };
    api = await startTestApi({ environment });
    await api.publish();
  });
  afterAll(async () => {
    await api?.close();
    await keycloak?.close();
  });

  it('somebody signs in, and is who the token says, with their role and none else', async () => {
    const { access_token: token } = await signIn('ada');
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({
      name: 'Ada Example',
      email: 'ada@example.org',
      email_verified: true,
      acr: 'password',
      auth_time: expect.any(Number),
    });
    expect([claims.aud].flat()).toContain('certifiable-api');
    const ada = api.withToken(token);
    expect((await ada('POST', '/v1/attempts', { examId: 'small' })).status).toBe(201);
    expect(refusalOf(await ada('POST', '/v1/assignments/claims'))).toEqual(refused(403, 'forbidden'));
    const grace = api.withToken((await signIn('grace')).access_token);
    expect(refusalOf(await grace('POST', '/v1/attempts', { examId: 'small' }))).toEqual(refused(403, 'forbidden'));
    expect((await grace('POST', '/v1/assignments/claims')).status).toBeLessThan(300);
  });

  it('what is signed for something else is no token for the API', async () => {
    const { id_token: idToken, refresh_token: refreshToken } = await signIn('ada');
    for (const token of [idToken, refreshToken]) {
      expect(refusalOf(await api.withToken(token)('GET', '/v1/exams'))).toEqual(refused(401, 'unauthenticated'));
    }
    const other = { clientId: 'other', publicClient: true, redirectUris: [CALLBACK], defaultClientScopes: ['basic', 'profile', 'email'] };
    await keycloak.administer('POST', `/${realm.realm}/clients`, other);
    const { access_token: ofOther } = await signIn('ada', {}, { client: 'other' });
    expect(decodeJwt(ofOther).sub).toBeDefined();
    expect(refusalOf(await api.withToken(ofOther)('GET', '/v1/exams'))).toEqual(refused(401, 'unauthenticated'));
  });

  it('an act of two persons takes a second factor, which the answer tells how to ask for', async () => {
    const credentials = await issuerOf(api.services);
    const { attemptId } = await certifiedAttempt(api.services.store, { credentials, email: `${randomUUID()}@work.example` });
    const { candidateId } = await api.services.store.attempts.read({ attemptId });
    const act = (token: string) =>
      api.withToken(token)('POST', `/v1/staff/candidates/${candidateId}/accommodations`, {
        kind: 'extra_time',
        percent: 150,
        validFrom: '2026-01-01T00:00:00Z',
        reason: 'was ill then',
      });
    const weak = await act((await signIn('sam')).access_token);
    expect(refusalOf(weak)).toEqual(refused(401, 'insufficient_user_authentication'));
    const { acrValues, maxAgeSeconds } = weak.body as { acrValues: string[]; maxAgeSeconds: number };
    const strong = await signIn('sam', { acr_values: acrValues.join(' '), max_age: String(maxAgeSeconds) });
    expect(decodeJwt(strong.access_token)['acr']).toBe('second-factor');
    expect((await act(strong.access_token)).status).toBe(202);
  });

  it('whoever is neither staff nor auditor is turned away from Temporal’s UI, and a sign-in for the pages lets nobody in', async () => {
    const [client] = (await keycloak.administer('GET', `/${realm.realm}/clients?clientId=temporal-ui`)) as { id: string; publicClient: boolean }[];
    expect(client?.publicClient).toBe(false);
    const { value: clientSecret } = (await keycloak.administer('GET', `/${realm.realm}/clients/${client?.id}/client-secret`)) as { value: string };
    const intoUi = { client: 'temporal-ui', redirectUri: uiCallback, secret: clientSecret };
    const { access_token: token } = await signIn('sam', {}, intoUi);
    // The codec of the API takes it.
    expect((await api.withToken(token)('POST', '/v1/temporal/codec/decode', { payloads: [] })).status).toBe(200);
    await expect(signIn('ada', {}, intoUi)).rejects.toThrow(/no code: .*(Access denied|Zugriff)/i);
    const browser = new Browser();
    await signIn('grace', {}, { browser });
    await expect(signIn('grace', {}, { ...intoUi, browser })).rejects.toThrow(/no code: .*(Access denied|Zugriff)/i);
    await expect(signIn('sam', {}, { ...intoUi, secret: 'guessed' })).resolves.not.toHaveProperty('access_token');
  });

  it('keys are rotated while the API runs: the new one is taken within seconds, and the one before goes on', async () => {
    const before = await signIn('ada');
    expect((await api.withToken(before.access_token)('GET', '/v1/exams')).status).toBe(200);
    const { id } = (await keycloak.administer('GET', `/${realm.realm}`)) as { id: string };
    const config = { priority: ['1000'], algorithm: ['RS256'] };
    const component = { name: 'rotated', providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider', parentId: id, config };
    await keycloak.administer('POST', `/${realm.realm}/components`, component);
    const after = await signIn('ada');
    expect(decodeProtectedHeader(after.access_token).kid).not.toBe(decodeProtectedHeader(before.access_token).kid);
    // Keys are asked for once in five seconds, whoever shows an unknown one.
    await expect.poll(async () => (await api.withToken(after.access_token)('GET', '/v1/exams')).status, { timeout: 20_000, interval: 500 }).toBe(200);
    expect((await api.withToken(before.access_token)('GET', '/v1/exams')).status).toBe(200);
  });

  it('it goes away: who has a token goes on, also one that was never shown; it comes back, and people sign in', async () => {
    const [shown, unshown] = [await signIn('ada'), await signIn('grace')];
    expect((await api.withToken(shown.access_token)('GET', '/v1/exams')).status).toBe(200);
    await keycloak.stop();
    for (const { access_token: token } of [shown, unshown]) expect((await api.withToken(token)('GET', '/v1/exams')).status).toBe(200);
    expect((await api.withToken(undefined)('GET', '/readyz')).status).toBe(200);
    await expect(signIn('ada')).rejects.toThrow(TypeError);
    await keycloak.start();
    expect((await api.withToken((await signIn('ada')).access_token)('GET', '/v1/exams')).status).toBe(200);
  });

  /** As a browser does it, by default one that was never here before. */
  function signIn(username: string, asked: Readonly<Record<string, string>> = {}, at: Partial<Parameters<typeof signInAt>[0]> = {}): Promise<Tokens> {
    return signInAt({ issuer, username, oneTimePassword, asked, ...at });
  }
});

/** With a second factor, too. */
function personWithTwoFactors(username: string, group: string): object {
  const { credentials, ...person } = personOf(username, group);
  const otp = {
    type: 'otp',
    secretData: JSON.stringify({ value: secret }),
    credentialData: JSON.stringify({ subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1' }),
  };
  return { ...person, credentials: [...credentials, otp] };
}

/** RFC 6238. */
function oneTimePassword(): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const offset = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
