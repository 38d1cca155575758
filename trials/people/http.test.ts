import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ProblemError, sendJson } from './http.ts';

type Answer = (response: ServerResponse, tries: number) => void;

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A server that answers each request as the test says, and keeps what it was sent. */
async function serve(answer: Answer): Promise<{ baseUrl: string; requests: { key: unknown; at: number }[] }> {
  const requests: { key: unknown; at: number }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    requests.push({ key: request.headers['idempotency-key'], at: Date.now() });
    request.resume().on('end', () => answer(response, requests.length));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function reply(response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body === undefined ? undefined : JSON.stringify(body));
}

const token = async () => 'token';

describe('a request', () => {
  it('is repeated under one Idempotency-Key while the API is away or the connection breaks, and answered once', async () => {
    const { baseUrl, requests } = await serve((response, tries) => {
      if (tries === 1) response.destroy();
      else if (tries === 2) reply(response, 503, { code: 'unavailable', detail: 'away' });
      else if (tries === 3)
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"half', () => response.destroy());
      else reply(response, 201, { id: 7 });
    });
    expect(await sendJson({ baseUrl, token }, 'POST', '/v1/things', {})).toEqual({ id: 7 });
    expect(requests).toHaveLength(4);
    expect(requests[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(requests.map((request) => request.key)).size).toBe(1);
  });

  it('waits as long as it is asked to', async () => {
    const { baseUrl, requests } = await serve((response, tries) =>
      tries === 1 ? reply(response, 429, {}, { 'retry-after': '1' }) : reply(response, 204),
    );
    expect(await sendJson({ baseUrl, token }, 'GET', '/')).toBeUndefined();
    expect((requests[1]?.at ?? 0) - (requests[0]?.at ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  it('that is refused is not repeated, and says why', async () => {
    const { baseUrl, requests } = await serve((response) =>
      reply(response, 409, { code: 'wrong_phase', detail: 'not now', fields: [{ path: 'a', message: 'is wrong' }] }),
    );
    const refusal = await sendJson({ baseUrl, token }, 'PUT', '/v1/things/1', {}).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProblemError);
    expect(refusal).toMatchObject({ status: 409, code: 'wrong_phase', detail: 'not now [a: is wrong]' });
    expect(requests).toHaveLength(1);
  });

  it('ends when it is aborted, in the middle of a pause too', async () => {
    const stop = new AbortController();
    const { baseUrl } = await serve((response) => {
      reply(response, 503, {}, { 'retry-after': '60' });
      setTimeout(() => stop.abort(new Error('stopped')), 50);
    });
    const startedAt = Date.now();
    await expect(sendJson({ baseUrl, token, signal: stop.signal }, 'GET', '/')).rejects.toThrow();
    expect(Date.now() - startedAt).toBeLessThan(5000);
  });
});
