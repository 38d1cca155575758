import { generateKeyPair } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { refusalOf, refused, startTestApi, type Answer, type TestApi } from '../test/support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ environment: { RATE_LIMIT_PER_MINUTE: '40' } });
  await api.publish();
});
afterAll(() => api.close());

const attempt = '/v1/attempts/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';
const assignment = '/v1/assignments/0d5b7f3c-2f5e-4f0a-9d51-3f0d8f2c6b11';
const staffAttempt = '/v1/staff/attempts/01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11';

describe('a token', () => {
  it('is needed for everything under /v1 but the register', async () => {
    const nobody = api.withToken(undefined);
    for (const path of ['/v1/exams', attempt, assignment, staffAttempt]) {
      const answer = await nobody('GET', path);
      expect(refusalOf(answer)).toEqual(refused(401, 'unauthenticated'));
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /);
    }
  });

  it('is refused when it is damaged, expired, for others, by others, or signed with another key', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const person = { subject: 'eve', roles: ['candidate'] };
    const unsigned = [{ alg: 'none' }, { sub: 'eve', exp: 4e9 }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
    const signed = await Promise.all([
      api.issuer.token({ ...person, expiresInSeconds: -10 }),
      api.issuer.token({ ...person, audience: 'other' }),
      api.issuer.token({ ...person, issuer: 'https://evil.example' }),
      api.issuer.token({ ...person, key: privateKey }),
    ]);
    for (const token of ['nonsense', `${unsigned.join('.')}.`, ...signed])
      expect(refusalOf(await api.withToken(token)('GET', '/v1/exams'))).toEqual(refused(401, 'unauthenticated'));
  });

  it('is taken from a clock that is two seconds ahead, and refused from one that is a minute ahead', async () => {
    const ahead = (seconds: number) =>
      api.issuer.token({ subject: 'fay', roles: ['candidate'], claims: { nbf: Math.floor(Date.now() / 1000) + seconds } });
    expect((await api.withToken(await ahead(2))('GET', '/v1/exams')).status).toBe(200);
    expect(refusalOf(await api.withToken(await ahead(60))('GET', '/v1/exams'))).toEqual(refused(401, 'unauthenticated'));
  });

  it('is for access, by its type, and for nothing else', async () => {
    const status = async (type: string) => {
      const token = await api.issuer.token({ subject: 'gus', roles: ['candidate'], type });
      return (await api.withToken(token)('GET', '/v1/exams')).status;
    };
    for (const type of ['at+jwt', 'application/at+jwt', 'JWT']) expect(await status(type), type).toBe(200);
    for (const type of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', '']) expect(await status(type), type).toBe(401);
  });

  it('ignores roles of other systems, and reads a designated grader as a grader', async () => {
    const odd = await api.issuer.token({ subject: 'odd', roles: ['admin', 'root', 7] });
    const none = await api.issuer.token({ subject: 'none', roles: 'staff' });
    expect(refusalOf(await api.withToken(odd)('GET', '/v1/exams'))).toEqual(refused(403, 'forbidden'));
    expect(refusalOf(await api.withToken(none)('GET', staffAttempt))).toEqual(refused(403, 'forbidden'));
    expect((await api.as('dana', 'designated')('GET', '/v1/assignments')).status).toBe(200);
  });
});

describe('a role', () => {
  it('is refused what belongs to another, before anything is looked up or read', async () => {
    const requests = [
      ['grader', 'GET', attempt],
      ['staff', 'POST', `${attempt}/aptitude-test`],
      ['staff', 'POST', `${attempt}/uploads`],
      ['candidate', 'POST', '/v1/assignments/claims'],
      ['staff', 'GET', `${assignment}/file`],
      ['candidate', 'GET', staffAttempt],
      ['grader', 'GET', '/v1/staff/assignments'],
      ['designated', 'POST', `${staffAttempt}/extension`],
      ['grader', 'POST', '/v1/exams'],
      ['staff', 'POST', '/v1/exams'],
    ] as const;
    for (const [role, method, path] of requests)
      expect(refusalOf(await api.as(`r-${role}`, role)(method, path)), path).toEqual(refused(403, 'forbidden'));
  });
});

describe('the app', () => {
  it('answers an unknown route, and a damaged path, with a problem', async () => {
    const cleo = api.as('cleo', 'candidate');
    expect(refusalOf(await cleo('GET', '/v1/nothing'))).toEqual(refused(404, 'not_found'));
    expect(refusalOf(await cleo('GET', '/v1/exams/%E0%A4%A'))).toEqual(refused(400, 'malformed_request'));
    expect(refusalOf(await cleo('GET', '/v1/exams/%00'))).toEqual(refused(404, 'not_found'));
  });

  it('names each request by the caller’s id if it is usable, and forbids caching and sniffing', async () => {
    const cleo = api.as('cleo', 'candidate');
    const answer = await cleo('GET', '/v1/nothing', undefined, { 'x-request-id': 'mine-1' });
    expect([answer.headers.get('x-request-id'), answer.body.requestId]).toEqual(['mine-1', 'mine-1']);
    expect((await cleo('GET', '/v1/exams', undefined, { 'x-request-id': 'x'.repeat(65) })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect([answer.headers.get('cache-control'), answer.headers.get('x-content-type-options'), answer.headers.get('x-powered-by')]).toEqual([
      'no-store',
      'nosniff',
      null,
    ]);
  });

  it('refuses a parameter that it does not know or cannot read, by its name', async () => {
    const answer = await api.as('cleo', 'candidate')('GET', '/v1/attempts?limit=0&after=x&page=2');
    expect(refusalOf(answer)).toEqual(refused(422, 'validation_failed'));
    expect(answer.body.fields.map((field: { path: string }) => field.path).sort()).toEqual(['after', 'limit', 'page']);
  });

  it('limits the requests of one person a minute, and of nobody else', async () => {
    const busy = api.as('busy', 'candidate');
    const answers = [];
    for (let count = 0; count < 41; count += 1) answers.push(await busy('GET', '/v1/exams'));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(40);
    expect(refusalOf(answers.at(-1) as Answer)).toEqual(refused(429, 'rate_limited'));
    expect(Number(answers.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await api.as('calm', 'candidate')('GET', '/v1/exams')).status).toBe(200);
  });
});

describe('operations', () => {
  it('asks the database once a second at most, however many ask whether it is ready', async () => {
    const pings = vi.spyOn(api.served.store, 'ping');
    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => api.withToken(undefined)('GET', '/readyz')));
    const seconds = Math.ceil((performance.now() - startedAt) / 1000);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    expect(pings.mock.calls.length).toBeLessThanOrEqual(seconds);
    pings.mockRestore();
  });

  it('reports ready while Temporal is away', async () => {
    const { status, body } = await api.withToken(undefined)('GET', '/readyz');
    expect({ status, body }).toEqual({ status: 200, body: { status: 'ok', postgresql: 'ok', temporal: 'unavailable' } });
    expect((await api.withToken(undefined)('GET', '/livez')).status).toBe(200);
  });

  it('measures requests by route and never by path', async () => {
    await api.as('measured', 'candidate')('GET', attempt);
    const { body } = await api.withToken(undefined)('GET', '/metrics');
    expect(body).toContain('http_request_duration_seconds_count{method="GET",route="/v1/attempts/:attemptId",status="404"}');
    expect(body).toMatch(/^delivery_backlog_count \d+$/m);
    expect(body).not.toContain('01993c5e');
  });

  it('tells its measurements to those who ask it directly, and not to the world behind a proxy', async () => {
    const answer = await api.withToken(undefined)('GET', '/metrics', undefined, { 'x-forwarded-for': '203.0.113.7' });
    expect(answer.status).toBe(404);
    expect(JSON.stringify(answer.body)).not.toContain('http_request_duration');
  });

  it('publishes only the public halves of the receipt keys', async () => {
    const { body } = await api.withToken(undefined)('GET', '/.well-known/jwks.json');
    expect(body.keys).toHaveLength(1);
    expect(body.keys[0]).not.toHaveProperty('d');
  });
});

describe('the documentation', () => {
  it('describes every route, with its problems', async () => {
    const { body } = await api.withToken(undefined)('GET', '/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths)).toContain('/v1/attempts/{attemptId}/responses/{itemId}');
    const save = body.paths['/v1/attempts/{attemptId}/responses/{itemId}'].put;
    expect(save.requestBody.content['application/json'].schema).toEqual({ $ref: '#/components/schemas/ResponseInput' });
    expect(Object.keys(save.responses)).toEqual(['200', '400', '401', '403', '404', '408', '409', '413', '415', '422', '429', '500', '503']);
  });

  it('has a page that loads everything it needs from here, and nothing from elsewhere', async () => {
    const nobody = api.withToken(undefined);
    const { status, body, headers } = await nobody('GET', '/docs');
    expect(status).toBe(200);
    const loaded = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    expect(loaded.length).toBeGreaterThan(3);
    for (const path of loaded) expect((await nobody('GET', path)).status, path).toBe(200);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/);
  });

  it('explains a problem code', async () => {
    const { status, body } = await api.withToken(undefined)('GET', '/problems/lease_lost');
    expect(status).toBe(200);
    expect(body).toMatch(/^## lease_lost/);
    expect(refusalOf(await api.withToken(undefined)('GET', '/problems/nothing'))).toEqual(refused(404, 'not_found'));
  });
});

describe('while PostgreSQL is away', () => {
  it('starts, and answers 503 with when to try again', async () => {
    const away = await startTestApi({ environment: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' } });
    const nobody = away.withToken(undefined);
    expect(await nobody('GET', '/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable', postgresql: 'unavailable' } });
    const answer = await away.as('cleo', 'candidate')('GET', '/v1/exams');
    expect(refusalOf(answer)).toEqual(refused(503, 'unavailable'));
    expect(answer.headers.get('retry-after')).toBe('5');
    const { status, body: metrics } = await nobody('GET', '/metrics');
    expect(status).toBe(200);
    expect(metrics).not.toMatch(/^delivery_backlog/m); // not known is not none
    expect(metrics).toContain('certifiable_measure_failures_total{measure="deliveries"} 1');
    expect(metrics).toContain('http_request_duration_seconds_count');
    await away.close();
  });
});

describe('while the issuer is away', () => {
  it('answers 503 and not 401, and serves again when it is back', async () => {
    const away = await startTestApi({ environment: { OIDC_ISSUER: 'http://127.0.0.1:1' } });
    expect(refusalOf(await away.as('cleo', 'candidate')('GET', '/v1/exams'))).toEqual(refused(503, 'unavailable'));
    await away.close();
  });
});
