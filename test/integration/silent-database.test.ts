import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectDatabase, isDatabaseUnavailable } from '../../store/context.ts';
import { createDatabase } from '../support/database.ts';

/**
 * A way to PostgreSQL that can fall silent, as a host does that vanishes: its connections stay open and nothing comes back.
 * New ones reach the server again, as after a failover.
 */
let way: Server;
let silent = false;
const connections: { readonly near: Socket; readonly far: Socket; mute: boolean }[] = [];
let databaseUrl: string;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createDatabase();
  drop = database.drop;
  const target = new URL(database.databaseUrl);
  const [host, port] = [target.hostname, Number(target.port)];
  way = createServer((near) => {
    const far = connect(port, host);
    const connection = { near, far, mute: silent };
    connections.push(connection);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('data', (chunk) => connection.mute || far.write(chunk));
    far.on('data', (chunk) => connection.mute || near.write(chunk));
  });
  await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
  target.hostname = '127.0.0.1';
  target.port = String((way.address() as AddressInfo).port);
  databaseUrl = target.href;
});

afterAll(async () => {
  for (const { near, far } of connections) for (const socket of [near, far]) socket.destroy();
  await new Promise((resolve) => way.close(resolve));
  await drop();
});

/** Those that are open stay silent for good. */
function fallSilent(): void {
  silent = true;
  for (const connection of connections) connection.mute = true;
}

it('a database that falls silent is away after the time given, and is used again by new connections when it is back', async () => {
  const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 }, { answerMilliseconds: 1000 });
  const inTransaction = () => prisma.$transaction((tx) => tx.$queryRaw`SELECT 1`, { maxWait: 10_000 });
  await inTransaction();
  fallSilent();
  for (const work of [() => prisma.$queryRaw`SELECT 1`, inTransaction]) {
    const failure = await Promise.resolve(work()).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isDatabaseUnavailable(failure), String(failure)).toBe(true);
  }
  silent = false;
  await expect.poll(() => inTransaction().then(() => 'answers', String), { timeout: 20_000 }).toBe('answers');
  await prisma.$disconnect();
});

it('a server that ends a connection between two statements of a transaction is away, whatever the driver then calls it', async () => {
  const one = () => connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 1 });
  const [prisma, other] = [one(), one()];
  const failures: unknown[] = [];
  const broken = prisma.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS pid`;
    await other.$executeRaw`SELECT pg_terminate_backend(${row.pid})`;
    // Until the driver has heard of it.
    await pause(200);
    try {
      await tx.$executeRaw`SELECT 1`;
    } catch (error) {
      failures.push(error);
      throw error;
    }
  });
  await broken.catch((error: unknown) => failures.push(error));
  expect(failures.map((failure) => [String(failure), isDatabaseUnavailable(failure)])).toEqual(failures.map((failure) => [String(failure), true]));
  expect(failures).toHaveLength(2);
  await Promise.all([prisma.$disconnect(), other.$disconnect()]);
});
