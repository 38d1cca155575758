import type { Command } from 'commander';
import { JSON_OPTION } from '../arguments.ts';
import { alignColumns, formatCount, printJson, type CommandContext } from '../command.ts';

export function addEventsStatus(group: Command, context: CommandContext): void {
  group
    .command('status')
    .description('how many events wait for each sink, how long, and how many were set aside')
    .option(...JSON_OPTION)
    .action(async ({ json }: { json?: true }) => {
      const { events } = await context.connections.stores();
      const kinds = new Map((await events.sinks()).map(({ name, kind }) => [name, kind]));
      const sinks = (await events.backlog()).map((backlog) => ({ ...backlog, kind: kinds.get(backlog.sink) ?? '' }));
      const notHandedOut = await events.fresh();
      if (json) return printJson(context, { sinks, notHandedOut });
      const rows = sinks.map(({ sink, kind, pending, oldestAgeSeconds, aside }) => [
        sink,
        kind,
        `${formatCount(pending)} waiting`,
        pending === 0 ? '' : `oldest ${formatCount(Math.round(oldestAgeSeconds))} s`,
        aside === 0 ? '' : `${formatCount(aside)} set aside`,
      ]);
      for (const line of alignColumns(rows)) context.print(line);
      if (rows.length === 0) context.print('no sink is known yet: the relay makes them known when it starts');
      if (notHandedOut > 0) context.print(`not handed out to the sinks yet: ${formatCount(notHandedOut)}`);
    });
}
