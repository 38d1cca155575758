import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTemporalClient } from '../platform/temporal/client.ts';
import { readTemporalConfig } from '../platform/temporal/settings.ts';
import { createAttention } from './attention.ts';

/** Longer than a reader waits, and no longer than the question itself may take. */
const QUESTION_MILLISECONDS = 1900;

const sockets = new Set<Socket>();
let silent: Server;
beforeAll(async () => {
  silent = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it.each([
  ['accepts and never answers', async () => portOf(silent)],
  ['is away', closedPort],
])('who looks is told that it is partial, long before Temporal is given up, when that %s', async (_what, port) => {
  const temporal = createTemporalClient(readTemporalConfig({ TEMPORAL_ADDRESS: `127.0.0.1:${await port()}` }));
  const order: string[] = [];
  const question = temporal
    .withDeadline(Date.now() + QUESTION_MILLISECONDS, () => temporal.workflowService.getSystemInfo({}))
    .catch(() => order.push('Temporal was given up'));
  const attention = createAttention(temporal);
  const told = attention().then((called) => {
    order.push('told');
    return called;
  });
  expect(await told).toEqual({ attemptIds: new Set(), isPartial: true });
  await question;
  expect(order).toEqual(['told', 'Temporal was given up']);
  expect((await attention()).isPartial).toBe(true);
});
