import { DBOS } from '@dbos-inc/dbos-sdk';
import { createCertificationActivities } from '../../../activities/certification/activities.ts';
import { createGradingAutoActivities } from '../../../activities/grading-auto/activities.ts';
import { createGradingHumanActivities } from '../../../activities/grading-human/activities.ts';
import { createPublicationActivities } from '../../../activities/publication/activities.ts';
import { runProcess } from '../../../platform/failure.ts';
import { createLogger } from '../../../platform/logging.ts';
import { readWorkerConfig } from '../../../workers/config.ts';
import { publishIssuerKeys } from '../../../workers/issuer-keys.ts';
import { POOLS } from '../../../workers/pools.ts';
import { closePools, stopOnSignal } from '../../../workers/stop.ts';
import { wirePools } from '../../../workers/wire.ts';
import { ATTEMPT, DBOS_APPLICATION, POLL_MILLISECONDS, QUEUE } from './attempt.ts';
import { createWorkflow } from './workflow.ts';

/** All pools of ours in one process, their loops too, with DBOS in the place of Temporal's workers. Settings are those of workers/main.ts. */

async function main(): Promise<void> {
  const config = readWorkerConfig();
  const logger = createLogger({ level: config.LOG_LEVEL, service: 'dbos', build: config.WORKER_BUILD_ID, format: config.LOG_FORMAT });
  const stopping = stopOnSignal(logger);
  // The keeper of schedules looks for them in Temporal.
  const pools = POOLS.filter((pool) => pool !== 'reporting');
  const wired = await wirePools({ pools, config, service: 'dbos', logger, stopping: stopping.signal });
  const { dependencies, store, loops } = wired;
  const credentials = dependencies.credentials();
  await publishIssuerKeys({ issuer: credentials, store, logger, stopping: stopping.signal });

  DBOS.setConfig({
    name: DBOS_APPLICATION,
    systemDatabaseUrl: config.DATABASE_URL,
    systemDatabasePoolSize: config.DATABASE_POOL_SIZE,
    logLevel: 'warn',
  });
  DBOS.registerWorkflow(
    createWorkflow({
      ...createCertificationActivities(dependencies),
      ...createGradingAutoActivities(dependencies),
      ...createGradingHumanActivities(dependencies),
      ...createPublicationActivities({ ...dependencies, credentials }),
    }),
    { name: ATTEMPT },
  );
  await DBOS.launch();
  await DBOS.registerQueue(QUEUE, { minPollingIntervalMs: POLL_MILLISECONDS });
  stopping.signal.addEventListener('abort', () => loops.forEach((loop) => loop.stop()));
  wired.becomeReady();
  await Promise.all(loops.map((loop) => loop.run()));
  await DBOS.shutdown();
  await closePools(wired);
}

await runProcess(main);
