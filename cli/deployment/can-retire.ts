import type { Command } from 'commander';
import { buildId, JSON_OPTION, poolsArgument, poolsNamed } from '../arguments.ts';
import { CommandError, printJson, REFUSED, type CommandContext } from '../command.ts';
import { readStatus } from './pool-status.ts';

export function addCanRetire(deployment: Command, context: CommandContext): void {
  deployment
    .command('can-retire')
    .description("whether a build's workers can be switched off: exit code 0 when they can, 1 when they cannot yet")
    .argument('<build>', 'its build id', buildId)
    .addArgument(poolsArgument())
    .option(...JSON_OPTION)
    .action(async (build: string, pools: readonly string[], { json }: { json?: true }) => {
      const status = await readStatus(await context.connections.temporal(), poolsNamed(pools), build);
      const found = status.flatMap(({ pool, builds }) => builds.map(({ verdict }) => ({ pool, ...verdict })));
      if (found.length === 0) throw new CommandError(`no pool knows a build ${build}: "certifiable deployment versions" lists them`);
      const holding = found.filter(({ canRetire }) => !canRetire);
      if (json) printJson(context, { buildId: build, canRetire: holding.length === 0, pools: found });
      else {
        for (const { pool, why } of holding) context.print(`${pool}: ${why}`);
        const where = found.map(({ pool }) => pool).join(', ');
        context.print(holding.length === 0 ? `${build} can be switched off in ${where}` : `${build} cannot be switched off yet`);
      }
      if (holding.length > 0) context.exitWith(REFUSED);
    });
}
