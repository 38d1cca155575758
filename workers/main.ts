import { readArguments } from '../platform/arguments.ts';
import { ConfigurationError } from '../platform/config.ts';
import { runProcess } from '../platform/failure.ts';
import { createLogger } from '../platform/logging.ts';
import { warnOfOwnersLogin } from '../store/database-roles.ts';
import { LOG_LABELS } from '../workflows/messages.ts';
import { readWorkerConfig } from './config.ts';
import { POOLS, type Pool } from './pools.ts';
import { runPools } from './run.ts';
import { closePools, stopOnSignal } from './stop.ts';
import { wirePools } from './wire.ts';

/** `node workers/main.ts --pool NAME` runs one pool; without --pool, all of them in one process. */
function poolsFromArguments(): readonly Pool[] {
  const { values } = readArguments({ options: { pool: { type: 'string', multiple: true } } });
  const unknown = values.pool?.filter((name) => !POOLS.includes(name as Pool)) ?? [];
  if (unknown.length > 0) throw new ConfigurationError([`--pool: there is no pool "${unknown.join('", "')}"; there are ${POOLS.join(', ')}`]);
  return (values.pool as Pool[] | undefined) ?? POOLS;
}

async function main(): Promise<void> {
  const pools = poolsFromArguments();
  const config = readWorkerConfig();
  const service = `worker-${pools.length === 1 ? pools[0] : 'all'}`;
  const logger = createLogger({ level: config.LOG_LEVEL, service, build: config.WORKER_BUILD_ID, format: config.LOG_FORMAT, labels: LOG_LABELS });
  const stopping = stopOnSignal(logger);
  const wired = await wirePools({ pools, config, service, logger, stopping: stopping.signal });
  void warnOfOwnersLogin(wired, logger);
  await runPools(wired, stopping);
  await closePools(wired);
  logger.info('stopped');
}

await runProcess(main); // which exits: pino's and the SDK's handles must not keep a stopped worker alive
