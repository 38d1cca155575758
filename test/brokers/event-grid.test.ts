import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createEventSink } from '../../platform/brokers/brokers.ts';
import type { EventSink } from '../../platform/brokers/event-sink.ts';
import { eventOf } from './support.ts';

// The service cannot be had outside of Azure: a server on loopback stands in for its documented protocol
// (POST of a JSON array as application/cloudevents-batch+json with the key in aeg-sas-key, all or nothing).

type Request = { url: string; headers: IncomingHttpHeaders; events: Record<string, unknown>[] };
type Answer = { status: number; body?: object; headers?: Record<string, string> };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function standIn(answer: (events: Request['events']) => Answer): Promise<{ endpoint: string; requests: Request[]; server: Server }> {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const events = JSON.parse(Buffer.concat(chunks).toString()) as Request['events'];
      requests.push({ url: `${request.method} ${request.url}`, headers: request.headers, events });
      const { status, body, headers } = answer(events);
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body ? JSON.stringify(body) : '');
    });
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/events`, requests, server };
}

function sinkTo(endpoint: string): Promise<EventSink> {
  return createEventSink({ name: 'grid-test', kind: 'event-grid', endpoint, accessKey: { variable: 'GRID_KEY' } }, { GRID_KEY: 'very-secret' });
}

const accepts = () => ({ status: 200 });

describe('events to Azure Event Grid (a stand-in on loopback for its protocol, not the service)', () => {
  it('go as one batch of CloudEvents, each whole, with the key in its header alone', async () => {
    const { endpoint, requests } = await standIn(accepts);
    const events = [eventOf('attempt-1', 1), eventOf('attempt-2', 1)];
    expect(await (await sinkTo(endpoint)).send(events)).toEqual([{ kind: 'sent' }, { kind: 'sent' }]);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url).toBe('POST /api/events?api-version=2018-01-01');
    expect(requests[0]?.headers['content-type']).toBe('application/cloudevents-batch+json; charset=utf-8');
    expect(requests[0]?.headers['aeg-sas-key']).toBe('very-secret');
    const received = requests[0]?.events.map(({ traceparent: _added, tracestate: _too, ...event }) => event);
    expect(received).toEqual(events);
  });

  it('that it finds malformed are rejected alone, and their neighbours sent', async () => {
    const isBad = (event: Record<string, unknown>) => event['subject'] === 'bad';
    const { endpoint, requests } = await standIn((events) =>
      events.some(isBad) ? { status: 400, body: { error: { code: 'BadRequest' } } } : { status: 200 },
    );
    const events = ['a', 'b', 'bad', 'c', 'd'].map((key) => eventOf(key, 1));
    const results = await (await sinkTo(endpoint)).send(events);
    expect(results.map(({ kind }) => kind)).toEqual(['sent', 'sent', 'rejected', 'sent', 'sent']);
    const accepted = requests.filter((request) => !request.events.some(isBad)).flatMap((request) => request.events);
    expect(accepted.map((event) => event['subject'])).toEqual(['a', 'b', 'c', 'd']);
  });

  it('are cut into requests of at most 1 MiB, and one above that is rejected as the service says', async () => {
    const sizes: number[] = [];
    const { endpoint } = await standIn((events) => {
      sizes.push(Buffer.byteLength(JSON.stringify(events)));
      return { status: (sizes.at(-1) ?? 0) > 1024 * 1024 ? 413 : 200 };
    });
    const events = [...Array.from({ length: 6 }, (_, index) => eventOf('a', index, 'x'.repeat(300_000))), eventOf('b', 1, 'x'.repeat(1_100_000))];
    const results = await (await sinkTo(endpoint)).send(events);
    expect(results.map(({ kind }) => kind)).toEqual([...Array.from({ length: 6 }, () => 'sent'), 'rejected']);
    expect(sizes.filter((size) => size > 1024 * 1024)).toHaveLength(1);
  });

  it('are none of them sent when the key is refused, which the error says without quoting it', async () => {
    const { endpoint } = await standIn(() => ({ status: 401, body: { error: { code: 'Unauthorized', message: 'The request is not authorized' } } }));
    const error = await (await sinkTo(endpoint)).send([eventOf('a', 1)]).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(/grid-test.*not authorized/);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('very-secret');
  });

  it('are tried again by the same sink when the service was away', async () => {
    let isAway = true;
    const { endpoint } = await standIn(() => (isAway ? { status: 503, headers: { 'retry-after': '0' } } : { status: 200 }));
    const sink = await sinkTo(endpoint);
    await expect(sink.send([eventOf('a', 1)])).rejects.toThrow('grid-test');
    isAway = false;
    expect(await sink.send([eventOf('a', 1)])).toEqual([{ kind: 'sent' }]);
    await sink.close();
  });

  it('are none of them sent when nobody listens', async () => {
    const { endpoint, server } = await standIn(accepts);
    server.close();
    await once(server, 'close');
    await expect((await sinkTo(endpoint)).send([eventOf('a', 1)])).rejects.toThrow(/grid-test.*ECONNREFUSED/);
  });
});
