import type { Command } from 'commander';
import { formatCount, type CommandContext } from '../command.ts';
import { readyRegister } from './ready-register.ts';

const PROGRESS_PAGES = 20;

export function addRegisterRebuild(group: Command, context: CommandContext): void {
  group
    .command('rebuild')
    .description('copy every certificate into the public register, while it is in use and being fed')
    .addHelpText('after', "\nThe register is the one that the workers' settings name: REGISTER and its companions.")
    .action(async () => {
      const { certificates } = await context.connections.stores();
      const register = await readyRegister(context);
      let copied = 0;
      let pages = 0;
      // Nothing is removed, and of two who write at once the higher revision wins: the relay may go on meanwhile.
      for await (const entries of certificates.allRegisterEntries()) {
        await register.put(entries);
        copied += entries.length;
        pages += 1;
        if (pages % PROGRESS_PAGES === 0) context.printError(`${formatCount(copied)} certificates so far`);
      }
      context.print(`${formatCount(copied)} certificates are in the register`);
    });
}
