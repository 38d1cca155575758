import express from 'express';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Counter } from 'prom-client';
import { z } from 'zod';
import { createLogger } from '../platform/logging.ts';
import type { Actor } from './actor.ts';
import { identify } from './authentication.ts';
import { answerProblems } from './error-handler.ts';
import { Problem } from './problems.ts';
import { nameRequest } from './request-context.ts';
import { mount, route } from './route.ts';

const actor: Actor = {
  subject: 'ada',
  name: 'Ada',
  email: undefined,
  locale: undefined,
  timeZone: undefined,
  issuedAt: undefined,
  roles: new Set(['staff']),
};

/** Stands in for an issuer: one token is good, all others are refused. */
function verifyToken(token: string): Actor {
  if (token !== 'good') throw new Problem('unauthenticated', 'No.');
  return actor;
}

const answers = { 200: { description: 'Who asked', body: z.object({ subject: z.string() }) } };
const documentation = { operationId: 'getCaller', tag: 'Exams', summary: 'Who asks', answers } as const;

let server: Server;
let url: string;
beforeAll(async () => {
  const app = express();
  app.use(nameRequest, identify(verifyToken));
  mount(
    app,
    route({ ...documentation, method: 'post', path: '/public', roles: [], body: z.object({ word: z.string() }) }).handledBy(
      async ({ actor: who, body }) => ({ status: 200, body: { subject: `${String(who)}, ${body.word}` } }),
    ),
  );
  mount(
    app,
    route({ ...documentation, method: 'get', path: '/private', roles: ['staff'] }).handledBy(async ({ actor: who }) => ({
      status: 200,
      body: { subject: who.subject },
    })),
  );
  app.use(
    answerProblems({
      logger: createLogger({ level: 'silent', service: 'test' }),
      metrics: { refusedForRoom: new Counter({ name: 'refused', help: 'refused', registers: [] }) },
    }),
  );
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const withToken = (token: string | undefined) => (token === undefined ? {} : { authorization: `Bearer ${token}` });

describe('a route without roles', () => {
  it.each([undefined, 'good', 'bad'])('answers everybody the same, and is not told who asks (token: %s)', async (token) => {
    const headers = { 'content-type': 'application/json', ...withToken(token) };
    const response = await fetch(`${url}/public`, { method: 'POST', headers, body: JSON.stringify({ word: 'hello' }) });
    expect([response.status, await response.json()]).toEqual([200, { subject: 'undefined, hello' }]);
  });

  it('checks what is sent all the same', async () => {
    const response = await fetch(`${url}/public`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(response.status).toBe(422);
  });
});

describe('a route with roles', () => {
  it.each([
    [undefined, 401],
    ['bad', 401],
    ['good', 200],
  ])('answers those who have one alone (token: %s)', async (token, status) => {
    expect((await fetch(`${url}/private`, { headers: withToken(token) })).status).toBe(status);
  });
});
