import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { forward } from './forward.ts';

const directory = await mkdtemp(join(tmpdir(), 'forward-'));
const answering = createServer((request, response) => void request.pipe(response)).listen(0, '127.0.0.1');
await new Promise((resolve) => answering.once('listening', resolve));
const silent = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1');
await new Promise((resolve) => silent.once('listening', resolve));

afterAll(async () => {
  for (const server of [answering, silent]) server.close();
  await rm(directory, { recursive: true });
});

function portOf(server: { address: () => unknown }): string {
  return String((server.address() as AddressInfo).port);
}

/** By way of a socket in the file system, as between two namespaces. */
async function through<Result>(to: string, use: (url: string) => Promise<Result>): Promise<Result> {
  const socket = join(directory, 'door');
  const inside = await forward({ from: socket, to });
  const outside = await forward({ from: '0', to: socket });
  try {
    return await use(`http://127.0.0.1:${portOf(outside)}/`);
  } finally {
    inside.close();
    outside.close();
  }
}

describe('a door between namespaces', () => {
  it('hands on what is sent, whole, both ways', async () => {
    const body = 'ä'.repeat(300_000);
    const echoed = await through(portOf(answering), async (url) =>
      (await fetch(url, { method: 'POST', body, headers: { connection: 'close' } })).text(),
    );
    expect(echoed).toBe(body);
  });

  it('refuses as soon as nobody is there, or whoever is there hangs up', async () => {
    const nobody = await through('1', async (url) => fetch(url).catch((error: unknown) => error));
    const hungUp = await through(portOf(silent), async (url) => fetch(url).catch((error: unknown) => error));
    expect([nobody, hungUp]).toEqual([expect.any(TypeError), expect.any(TypeError)]);
  });
});
