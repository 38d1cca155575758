import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from '../../local/bundle.ts';
import { freePort } from '../../local/ports.ts';
import { makeLogin } from '../../local/database-logins.ts';
import { startPostgres } from '../../local/postgres.ts';
import { startTemporal, type Temporal } from '../../local/temporal.ts';
import { migrate } from '../../prisma/migrate.ts';
import { RUNNING_ROLES } from '../../prisma/roles.ts';
import { RUNNING_LOGIN } from './running-login.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A migrated, empty database; test files make copies of it. */
    templateDatabaseUrl: string;
    /** One for each file that runs at the same time as others. */
    temporalAddresses: readonly string[];
    temporaryDirectory: string;
    /** The workflow code, bundled once for all pipelines, as in the image. */
    workflowBundle: string;
  }
}

type Stop = () => Promise<void>;

const log = (line: string) => console.log(line);

/** One PostgreSQL, the real one, for all projects of a test run: whichever comes first starts it. */
export async function provideDatabase({ vitest }: TestProject): Promise<Stop> {
  const run = vitest.getRootProject();
  if ('templateDatabaseUrl' in run.getProvidedContext()) return async () => {};
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-test-'));
  const port = await freePort({ purpose: 'PostgreSQL', log });
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), port, persistent: false, durable: false, log });
  await migrate({ databaseUrl: postgres.databaseUrl, log: () => {} });
  await makeRunningLogin(postgres.databaseUrl);
  run.provide('templateDatabaseUrl', postgres.databaseUrl);
  run.provide('temporaryDirectory', directory);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

/** Who is all running processes at once, for stores that a test asks for whatever any of them does. */
async function makeRunningLogin(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await makeLogin(client, { login: RUNNING_LOGIN, roles: RUNNING_ROLES, ownerUrl: databaseUrl });
  } finally {
    await client.end();
  }
}

/** Temporal dev servers, the real ones, and the workflow code for their workers. */
export async function provideTemporal(project: TestProject): Promise<Stop> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-test-temporal-'));
  const bundle = join(project.config.root, 'build', 'test-workflow-bundle.js');
  const [servers] = await Promise.all([startServers(directory, project.config.maxWorkers), bundleWorkflows({ file: bundle, log })]);
  project.provide(
    'temporalAddresses',
    servers.map(({ address }) => address),
  );
  project.provide('workflowBundle', bundle);
  return async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  };
}

/** One after the other: the first may have to get the program. */
async function startServers(directory: string, count: number): Promise<Temporal[]> {
  const servers: Temporal[] = [];
  while (servers.length < count) {
    const port = await freePort({ purpose: 'Temporal', log });
    const logFile = join(directory, `temporal-${port}.log`);
    servers.push(await startTemporal({ port, logFile, log }));
  }
  return servers;
}
