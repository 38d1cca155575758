import type { Command } from 'commander';
import type { CommandContext } from '../command.ts';
import { eventsOfSink } from './sink-named.ts';

export function addEventsRemove(group: Command, context: CommandContext): void {
  group
    .command('remove')
    .description('forget a sink and what it has not taken')
    .argument('<sink>', 'which')
    .action(async (sink: string) => {
      const events = await eventsOfSink(sink, context);
      await events.removeSink(sink);
      context.print(`${sink} is forgotten, and what it had not taken. If a worker's settings still name it, it is made anew when that starts.`);
    });
}
