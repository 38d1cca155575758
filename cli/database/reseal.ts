import type { Command } from 'commander';
import { CommandError, formatCount, type CommandContext } from '../command.ts';

export function addDatabaseReseal(group: Command, context: CommandContext): void {
  group
    .command('reseal')
    .description('seal anew, with the first key of SECRET_KEYS, whatever secret in the database is sealed with another or not at all')
    .addHelpText('after', '\nAfter it no former key is needed any more, but by backups. It runs beside all processes.')
    .action(async () => {
      const { resealSecrets, isSealing } = await context.connections.stores();
      if (!isSealing) throw new CommandError('SECRET_KEYS is not set: there is nothing to seal with');
      context.print(`${formatCount(await resealSecrets())} secrets are sealed anew`);
    });
}
