import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../test/support/api.ts';
import { operationsOf, type Document } from '../test/support/hostile-requests.ts';
import { readApiConfig } from './config.ts';
import { RESPONSE_HEADERS } from './response-headers.ts';

const OURS = 'https://exams.example.org';
const OTHERS = [
  'https://evil.example',
  'null',
  'https://exams.example.org.evil.example',
  'http://exams.example.org',
  'https://exams.example.org:444',
];

let api: TestApi;
let closed: TestApi;
let doors: readonly Door[];
type Door = { readonly method: string; readonly path: string; readonly isPublic: boolean };
beforeAll(async () => {
  api = await startTestApi({ environment: { CORS_ALLOWED_ORIGINS: `${OURS}, http://localhost:3000`, REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  closed = await startTestApi({ environment: { CORS_ALLOWED_ORIGINS: '', REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  const document = (await api.withToken(undefined)('GET', '/openapi.json')).body as Document;
  doors = [
    ...operationsOf(document).map(({ method, path }) => ({ method, path, isPublic: path.startsWith('/v1/register') })),
    ...PUBLIC_PATHS.map((path) => ({ method: 'GET', path, isPublic: true })),
    ...['/livez', '/readyz', '/docs', '/v1/nothing'].map((path) => ({ method: 'GET', path, isPublic: false })),
  ].map((door) => ({ ...door, path: door.path.replaceAll(/\{\w+\}/g, '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11') }));
});
afterAll(() => Promise.all([api.close(), closed.close()]));

const PUBLIC_PATHS = [
  '/openapi.json',
  '/asyncapi.json',
  '/issuer',
  '/.well-known/jwks.json',
  '/achievements/small',
  '/credentials/{id}',
  '/credentials/status/revocation/1',
  '/events/schemas/nothing',
  '/problems/not_found',
];

type Sharing = { readonly origin: string | null; readonly credentials: string | null; readonly vary: string | null; readonly exposed: string | null };

async function ask({ url }: TestApi, { method, path }: Door, origin: string): Promise<Sharing & { status: number }> {
  const response = await fetch(`${url}${path}`, { method, headers: { origin }, redirect: 'manual' });
  await response.arrayBuffer();
  return { status: response.status, ...sharingOf(response) };
}

async function preflight({ url }: TestApi, { method, path }: Door, origin: string): Promise<Sharing & { status: number; headers: Headers }> {
  const asked = { 'access-control-request-method': method, 'access-control-request-headers': 'authorization,content-type,idempotency-key' };
  const response = await fetch(`${url}${path}`, { method: 'OPTIONS', headers: { origin, ...asked } });
  return { status: response.status, headers: response.headers, ...sharingOf(response) };
}

function sharingOf({ headers }: Response): Sharing {
  return {
    origin: headers.get('access-control-allow-origin'),
    credentials: headers.get('access-control-allow-credentials'),
    vary: headers.get('vary'),
    exposed: headers.get('access-control-expose-headers'),
  };
}

describe('a page of an origin that is allowed', () => {
  it('may read every answer, with every header that a client goes by, and no other origin is served a kept one', async () => {
    expect(doors.length).toBeGreaterThan(70);
    const exposed = Object.keys(RESPONSE_HEADERS).join(',');
    for (const door of doors.filter(({ isPublic }) => !isPublic)) {
      const answer = await ask(api, door, OURS);
      expect({ door, ...answer }).toMatchObject({ door, origin: OURS, credentials: null, vary: expect.stringMatching(/\bOrigin\b/), exposed });
      if (door.method !== 'OPTIONS') expect({ door, status: (await preflight(api, door, OURS)).status }).toEqual({ door, status: 204 });
    }
  });

  it('is told beforehand what it may send, and for how long that holds, and needs no token for it', async () => {
    const { status, headers, origin } = await preflight(api, { method: 'PATCH', path: '/v1/attempts/x/uploads/y', isPublic: false }, OURS);
    expect({ status, origin, maxAge: headers.get('access-control-max-age') }).toEqual({ status: 204, origin: OURS, maxAge: '7200' });
    expect(headers.get('access-control-allow-methods')?.split(',')).toEqual(
      expect.arrayContaining(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
    );
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(',');
    expect(allowed).toEqual(expect.arrayContaining(['authorization', 'content-type', 'idempotency-key', 'if-none-match']));
    expect(allowed).toEqual(expect.arrayContaining(['tus-resumable', 'upload-length', 'upload-metadata', 'upload-offset', 'x-http-method-override']));
  });

  it('learns the abilities of the upload server by an OPTIONS that is no preflight', async () => {
    const response = await fetch(`${api.url}/v1/attempts/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11/uploads`, {
      method: 'OPTIONS',
      headers: { origin: OURS },
    });
    expect([response.status, response.headers.get('tus-version'), response.headers.get('access-control-allow-origin')]).toEqual([204, '1.0.0', OURS]);
  });
});

describe('a page of any other origin', () => {
  it('may read nothing but what is public, and learns it from the answer to everybody', async () => {
    for (const door of doors.filter(({ isPublic }) => !isPublic)) {
      for (const origin of OTHERS) {
        const answer = await ask(api, door, origin);
        expect({ door, ...answer }).toMatchObject({
          door,
          origin: null,
          credentials: null,
          exposed: null,
          vary: expect.stringMatching(/\bOrigin\b/),
        });
      }
      const before = await preflight(api, door, 'https://evil.example');
      expect({ door, ...before }).toMatchObject({ door, origin: null, credentials: null });
      expect(before.headers.get('access-control-allow-methods')).toBeNull();
    }
  });

  it('may read what is public, whether or not any origin is allowed, and never with credentials', async () => {
    for (const one of [api, closed]) {
      for (const door of doors.filter(({ isPublic }) => isPublic)) {
        for (const origin of ['https://evil.example', 'null', OURS])
          expect({ door, ...(await ask(one, door, origin)) }).toMatchObject({ door, origin: '*', credentials: null });
        expect({ door, ...(await preflight(one, door, 'https://evil.example')) }).toMatchObject({
          door,
          status: 204,
          origin: '*',
          credentials: null,
        });
      }
    }
  });
});

describe('without the setting', () => {
  it('no origin may read anything but what is public', async () => {
    for (const door of doors.filter(({ isPublic }) => !isPublic)) {
      const answer = await ask(closed, door, OURS);
      expect({ door, ...answer }).toMatchObject({ door, origin: null, credentials: null, exposed: null });
    }
  });
});

describe('the setting', () => {
  const environment = {
    DATABASE_URL: 'postgresql://api@db.example.org/a',
    RECEIPT_KEYS: '{}',
    ISSUER_KEYS: 'a.b.c',
    ISSUER_ROOTS: 'r-oFaN_exaMplE-oF-a-thumbprint-0f-43-signs0',
    OIDC_AUDIENCE: 'a',
    STORAGE: 'file',
    UPLOAD_DIRECTORY: '/tmp',
  };
  const originsOf = (CORS_ALLOWED_ORIGINS?: string) =>
    readApiConfig({ ...environment, OIDC_ISSUER: 'https://login.example.org', CORS_ALLOWED_ORIGINS }).CORS_ALLOWED_ORIGINS;

  it('takes exact origins, and none by default', () => {
    expect(originsOf()).toEqual([]);
    expect(originsOf(' , ')).toEqual([]);
    expect(originsOf(`${OURS}, http://localhost:3000`)).toEqual([OURS, 'http://localhost:3000']);
  });

  it.each([
    '*',
    'null',
    'https://*.example.org',
    `${OURS}/`,
    `${OURS}/exam`,
    'http://exams.example.org',
    'https://Exams.example.org',
    'exams.example.org',
    `${OURS}:443`,
  ])('refuses %s', (origin) => expect(() => originsOf(origin)).toThrow(/CORS_ALLOWED_ORIGINS: must be origins such as/));
});
