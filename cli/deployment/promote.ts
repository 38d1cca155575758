import type { Command } from 'commander';
import { makeCurrent } from '../../platform/temporal/worker-deployments.ts';
import { buildId as asBuildId, poolsArgument, poolsNamed } from '../arguments.ts';
import type { CommandContext } from '../command.ts';
import { inOrder, timeoutOption, untilPolling } from './polling.ts';

const NOTES = `
Without a pool it is for all of them. Attempts under way stay on the build that they started on. The way back is the same command
with the earlier build.`;

export function addPromote(deployment: Command, context: CommandContext): void {
  deployment
    .command('promote')
    .description('make a build current: new work goes to it, once its workers ask for work in every pool named')
    .argument('<build>', 'its build id', asBuildId)
    .addArgument(poolsArgument())
    .addOption(timeoutOption())
    .addHelpText('after', NOTES)
    .action(async (buildId: string, names: readonly string[], { timeout: timeoutSeconds }: { timeout: number }) => {
      const client = await context.connections.temporal();
      const pools = poolsNamed(names);
      await untilPolling({ pools, buildId, timeoutSeconds }, { client, printError: context.printError });
      for (const deploymentName of inOrder(pools)) {
        await makeCurrent(client, { deploymentName, buildId });
        context.print(`${deploymentName}: ${buildId} is current`);
      }
    });
}
