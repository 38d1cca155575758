import { InvalidArgumentError, type Command } from 'commander';
import { RETENTION_DAYS_MAX, RETENTION_KINDS, type RetentionKind } from '../../domain/retention.ts';
import { post, problemOf, targetOf, type ApiOptions } from '../api-target.ts';
import { CommandError, type CommandContext } from '../command.ts';
import { API_OPTIONS } from './candidate-named.ts';

const UNTIL_ASKED = 'until-asked';

const NOTES = `
Kinds: uploads, the files of case studies; answers, everything else that was handed in, with what was remarked on it; person, everything of whoever holds no
certificate. Asks the API, which proposes it: another person of staff confirms it in the console. Every night the schedule "retention" in Temporal orders
what is older to be erased; what is erased comes back for nobody (docs/privacy.md).`;

type Options = ApiOptions & { readonly reason: string };

export function addPrivacyKeep(privacy: Command, context: CommandContext): void {
  const command = privacy
    .command('keep')
    .description('propose how long a kind of what is personal is kept')
    .argument('<kind>', `one of ${RETENTION_KINDS.join(', ')}`, kindOf)
    .argument('<days>', `from the end of the attempt on, or "${UNTIL_ASKED}"`, daysOf)
    .requiredOption('--reason <text>', 'why so long: a law, a contract, an accreditation')
    .option(...API_OPTIONS[0])
    .option(...API_OPTIONS[1])
    .addHelpText('after', NOTES)
    .action(async (kind: RetentionKind, days: number | typeof UNTIL_ASKED, { reason, ...options }: Options) => {
      const target = await targetOf(options, command, context);
      context.connections.announce(`API ${target.api}`);
      const body = { kind, days: days === UNTIL_ASKED ? null : days, reason };
      const response = await post(target, '/v1/staff/retention-periods', body);
      if (response.status !== 202) throw new CommandError((await problemOf(response)).text);
      context.print('proposed: somebody else of staff has to confirm it, within a week');
    });
}

function kindOf(text: string): RetentionKind {
  const kind = RETENTION_KINDS.find((known) => known === text);
  if (kind) return kind;
  throw new InvalidArgumentError(`It must be one of ${RETENTION_KINDS.join(', ')}.`);
}

function daysOf(text: string): number | typeof UNTIL_ASKED {
  if (text === UNTIL_ASKED) return text;
  const days = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (days <= RETENTION_DAYS_MAX) return days;
  throw new InvalidArgumentError(`It must be a number of days up to ${RETENTION_DAYS_MAX}, or "${UNTIL_ASKED}".`);
}
