import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { makeStandby } from './postgres-backup.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { postgresUser } from './postgres-user.ts';
import { guardedProcess, type ManagedProcess } from './process.ts';
import { maxConnections } from './postgres.ts';

type ReplicaOptions = {
  readonly primaryUrl: string;
  /** Where the primary has its files, and where the replica gets its own. */
  readonly primaryDirectory: string;
  readonly directory: string;
  readonly port: number;
  readonly log: (line: string) => void;
};

/** A replica of an embedded PostgreSQL by streaming, of all its databases and logins. Start and stop are the process's. */
export async function startReplica({
  primaryUrl,
  primaryDirectory,
  directory,
  port,
  log,
}: ReplicaOptions): Promise<{ url: string; server: ManagedProcess }> {
  await mkdir(directory, { recursive: true, mode: 0o711 });
  const cluster = join(directory, 'cluster');
  await makeStandby({ databaseUrl: primaryUrl, cluster: join(primaryDirectory, 'cluster'), standby: cluster });
  const [binaries, user] = await Promise.all([postgresBinaries(), postgresUser()]);
  const url = Object.assign(new URL(primaryUrl), { port: String(port) }).href;
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `max_connections=${maxConnections}`,
    'timezone=UTC',
    'hot_standby_feedback=on',
  ];
  const server = guardedProcess({
    name: 'the replica',
    logFile: join(directory, 'postgres.log'),
    guarded: {
      command: binaries.postgres,
      args: ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      stopSignal: 'SIGINT',
      ...user,
    },
    isReady: () => answers(url),
    readySeconds: 60,
    stopSeconds: 20,
    log,
  });
  await server.start();
  return { url, server };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } finally {
    await client.end().catch(() => {});
  }
}
