import { request } from 'node:http';
import type { IRouter } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../test/support/api.ts';
import { createApp } from './app.ts';

let api: TestApi;
let paths: readonly Path[];
type Path = { readonly pattern: string; readonly methods: ReadonlySet<string> };
beforeAll(async () => {
  api = await startTestApi({ environment: { REGISTER_RATE_LIMIT_PER_MINUTE: '100000' } });
  await api.publish();
  paths = pathsOf(createApp(api.services).router);
});
afterAll(() => api.close());

/** Every path that the app has, of whatever router, with its methods. */
function pathsOf(router: IRouter): readonly Path[] {
  const methods = new Map<string, Set<string>>();
  const walk = ({ stack }: IRouter): void => {
    for (const { route, handle } of stack) {
      if (route) {
        const known = methods.get(route.path) ?? new Set<string>();
        for (const { method } of route.stack) if (method !== undefined) known.add(method.toUpperCase());
        methods.set(route.path, known);
      } else if ('stack' in handle) walk(handle as unknown as IRouter);
    }
  };
  walk(router);
  return [...methods].map(([pattern, known]) => ({ pattern, methods: known }));
}

type Answer = { readonly status: number; readonly allow: string | undefined; readonly text: string };

/** As it is written: fetch would mend a path before it is sent. */
async function send(method: string, path: string, token?: string): Promise<Answer> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    request({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .once('end', () => {
          resolve({ status: response.statusCode ?? 0, allow: response.headers.allow, text: Buffer.concat(chunks).toString() });
        });
    })
      .once('error', reject)
      .end();
  });
}

describe('every path', () => {
  it('is refused or not found, and never our fault, with NUL, broken escapes, or bytes that are no text in it', async () => {
    const token = await api.issuer.token({ subject: 'eve', roles: ['candidate', 'grader', 'designated', 'staff'] });
    const withParameter = paths.filter(({ pattern }) => pattern.includes(':'));
    expect(withParameter.map(({ pattern }) => pattern)).toEqual(
      expect.arrayContaining([
        '/achievements/:examId',
        '/register/:certificateId',
        '/v1/exams/:examId',
        '/problems/:code',
        '/credentials/:certificateId',
      ]),
    );
    const statuses = new Set<number>();
    for (const { pattern, methods } of withParameter) {
      for (const bad of ['%00', 'a%00b', '%', '%zz', '%c3%28', '%ed%a0%80', '%ff', '..%2f..', '%2e%2e', 'x'.repeat(3000), '%E2%80%AE', '__proto__']) {
        for (const method of methods) {
          const { status } = await send(method === '_ALL' ? 'GET' : method, pattern.replaceAll(/:\w+/g, bad), token);
          statuses.add(status);
          expect({ pattern, method, bad, status }).toEqual({ pattern, method, bad, status: expect.toBeOneOf([204, 303, 400, 404, 405, 415, 422]) });
        }
      }
    }
    expect([...statuses]).toEqual(expect.arrayContaining([400, 404]));
  });

  it('answers a method that it does not have with those that it has, to everybody, and is counted as no route', async () => {
    expect(paths.length).toBeGreaterThan(70);
    for (const { pattern } of paths) {
      const path = pattern.replaceAll(/:\w+/g, '01993c5e-4b7a-7c3e-9a51-3f0d8f2c6b11');
      // TRACE is in nobody's list; HEAD and OPTIONS come with others.
      const { status, allow = '', text } = await send('TRACE', path);
      expect({ pattern, status, allow }).toEqual({ pattern, status: 405, allow: expect.stringMatching(/\b(GET|POST|PUT|PATCH|DELETE)\b/) });
      expect(text).toContain(pattern.startsWith('/register') ? '</html>' : 'method_not_allowed');
      expect((await send('OPTIONS', path)).status).toBe(204);
    }
    const { allow } = await send('DELETE', '/v1/register/search');
    expect(allow).toBe('OPTIONS, POST');
    const metrics = (await api.withToken(undefined)('GET', '/metrics')).body as string;
    expect(metrics).toContain('{method="other",route="unmatched",status="405"}');
    expect(metrics).not.toContain('TRACE');
  });
});
