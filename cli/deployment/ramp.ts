import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { rampTo, readBuilds } from '../../platform/temporal/worker-deployments.ts';
import type { TaskQueue } from '../../workflows/queues.ts';
import { buildId as asBuildId, percentage as asPercentage, poolsArgument, poolsNamed } from '../arguments.ts';
import { CommandError, type CommandContext } from '../command.ts';
import { inOrder, timeoutOption, untilPolling } from './polling.ts';

export function addRamp(deployment: Command, context: CommandContext): void {
  deployment
    .command('ramp')
    .description('send a build a share of new work, and the rest to the current build')
    .argument('<build>', 'its build id', asBuildId)
    .argument('<percent>', 'of new work', asPercentage)
    .addArgument(poolsArgument())
    .addOption(timeoutOption())
    .addHelpText('after', '\n"certifiable deployment end-ramp" ends it, and "certifiable deployment promote" makes it all of new work.')
    .action(async (buildId: string, percentage: number, names: readonly string[], { timeout: timeoutSeconds }: { timeout: number }) => {
      const client = await context.connections.temporal();
      const pools = poolsNamed(names);
      await untilPolling({ pools, buildId, timeoutSeconds }, { client, printError: context.printError });
      for (const pool of pools) await refuseCurrent(client, pool, buildId);
      for (const deploymentName of inOrder(pools)) {
        await rampTo(client, { deploymentName, buildId, percentage }).catch((error: unknown) => {
          // What the server shows lags behind what it knows.
          throw error instanceof Error && error.message.includes('is already current') ? new CommandError(isCurrent(deploymentName, buildId)) : error;
        });
        context.print(`${deploymentName}: ${buildId} gets ${percentage} % of new work`);
      }
    });
}

/** The server would refuse it in the middle of the pools. */
async function refuseCurrent(client: Client, pool: TaskQueue, buildId: string): Promise<void> {
  const current = (await readBuilds(client, pool)).find((build) => build.state === 'current');
  if (current?.buildId === buildId) throw new CommandError(`${isCurrent(pool, buildId)} Nothing was changed.`);
}

function isCurrent(pool: string, buildId: string): string {
  return `${pool}: ${buildId} is current already, so all new work goes to it.`;
}
