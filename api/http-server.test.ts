import { once } from 'node:events';
import { Agent, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../platform/logging.ts';
import { closeHttpServer, createHttpServer } from './http-server.ts';

const logger = createLogger({ level: 'silent', service: 'api', build: 'test', format: 'ecs', labels: {} });

let server: Server;
let agent: Agent;
let port: number;

beforeEach(async () => {
  server = createHttpServer((asked, response) => {
    if (asked.url !== '/slow') response.end('well');
    else void pause(300).then(() => response.end('well, later'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
});

afterEach(() => {
  agent.destroy();
  server.closeAllConnections();
});

async function ask(path = '/'): Promise<{ said: string; connection: string | undefined }> {
  const asking = request({ host: '127.0.0.1', port, path, agent });
  asking.end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return { said: Buffer.concat(chunks).toString(), connection: answer.headers.connection };
}

describe('a server that stops', () => {
  it('answers once more on a connection that was kept, and says that it was the last time', async () => {
    expect(await ask()).toEqual({ said: 'well', connection: 'keep-alive' });
    const closed = closeHttpServer(server, { graceSeconds: 4, logger });
    await pause(200);
    expect(await ask()).toEqual({ said: 'well', connection: 'close' });
    await closed;
    await expect(ask()).rejects.toThrow(/ECONNREFUSED/);
  });

  it('waits for a request under way', async () => {
    const answer = ask('/slow');
    await once(server, 'request');
    const closed = closeHttpServer(server, { graceSeconds: 4, logger });
    expect(await answer).toMatchObject({ said: 'well, later' });
    await closed;
  });

  it('is gone when nobody is connected', async () => {
    await closeHttpServer(server, { graceSeconds: 4, logger });
    expect(server.listening).toBe(false);
  });

  it('does not wait for one who keeps a connection and says nothing any more', async () => {
    await ask();
    await closeHttpServer(server, { graceSeconds: 4, logger });
    expect(server.listening).toBe(false);
  });
});
