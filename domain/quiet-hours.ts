import type { Instant } from './attempt.ts';

/** When somebody is not written to: from one minute of their day to another, over midnight where the second is the earlier one. */
export type QuietHours = {
  /** Minutes after midnight, 0 to 1439. The same twice: never quiet. */
  readonly from: number;
  readonly until: number;
  /** Of the IANA database. */
  readonly timeZone: string;
};

const DAY_MINUTES = 1440;
const MINUTE_MILLISECONDS = 60_000;

export function isQuiet({ from, until, timeZone }: QuietHours, now: Instant): boolean {
  const minute = minuteOfDay(now, timeZone);
  return from <= until ? minute >= from && minute < until : minute >= from || minute < until;
}

/** When it is quiet next, as clocks there show it: where one is set meanwhile, an hour sooner or later. Undefined where it never is. */
export function quietFrom(hours: QuietHours, now: Instant): Instant | undefined {
  if (hours.from === hours.until) return undefined;
  const minutes = (hours.from - minuteOfDay(now, hours.timeZone) + DAY_MINUTES) % DAY_MINUTES;
  return Math.floor(now / MINUTE_MILLISECONDS + minutes) * MINUTE_MILLISECONDS;
}

function minuteOfDay(instant: Instant, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', minute: 'numeric', hourCycle: 'h23' }).formatToParts(instant);
  const valueOf = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return valueOf('hour') * 60 + valueOf('minute');
}

/** A zone of the IANA database, as this machine's has it; offsets are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** "22:30"; the inverse of minutesFrom. */
export function timeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** Of a time of day as `timeOfDay` writes it. */
export function minutesFrom(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
