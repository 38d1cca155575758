import type { Instant } from './attempt.ts';

/** What every door says of a time that it cannot take. */
export const INSTANT_RULE = 'must be a time that exists, from 1970 to 2199, with its offset, such as 2026-12-24T12:00:00Z';

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Other years are slips of the keyboard: nothing of ours was before, and arithmetic with what is after leaves the calendar. */
const FIRST_YEAR = 1970;
const LAST_YEAR = 2199;

/**
 * Reads an instant as people and programs write it (RFC 3339, seconds optional, what is finer than milliseconds cut off).
 * Undefined for anything else, and for what is on no calendar or clock: `Date` makes 2 March of 30 February without a word.
 */
export function instantFrom(text: string): Instant | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((part) => Number(part ?? 0));
  const [, , , , , , , fraction = '', sign = '+', offsetHours = '0', offsetMinutes = '0'] = match;
  const local = Date.UTC(year, month - 1, day, hour, minute, second, Number(fraction.slice(0, 3).padEnd(3, '0')));
  const exists =
    new Date(local).toISOString().slice(0, 19) === `${match[1]}-${match[2]}-${match[3]}T${match[4]}:${match[5]}:${match[6] ?? '00'}` &&
    Number(offsetHours) < 24 &&
    Number(offsetMinutes) < 60;
  if (!exists) return undefined;
  const instant = local - (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const utcYear = new Date(instant).getUTCFullYear();
  return utcYear >= FIRST_YEAR && utcYear <= LAST_YEAR ? instant : undefined;
}
