import type { Command } from 'commander';
import { post, problemOf, targetOf, type ApiOptions } from '../api-target.ts';
import { CommandError, type CommandContext } from '../command.ts';
import { API_OPTIONS, CANDIDATE, IMPORTED } from './candidate-named.ts';

const NOTES = `
Asks the API, which proposes it: another person of staff confirms it in the console. The pool "delivery" carries it out once the time is over for which
everything has to be kept. What is erased comes back for nobody (docs/privacy.md).`;

type Options = ApiOptions & { readonly reason: string; readonly keepRegister?: true; readonly certificate?: readonly string[] };

export function addPrivacyErase(privacy: Command, context: CommandContext): void {
  const command = privacy
    .command('erase')
    .description('propose that what is personal of a candidate be erased')
    .argument(...CANDIDATE)
    .requiredOption('--reason <text>', 'why')
    .option('--keep-register', 'the public register goes on to say the name (default: as the candidate asked, else not)')
    .option(...IMPORTED)
    .option(...API_OPTIONS[0])
    .option(...API_OPTIONS[1])
    .addHelpText('after', NOTES)
    .action(async (candidateId: string, { reason, keepRegister, certificate, ...options }: Options) => {
      const target = await targetOf(options, command, context);
      context.connections.announce(`API ${target.api}`);
      const body = { reason, ...(keepRegister && { keepsRegister: true }), ...(certificate && { importedCertificates: certificate }) };
      const response = await post(target, `/v1/staff/candidates/${candidateId}/erasure`, body);
      if (response.status !== 202) throw new CommandError((await problemOf(response)).text);
      context.print('proposed: somebody else of staff has to confirm it, within a week');
    });
}
