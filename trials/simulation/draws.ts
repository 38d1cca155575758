import type { Random } from '../people/random.ts';

/** How long things take and when they happen, drawn from a seeded sequence. Times are seconds; 0 is a Monday, 00:00 UTC. */

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

/** Exponential: many are short, few are long. */
export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random());
}

export function between(from: number, to: number, random: Random): number {
  return from + (to - from) * random();
}

/** Around 1, by at most 1.73 times `spread` (its standard deviation) to either side. */
export function around(spread: number, random: Random): number {
  return 1 + spread * Math.sqrt(12) * (random() - 0.5);
}

/** Arrivals of a Poisson process whose rate follows `weight` (at most 1), so many in a second at weight 1. */
export function* arrivals({
  perSecondMax,
  weight,
  until,
  random,
}: {
  perSecondMax: number;
  weight: (at: number) => number;
  until: number;
  random: Random;
}): Generator<number> {
  for (let at = exponential(1 / perSecondMax, random); at < until; at += exponential(1 / perSecondMax, random)) if (random() < weight(at)) yield at;
}

/** People do things from 8 to 22: 1 then, 0 at night. */
export function awake(at: number): number {
  const hour = (at % DAY) / HOUR;
  return hour >= 8 && hour < 22 ? 1 : 0;
}
/** Of the hours of a day. */
export const AWAKE_SHARE = 14 / 24;

/** The same instant by day; at night some time of the next day. */
export function byDay(at: number, random: Random): number {
  if (awake(at) === 1) return at;
  const midnight = Math.floor((at + 2 * HOUR) / DAY) * DAY; // 22:00 belongs to the next day
  return midnight + between(8, 22, random) * HOUR;
}

const SATURDAY_AT_TEN = 5 * DAY + 10 * HOUR;

/** The exam day, Saturday at 10:00, that comes next. */
export function nextExamDay(at: number): number {
  const week = Math.floor(at / WEEK);
  const thisWeek = week * WEEK + SATURDAY_AT_TEN;
  return at <= thisWeek ? thisWeek : thisWeek + WEEK;
}

/** So many working days (Monday to Friday, 24 hours each) later; a weekend counts as the Monday after it. */
export function workingDaysLater(at: number, days: number): number {
  const started = weekendIsOver(at);
  const weekday = Math.floor((started % WEEK) / DAY);
  const weekends = Math.floor((weekday + days) / 5);
  return started + days * DAY + weekends * 2 * DAY;
}

function weekendIsOver(at: number): number {
  return at % WEEK >= 5 * DAY ? (Math.floor(at / WEEK) + 1) * WEEK : at;
}
