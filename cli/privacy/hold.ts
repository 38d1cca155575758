import type { Command } from 'commander';
import { post, problemOf, targetOf, type ApiOptions } from '../api-target.ts';
import { CommandError, type CommandContext } from '../command.ts';
import { API_OPTIONS, CANDIDATE } from './candidate-named.ts';

type Options = ApiOptions & { readonly reason: string; readonly release?: true };

export function addPrivacyHold(privacy: Command, context: CommandContext): void {
  const command = privacy
    .command('hold')
    .description('let nothing of a candidate be erased, until it is released')
    .argument(...CANDIDATE)
    .requiredOption('--reason <text>', 'why')
    .option('--release', 'release the hold that stands: what was ordered meanwhile is done')
    .option(...API_OPTIONS[0])
    .option(...API_OPTIONS[1])
    .action(async (candidateId: string, { reason, release, ...options }: Options) => {
      const target = await targetOf(options, command, context);
      context.connections.announce(`API ${target.api}`);
      const response = await post(target, `/v1/staff/candidates/${candidateId}/hold${release ? '/release' : ''}`, { reason });
      if (response.status !== 200) throw new CommandError((await problemOf(response)).text);
      context.print(release ? 'released' : 'on hold: nothing of this candidate is erased');
    });
}
