import type { EventStore } from '../../store/events/events.ts';
import { CommandError, type CommandContext } from '../command.ts';

/** The events, once it is sure that there is such a sink. Throws a CommandError that names those that there are. */
export async function eventsOfSink(name: string, { connections }: CommandContext): Promise<EventStore> {
  const { events } = await connections.stores();
  const names = (await events.sinks()).map((sink) => sink.name);
  if (names.includes(name)) return events;
  throw new CommandError(`there is no sink "${name}"; there ${names.length === 0 ? 'is none' : `are ${names.join(', ')}`}`);
}
