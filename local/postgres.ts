import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { makeLogins } from './database-logins.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { prepareCluster, superuser, type Cluster } from './postgres-cluster.ts';
import { postgresUser } from './postgres-user.ts';
import { guardedProcess, type ManagedProcess } from './process.ts';

export type PostgresOptions = {
  /** Absolute; made if need be. A second start on it finds the data of the first. */
  directory: string;
  port: number;
  /** False: the directory goes when it stops. */
  persistent: boolean;
  /** False, for tests only: committed data may be lost when the machine (not the process) crashes. Default true. */
  durable?: boolean | undefined;
  /** More settings of the server, `name=value`. */
  settings?: readonly string[] | undefined;
  /** Default: `postgres.log` in the directory. */
  logFile?: string | undefined;
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
};

export type Postgres = {
  databaseUrl: string;
  /** Fast shutdown: connections are cut, what is committed is kept. */
  stop(): Promise<void>;
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>;
  /** After stop or kill of a persistent one; same port, same data. */
  start(): Promise<void>;
};

const database = 'certifiable';
/** Of a replica, too: it takes no fewer than its primary. Every process keeps its own over a lull (store/context.ts). */
export const maxConnections = 400;

/** PostgreSQL on loopback with an empty database `certifiable`, or the one that is there. Resolves when it answers. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { directory, port, persistent } = options;
  await mkdir(directory, { recursive: true });
  const [binaries, user] = await Promise.all([postgresBinaries(), postgresUser()]);
  const prepare = () => prepareCluster({ directory, binaries, user });
  const cluster = await prepare();
  const urlOf = (name: string) => `postgresql://${superuser}:${cluster.password}@127.0.0.1:${port}/${name}`;
  const server = guardedProcess({
    name: 'PostgreSQL',
    logFile: options.logFile ?? join(directory, 'postgres.log'),
    guarded: { command: binaries.postgres, args: serverArgs(cluster, options), stopSignal: 'SIGINT', ...user },
    isReady: () => takesWrites(urlOf('postgres')),
    readySeconds: 60,
    stopSeconds: 20,
    log: options.log,
    signal: options.signal,
  });

  const start = async () => {
    await prepare();
    await startPatiently(server, options.signal);
    await createDatabase(urlOf('postgres'));
    await withClient(urlOf('postgres'), (client) => makeLogins(client, urlOf(database)));
  };
  const stop = async () => {
    await server.stop();
    if (!persistent) await rm(directory, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { databaseUrl: urlOf(database), start, stop, kill: () => server.kill() };
}

function serverArgs({ dataDirectory }: Cluster, { port, durable = true, settings: more = [] }: PostgresOptions): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    // No socket file: its path would be too long in some directories, and nobody uses it.
    'unix_socket_directories=',
    `max_connections=${maxConnections}`,
    'timezone=UTC',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ...more,
  ];
  return ['-D', dataDirectory, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

/** After kill -9 the backends of the old server take a moment to notice, and a new one refuses to start meanwhile. */
async function startPatiently(server: ManagedProcess, signal: AbortSignal | undefined): Promise<void> {
  const attempts = 5;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await server.start();
    } catch (error) {
      const endedByItself = server.pid() === undefined;
      if (!endedByItself || attempt === attempts || signal?.aborted) throw error;
      await sleep(500);
    }
  }
}

/** One that is being restored answers before it does. */
async function takesWrites(url: string): Promise<boolean> {
  const { rows } = await withClient(url, (client) => client.query<{ recovering: boolean }>('SELECT pg_is_in_recovery() AS recovering'));
  return rows[0]?.recovering === false;
}

async function createDatabase(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
  });
}

async function withClient<Result>(url: string, use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  // An idle client that loses its connection would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
