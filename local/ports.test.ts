import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { placeOfTest } from './environment.ts';
import { freePort, returnPort } from './ports.ts';

it('gives another port than the preferred one when that is taken, and says so', async () => {
  const said: string[] = [];
  const log = (line: string) => said.push(line);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const preferred = typeof address === 'object' && address ? address.port : 0;
  expect(await freePort({ preferred, purpose: 'the API', log })).not.toBe(preferred);
  expect(said).toEqual([expect.stringMatching(new RegExp(`^port ${preferred} is taken: the API gets \\d+$`))]);
  taken.close();
});

it('does not give a port twice until it is returned', async () => {
  const log = () => {};
  const port = await freePort({ purpose: 'one', log });
  expect(await freePort({ preferred: port, purpose: 'two', log })).not.toBe(port);
  returnPort(port);
  expect(await freePort({ preferred: port, purpose: 'three', log })).toBe(port);
});

it('gives a test file none of the ports of those that run at the same time', async () => {
  expect(placeOfTest()).toBeGreaterThan(0);
  const ports = await Promise.all(Array.from({ length: 20 }, () => freePort({ purpose: 'a test', log: () => {} })));
  expect(new Set(ports.map((port) => port % 4))).toEqual(new Set([placeOfTest() % 4]));
});

it('gives no port that a system gives to connections, which could take it before anybody listens', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort({ purpose: 'a test', log: () => {} })));
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});
