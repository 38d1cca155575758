import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresBinaries } from '../../local/postgres-binaries.ts';
import { prepareCluster, superuser } from '../../local/postgres-cluster.ts';
import { postgresUser } from '../../local/postgres-user.ts';
import type { ManagedProcess } from '../../local/process.ts';
import { findTemporalBinary } from '../../local/temporal-binary.ts';
import type { Work } from '../engine/cache.ts';
import { NODE, PORTS } from './addresses.ts';
import { asUser, type Node } from './node.ts';

/** PostgreSQL and Temporal beside the cluster, as an environment has them: the chart brings none. Temporal's is its development server, in memory. */
export type Servers = {
  readonly databaseUrl: string;
  readonly database: { readonly name: string; readonly user: string; readonly password: string; readonly address: string; readonly port: number };
  readonly temporalAddress: string;
  readonly namespace: string;
};

const DATABASE = 'certifiable';
const NAMESPACE = 'certifiable';
/** Pools that are rolled out have their connections twice. */
const CONNECTIONS_MAX = 400;

export async function withServers<Result>(node: Node, work: Work, use: (servers: Servers) => Promise<Result>): Promise<Result> {
  // Where PostgreSQL's user may enter.
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-cluster-'));
  const running: ManagedProcess[] = [];
  try {
    const password = await startPostgres(node, directory, running);
    running.push(await startTemporal(node, work));
    return await use({
      database: { name: DATABASE, user: superuser, password, address: NODE.address, port: PORTS.postgres },
      databaseUrl: `postgresql://${superuser}:${password}@${NODE.address}:${PORTS.postgres}/${DATABASE}`,
      temporalAddress: `${NODE.address}:${PORTS.temporal}`,
      namespace: NAMESPACE,
    });
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}

async function startPostgres(node: Node, directory: string, running: ManagedProcess[]): Promise<string> {
  const [binaries, user] = await Promise.all([postgresBinaries(), postgresUser()]);
  const { dataDirectory, password } = await prepareCluster({ directory, binaries, user });
  const access = join(directory, 'pg_hba.conf');
  await writeFile(access, 'host all all all scram-sha-256\nlocal all all trust\n');
  await chmod(access, 0o644);
  const settings = [
    `listen_addresses=${NODE.address}`,
    'unix_socket_directories=/tmp',
    `max_connections=${CONNECTIONS_MAX}`,
    'timezone=UTC',
    `hba_file=${access}`,
    // It is gone with the cluster.
    'fsync=off',
  ];
  // Before it listens: as the one user of the files.
  await node.says('setpriv', [...(user === undefined ? [] : asUser(user)), binaries.postgres, '--single', '-D', dataDirectory, 'postgres'], {
    input: `CREATE DATABASE ${DATABASE}\n`,
  });
  running.push(
    await node.start({
      name: 'postgres',
      command: binaries.postgres,
      args: ['-D', dataDirectory, '-p', String(PORTS.postgres), ...settings.flatMap((setting) => ['-c', setting])],
      user,
      isReady: () => node.listensOn(PORTS.postgres),
    }),
  );
  return password;
}

async function startTemporal(node: Node, work: Work): Promise<ManagedProcess> {
  const settings = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1', 'frontend.enableUpdateWorkflowExecution=true'];
  return node.start({
    name: 'temporal',
    command: await findTemporalBinary(work),
    args: [
      'server',
      'start-dev',
      '--headless',
      // On one address of several its services do not find one another: they look on loopback. The network is the engine's own.
      '--ip=0.0.0.0',
      `--port=${PORTS.temporal}`,
      `--namespace=${NAMESPACE}`,
      '--log-level=warn',
      '--log-format=json',
      ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
    ],
    isReady: () => node.listensOn(PORTS.temporal),
  });
}
