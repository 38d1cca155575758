import { v7 as uuidv7 } from 'uuid';

/** The lowest id of its millisecond: ids are UUIDv7, so that what was made since then is a range of a primary key. */
export function firstIdAt(milliseconds: number): string {
  return uuidv7({ msecs: Math.max(0, milliseconds), seq: 0, random: new Uint8Array(16) });
}
