import { parseArgs } from 'node:util';
import { readTemporalConfig } from '../platform/config.ts';
import { createTemporalClient } from '../platform/temporal.ts';
import { makeCurrent } from '../platform/worker-deployments.ts';
import { TASK_QUEUES } from '../workflows/queues.ts';

/**
 * `node workers/promote.ts BUILD_ID [POOL …] [--timeout SECONDS]`: makes a build current in the pools named, or in all, each as
 * soon as a worker of it polls. New attempts go to it; attempts under way stay pinned to theirs. The way back is the same
 * command with the earlier build id.
 */
const { positionals, values } = parseArgs({ allowPositionals: true, options: { timeout: { type: 'string', default: '60' } } });
const [buildId, ...pools] = positionals;
const timeoutSeconds = Number(values.timeout);
if (buildId === undefined || !(timeoutSeconds > 0)) {
  console.error('usage: node workers/promote.ts BUILD_ID [POOL …] [--timeout SECONDS]');
  process.exit(2);
}
const client = createTemporalClient(readTemporalConfig());
const outcomes = await Promise.allSettled(
  (pools.length > 0 ? pools : TASK_QUEUES).map(async (deploymentName) => {
    await makeCurrent(client, { deploymentName, buildId, timeoutSeconds });
    console.log(`${deploymentName}: ${buildId} is current`);
  }),
);
await client.connection.close();
for (const outcome of outcomes) {
  if (outcome.status === 'fulfilled') continue;
  console.error(outcome.reason);
  process.exitCode = 1;
}
