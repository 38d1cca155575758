import type { Command } from 'commander';
import { eventId } from '../arguments.ts';
import { CommandError, type CommandContext } from '../command.ts';
import { eventsOfSink } from './sink-named.ts';

export function addEventsRetry(group: Command, context: CommandContext): void {
  group
    .command('retry')
    .description('try an event again that was set aside')
    .argument('<sink>', 'whose')
    .argument('<event-id>', 'as "certifiable events aside" lists it', eventId)
    .action(async (sink: string, id: string) => {
      const events = await eventsOfSink(sink, context);
      if (!(await events.retryAside({ sink, eventId: id }))) {
        throw new CommandError(`no event ${id} was set aside for ${sink}: "certifiable events aside" lists them`);
      }
      context.print(`${id} will be sent to ${sink} again`);
    });
}
