import { v7 as uuidv7 } from 'uuid';

/** Below every id: where a walk through all of them begins. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The lowest id of its millisecond: ids are UUIDv7, so that what was made since then is a range of a primary key. */
export function firstIdAt(milliseconds: number): string {
  return uuidv7({ msecs: Math.max(0, milliseconds), seq: 0, random: new Uint8Array(16) });
}
