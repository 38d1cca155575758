import { v7 as uuidv7 } from 'uuid';
import type { NewEvent } from '../../domain/events.ts';
import { Prisma } from '../../prisma/generated/client.ts';
import type { Transaction } from '../context.ts';

/** One INSERT, so that the events get their positions in the order given. To be written in the transaction of what they tell. */
export function eventWrites(events: readonly NewEvent[], at: Date): readonly Prisma.Sql[] {
  if (events.length === 0) return [];
  const rows = events.map(({ type, key, data }) => Prisma.sql`(${uuidv7()}::uuid, ${key}::uuid, ${type}, ${JSON.stringify(data)}::jsonb, ${at})`);
  return [Prisma.sql`INSERT INTO event (id, key, type, data, time) VALUES ${Prisma.join(rows)}`];
}

/** Writes events at once, where nothing else is to be written with them. */
export async function writeEvents(tx: Transaction, events: readonly NewEvent[], at: Date): Promise<void> {
  for (const write of eventWrites(events, at)) await tx.$executeRaw(write);
}
