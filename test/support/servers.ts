import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort } from '../../local/ports.ts';
import { startPostgres } from '../../local/postgres.ts';
import { startTemporal } from '../../local/temporal.ts';
import { migrate } from '../../prisma/migrate.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A migrated, empty database; test files make copies of it. */
    templateDatabaseUrl: string;
    temporalAddress: string;
    temporaryDirectory: string;
  }
}

type Stop = () => Promise<void>;

/** The server looks every three minutes whether a build is drained, and waits three before it looks first. */
const PROMPT_DRAINAGE = {
  'matching.wv.VersionDrainageStatusRefreshInterval': '"1s"',
  'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '"1s"',
};

const log = (line: string) => console.log(line);

/** One PostgreSQL, the real one, for all projects of a test run: whichever comes first starts it. */
export async function provideDatabase({ vitest }: TestProject): Promise<Stop> {
  const run = vitest.getRootProject();
  if ('templateDatabaseUrl' in run.getProvidedContext()) return async () => {};
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-test-'));
  const port = await freePort({ purpose: 'PostgreSQL', log });
  const postgres = await startPostgres({ directory: join(directory, 'postgres'), port, persistent: false, durable: false, log });
  await migrate({ databaseUrl: postgres.databaseUrl, log: () => {} });
  run.provide('templateDatabaseUrl', postgres.databaseUrl);
  run.provide('temporaryDirectory', directory);
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

/** One Temporal dev server, the real one. */
export async function provideTemporal(project: TestProject): Promise<Stop> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-test-temporal-'));
  const port = await freePort({ purpose: 'Temporal', log });
  const temporal = await startTemporal({ port, dynamicConfig: PROMPT_DRAINAGE, logFile: join(directory, 'temporal.log'), log });
  project.provide('temporalAddress', temporal.address);
  return async () => {
    await temporal.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
