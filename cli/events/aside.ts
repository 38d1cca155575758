import type { Command } from 'commander';
import { JSON_OPTION } from '../arguments.ts';
import { printJson, type CommandContext } from '../command.ts';

export function addEventsAside(group: Command, context: CommandContext): void {
  group
    .command('aside')
    .description('the events that were set aside, with the reasons')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: true }) => {
      const { events } = await context.connections.stores();
      const aside = await events.aside();
      if (json) return printJson(context, aside);
      for (const { sink, eventId, type, key, time, tries, problem } of aside) {
        context.print(`${sink} ${eventId} ${type} of ${key}, ${time.toISOString()}, tried ${tries} times: ${problem ?? 'no reason given'}`);
      }
      if (aside.length === 0) context.print('no event is set aside');
    });
}
