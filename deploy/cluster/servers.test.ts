import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { freePort } from '../../local/ports.ts';
import { postgresBinaries } from '../../local/postgres-binaries.ts';
import { superuser } from '../../local/postgres-cluster.ts';
import { postgresUser } from '../../local/postgres-user.ts';
import { startPostgres } from '../../local/postgres.ts';
import { takesStatements } from './servers.ts';

const log = () => {};

it('does not take a PostgreSQL that listens for one that answers', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-servers-'));
  const port = await freePort({ purpose: 'PostgreSQL', log });
  const postgres = await startPostgres({ directory, port, persistent: true, log });
  const password = await readFile(join(directory, 'password'), 'utf8');
  const connection = { host: '127.0.0.1', port, user: superuser, password, database: 'postgres' };
  expect(await takesStatements(connection)).toBe(true);
  await postgres.stop();
  expect(await takesStatements(connection)).toBe(false);

  // A standby that is open to nobody stays what another is for a moment while it starts.
  const dataDirectory = join(directory, 'cluster');
  await writeFile(join(dataDirectory, 'standby.signal'), '');
  await appendFile(join(dataDirectory, 'postgresql.auto.conf'), 'hot_standby = off\n');
  const [{ postgres: program }, user] = await Promise.all([postgresBinaries(), postgresUser()]);
  const server = spawn(program, ['-D', dataDirectory, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', ''], {
    ...user,
    stdio: 'ignore',
  });
  try {
    await vi.waitFor(() => accepts(port), { timeout: 30_000, interval: 100 });
    expect(await takesStatements(connection)).toBe(false);
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
    await rm(directory, { recursive: true, force: true });
  }
}, 60_000);

async function accepts(port: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
