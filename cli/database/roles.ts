import { Option, type Command } from 'commander';
import type { CommandContext } from '../command.ts';

/** Roles are the whole server's, and two installations may be on one. */
export const prefixOption = () =>
  new Option('--prefix <name>', 'what the names of the roles begin with, as DATABASE_ROLE_PREFIX').default('certifiable');

export function addDatabaseRoles(group: Command, context: CommandContext): void {
  group
    .command('roles')
    .description('print what an administrator of the server runs once, to make the roles; migrations give them their privileges')
    .addOption(prefixOption())
    .action(async ({ prefix }: { prefix: string }) => {
      const { roleCreation } = await import('../../store/database-roles.ts');
      context.print(roleCreation(prefix).trimEnd());
    });
}
