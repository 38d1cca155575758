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

/** The server looks every three minutes whether a build is drained, and waits three before it looks first. */
const PROMPT_DRAINAGE = {
  'matching.wv.VersionDrainageStatusRefreshInterval': '"1s"',
  'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '"1s"',
};

/** One PostgreSQL and one Temporal dev server, the real ones, for the whole test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-test-'));
  const log = (line: string) => console.log(line);
  const [postgresPort, temporalPort] = [await freePort({ purpose: 'PostgreSQL', log }), await freePort({ purpose: 'Temporal', log })];
  const [postgres, temporal] = await Promise.all([
    startPostgres({ directory: join(directory, 'postgres'), port: postgresPort, persistent: false, durable: false, log }),
    startTemporal({ port: temporalPort, dynamicConfig: PROMPT_DRAINAGE, logFile: join(directory, 'temporal.log'), log }),
  ]);
  await migrate({ databaseUrl: postgres.databaseUrl, log: () => {} });
  project.provide('templateDatabaseUrl', postgres.databaseUrl);
  project.provide('temporalAddress', temporal.address);
  project.provide('temporaryDirectory', directory);
  return async () => {
    await Promise.all([temporal.stop(), postgres.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
}
