import type { Instant } from './attempt.ts';

const DAY_MILLISECONDS = 86_400_000;
/** The epoch was a Thursday; Monday is 0. */
const EPOCH_WEEKDAY = 3;

/**
 * The end of the fifth working day, Monday to Friday in UTC, after an instant: the same time of day a week later; from a
 * weekend, the end of the Friday that follows. By then 95 % of the results are to be out (the service level objective;
 * store/measures.ts counts by the same rule in SQL).
 */
export function workingWeekAfter(instant: Instant): Instant {
  const day = Math.floor(instant / DAY_MILLISECONDS);
  const weekday = (day + EPOCH_WEEKDAY) % 7;
  if (weekday < 5) return instant + 7 * DAY_MILLISECONDS;
  const saturdayAfter = day - (weekday - 5) + 7;
  return saturdayAfter * DAY_MILLISECONDS;
}
