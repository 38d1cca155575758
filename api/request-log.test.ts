import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, it } from 'vitest';
import { createLogger } from '../platform/logging.ts';
import { createMetrics } from './metrics.ts';
import { recordRequests } from './request-log.ts';

it('a request’s log line names its route, and never what is in its address or its headers', async () => {
  const lines: unknown[] = [];
  const logger = Object.assign(createLogger({ level: 'silent', service: 'test' }), { info: (line: unknown) => lines.push(line) });
  const metrics = createMetrics({
    deliveries: { backlog: async () => ({ count: 0, oldestAgeSeconds: 0 }) },
    strayKeys: async () => [],
    build: 'test',
    logger,
  });
  const app = express();
  app.use(recordRequests({ logger, metrics }));
  app.get('/register/:page', (_request, response) => void response.send('ok'));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await fetch(`${url}/register/secret-1?token=secret-2`, { headers: { authorization: 'Bearer secret-3', referer: 'https://x.example/secret-4' } });
    await fetch(`${url}/unmatched/secret-5?name=secret-6`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
  expect(lines).toMatchObject([
    { method: 'GET', route: '/register/:page', status: 200 },
    { method: 'GET', route: 'unmatched', status: 404 },
  ]);
  expect(JSON.stringify(lines) + (await metrics.text())).not.toContain('secret');
});
