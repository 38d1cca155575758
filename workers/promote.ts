import { readTemporalConfig } from '../platform/config.ts';
import { createTemporalClient } from '../platform/temporal.ts';
import { makeCurrent } from '../platform/worker-deployments.ts';
import { TASK_QUEUES } from '../workflows/queues.ts';

/**
 * `node workers/promote.ts BUILD_ID [POOL …]`: makes a build current in the pools named, or in all. New attempts go to
 * it; attempts under way stay pinned to theirs. The way back is the same command with the earlier build id.
 */
const [buildId, ...pools] = process.argv.slice(2);
if (buildId === undefined) {
  console.error('usage: node workers/promote.ts BUILD_ID [POOL …]');
  process.exit(2);
}
const client = createTemporalClient(readTemporalConfig());
for (const deploymentName of pools.length > 0 ? pools : TASK_QUEUES) {
  await makeCurrent(client, { deploymentName, buildId });
  console.log(`${deploymentName}: ${buildId} is current`);
}
await client.connection.close();
