/** Periods begin and end with days of UTC, whatever the reader's zone. */
export function dayText(instant: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(instant));
}
