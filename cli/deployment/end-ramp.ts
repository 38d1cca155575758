import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { rampTo, readBuilds } from '../../platform/temporal/worker-deployments.ts';
import type { TaskQueue } from '../../workflows/queues.ts';
import { poolsArgument, poolsNamed } from '../arguments.ts';
import type { CommandContext } from '../command.ts';

export function addEndRamp(deployment: Command, context: CommandContext): void {
  deployment
    .command('end-ramp')
    .description('end a ramp: all new work goes to the current build')
    .addArgument(poolsArgument())
    .action(async (names: readonly string[]) => {
      const client = await context.connections.temporal();
      for (const pool of poolsNamed(names)) context.print(await endRamp(client, pool));
    });
}

async function endRamp(client: Client, deploymentName: TaskQueue): Promise<string> {
  const builds = await readBuilds(client, deploymentName);
  const ramping = builds.find((build) => build.state === 'ramping');
  if (ramping) await rampTo(client, { deploymentName, buildId: undefined, percentage: 0 });
  const current = builds.find((build) => build.state === 'current')?.buildId ?? 'no build';
  return `${deploymentName}: ${ramping ? `${ramping.buildId} gets no new work any more, ` : ''}${current} gets all of it`;
}
