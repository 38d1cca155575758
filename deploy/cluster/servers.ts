import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresBinaries } from '../../local/postgres-binaries.ts';
import { prepareCluster, superuser } from '../../local/postgres-cluster.ts';
import { postgresUser } from '../../local/postgres-user.ts';
import { runStatements } from '../../local/run-statements.ts';
import type { ManagedProcess } from '../../local/process.ts';
import { findTemporalBinary } from '../../local/temporal-binary.ts';
import type { Work } from '../engine/cache.ts';
import { RUNNING_ROLES, roleName, type RunningRole } from '../../prisma/roles.ts';
import { NODE, PORTS } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import { asUser, type Node } from './node.ts';

/** PostgreSQL and Temporal beside the cluster, as an environment has them: the chart brings none. Temporal's is its development server, in memory. */
export type Servers = {
  /** As the owner of the tables, which migrations alone are. */
  readonly databaseUrl: string;
  /** As the login of each component of the chart, by its name. */
  readonly databaseLogins: Readonly<Record<string, string>>;
  /** As the administrator, who may do all. */
  readonly database: { readonly name: string; readonly user: string; readonly password: string; readonly address: string; readonly port: number };
  readonly temporalAddress: string;
  readonly namespace: string;
};

const DATABASE = 'certifiable';
const NAMESPACE = 'certifiable';
/** Pools that are rolled out have their connections twice. */
const CONNECTIONS_MAX = 400;

export async function withServers<Result>({ node, kubectl }: Cluster, work: Work, use: (servers: Servers) => Promise<Result>): Promise<Result> {
  // Where PostgreSQL's user may enter.
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-cluster-'));
  const running: ManagedProcess[] = [];
  try {
    const password = await startPostgres(node, directory, running);
    const logins = await makeLogins(directory);
    running.push(await startTemporal(node, work));
    await kubectl(['apply', '-f', '-'], { input: JSON.stringify(servicesOf()) });
    return await use({
      ...logins,
      database: { name: DATABASE, user: superuser, password, address: NODE.address, port: PORTS.postgres },
      temporalAddress: `${NAMES.temporal}:${PORTS.temporal}`,
      namespace: NAMESPACE,
    });
  } finally {
    await Promise.all(running.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  }
}

function socketsIn(directory: string): string {
  return join(directory, 'sockets');
}

/** By which pods reach what is beside the cluster, Temporal by the name that the chart has for it. */
const NAMES = { postgresql: 'postgresql.databases', temporal: 'temporal-frontend.temporal' } as const;

function servicesOf(): object {
  const ports = { postgresql: PORTS.postgres, temporal: PORTS.temporal };
  const items = Object.entries(NAMES).flatMap(([what, address]) => {
    const [name, namespace] = address.split('.');
    const port = ports[what as keyof typeof NAMES];
    return [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ port, protocol: 'TCP' }] } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: [{ port, protocol: 'TCP' }],
        endpoints: [{ addresses: [NODE.address], conditions: { ready: true } }],
      },
    ];
  });
  return { apiVersion: 'v1', kind: 'List', items };
}

async function startPostgres(node: Node, directory: string, running: ManagedProcess[]): Promise<string> {
  const [binaries, user] = await Promise.all([postgresBinaries(), postgresUser()]);
  const { dataDirectory, password } = await prepareCluster({ directory, binaries, user });
  const access = join(directory, 'pg_hba.conf');
  await writeFile(access, 'host all all all scram-sha-256\nlocal all all trust\n');
  await chmod(access, 0o644);
  await mkdir(socketsIn(directory));
  if (user) await chown(socketsIn(directory), user.uid, user.gid);
  const settings = [
    `listen_addresses=${NODE.address}`,
    `unix_socket_directories=${socketsIn(directory)}`,
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
      isReady: () => takesStatements(bySocket(directory)),
    }),
  );
  return password;
}

type Connection = Parameters<typeof runStatements>[0];

function bySocket(directory: string): Connection {
  return { host: socketsIn(directory), port: PORTS.postgres, user: superuser, database: DATABASE };
}

/** It listens a while before: what it says until then is that it is starting up. Exported for its test. */
export async function takesStatements(connection: Connection): Promise<boolean> {
  return runStatements(connection, ['SELECT 1']).then(
    () => true,
    () => false,
  );
}

const ROLES = new URL('../terraform/roles.sql', import.meta.url);

/** As an administrator makes them once, by roles.sql, and gives each a password. */
async function makeLogins(directory: string): Promise<Pick<Servers, 'databaseUrl' | 'databaseLogins'>> {
  const statements = [await readFile(ROLES, 'utf8')];
  const urlOf = (login: string) => {
    const password = randomBytes(24).toString('hex');
    statements.push(`ALTER ROLE ${login} PASSWORD '${password}'`);
    return `postgresql://${login}:${password}@${NAMES.postgresql}:${PORTS.postgres}/${DATABASE}`;
  };
  const databaseUrl = urlOf(`${DATABASE}_app`);
  const components = RUNNING_ROLES.filter((role) => role !== 'operator').map((role) => role.replaceAll('_', '-'));
  const databaseLogins = Object.fromEntries(components.map((component) => [component, urlOf(loginOf(component))]));
  await runStatements(bySocket(directory), statements);
  return { databaseUrl, databaseLogins };
}

/** By which a component of the chart signs in. */
export function loginOf(component: string): string {
  return `${roleName(component.replaceAll('-', '_') as RunningRole, DATABASE)}_login`;
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
