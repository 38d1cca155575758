import type { Command } from 'commander';
import { instant } from '../arguments.ts';
import { formatCount, type CommandContext } from '../command.ts';
import { eventsOfSink } from './sink-named.ts';

export function addEventsReplay(group: Command, context: CommandContext): void {
  group
    .command('replay')
    .description('give a sink everything since a time once more')
    .argument('<sink>', 'whose')
    .requiredOption('--since <time>', 'with its offset, as 2026-11-22T08:00:00Z', instant)
    .action(async (sink: string, { since }: { since: Date }) => {
      const events = await eventsOfSink(sink, context);
      context.print(`${formatCount(await events.replay(sink, since))} events since ${since.toISOString()} will be sent to ${sink} again`);
    });
}
