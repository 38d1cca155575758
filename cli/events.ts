import { parseArgs } from 'node:util';
import { validate as isUuid } from 'uuid';
import { readDatabaseConfig } from '../platform/database-settings.ts';
import { isDatabaseUnavailable } from '../store/context.ts';
import type { EventStore } from '../store/events/events.ts';
import { connectToolStores } from './tool-stores.ts';
import { alignColumns, formatCount, runTool, terminal, ToolError, type ToolContext } from './tool.ts';

const USAGE = `Usage:
  npm run events -- status                      how many events wait for each sink, how long, and how many were set aside
  npm run events -- aside                       the events that were set aside, with the reasons
  npm run events -- retry SINK EVENT_ID         try one of them again
  npm run events -- replay SINK --since TIME    give a sink everything since then once more; TIME as 2026-11-22T08:00:00Z
  npm run events -- remove SINK                 forget a sink and what it has not taken`;

export type EventsCommandContext = ToolContext & { readonly events: EventStore };

type Command =
  | { readonly name: 'status' | 'aside' }
  | { readonly name: 'retry'; readonly sink: string; readonly eventId: string }
  | { readonly name: 'replay'; readonly sink: string; readonly since: Date }
  | { readonly name: 'remove'; readonly sink: string };

/** Runs one of the commands to its exit code. */
export function runEventsCommand(args: readonly string[], context: EventsCommandContext): Promise<number> {
  return runTool(context, async () => {
    const command = readCommand(args);
    try {
      await run(command, context);
      return 0;
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw new ToolError('PostgreSQL does not answer. Try again later.');
      throw error;
    }
  });
}

async function run(command: Command, context: EventsCommandContext): Promise<void> {
  const { events, print } = context;
  switch (command.name) {
    case 'status':
      return sayStatus(context);
    case 'aside':
      return sayAside(context);
    case 'retry': {
      const { sink, eventId } = command;
      await requireSink(events, sink);
      if (!(await events.retryAside({ sink, eventId }))) throw new ToolError(`no event ${eventId} was set aside for ${sink}: "aside" lists them`);
      return print(`${eventId} will be sent to ${sink} again`);
    }
    case 'replay': {
      const { sink, since } = command;
      await requireSink(events, sink);
      return print(`${formatCount(await events.replay(sink, since))} events since ${since.toISOString()} will be sent to ${sink} again`);
    }
    case 'remove': {
      const { sink } = command;
      await requireSink(events, sink);
      await events.removeSink(sink);
      return print(`${sink} is forgotten, and what it had not taken. If a worker's settings still name it, it is made anew when that starts.`);
    }
  }
}

async function sayStatus({ events, print }: EventsCommandContext): Promise<void> {
  const kinds = new Map((await events.sinks()).map(({ name, kind }) => [name, kind]));
  const rows = (await events.backlog()).map(({ sink, pending, oldestAgeSeconds, aside }) => [
    sink,
    kinds.get(sink) ?? '',
    `${formatCount(pending)} waiting`,
    pending === 0 ? '' : `oldest ${formatCount(Math.round(oldestAgeSeconds))} s`,
    aside === 0 ? '' : `${formatCount(aside)} set aside`,
  ]);
  for (const line of alignColumns(rows)) print(line);
  if (rows.length === 0) print('no sink is known yet: the relay makes them known when it starts');
  const fresh = await events.fresh();
  if (fresh > 0) print(`not handed out to the sinks yet: ${formatCount(fresh)}`);
}

async function sayAside({ events, print }: EventsCommandContext): Promise<void> {
  const aside = await events.aside();
  for (const { sink, eventId, type, key, time, tries, problem } of aside) {
    print(`${sink} ${eventId} ${type} of ${key}, ${time.toISOString()}, tried ${tries} times: ${problem ?? 'no reason given'}`);
  }
  if (aside.length === 0) print('no event is set aside');
}

async function requireSink(events: EventStore, name: string): Promise<void> {
  const names = (await events.sinks()).map((sink) => sink.name);
  if (!names.includes(name)) throw new ToolError(`there is no sink "${name}"; there ${names.length === 0 ? 'is none' : `are ${names.join(', ')}`}`);
}

function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parseOptions(args);
  const [name, sink, eventId, ...rest] = positionals;
  const wants = (count: number) => positionals.length === count && rest.length === 0 && (name === 'replay') === (values.since !== undefined);
  switch (name) {
    case 'status':
    case 'aside':
      if (wants(1)) return { name };
      break;
    case 'retry':
      if (!wants(3) || sink === undefined || eventId === undefined) break;
      if (!isUuid(eventId)) throw new ToolError(`"${eventId}" is no event id: "aside" lists them\n\n${USAGE}`, 2);
      return { name, sink, eventId };
    case 'replay':
      if (!wants(2) || sink === undefined) break;
      return { name, sink, since: instantOf(values.since ?? '') };
    case 'remove':
      if (!wants(2) || sink === undefined) break;
      return { name, sink };
    default:
      break;
  }
  throw new ToolError(USAGE, 2);
}

/** With its offset: a local time would mean another instant on another machine. */
function instantOf(text: string): Date {
  const instant = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(instant.getTime())) return instant;
  throw new ToolError(`--since must be a time with its offset, as 2026-11-22T08:00:00Z, not "${text}"\n\n${USAGE}`, 2);
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { since: { type: 'string' } } });
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  readCommand(args);
  const stores = connectToolStores(readDatabaseConfig());
  try {
    return await runEventsCommand(args, { ...terminal, events: stores.events });
  } finally {
    await stores.close();
  }
}

if (import.meta.main) process.exitCode = await runTool(terminal, main);
