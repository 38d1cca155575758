/** A cell of a report's CSV. What somebody wrote must not be a formula to whoever opens it in a spreadsheet; an amount below zero is none. */
export function cellOf(value: string | number | null | undefined, isWritten = true): string {
  if (typeof value !== 'string') return String(value ?? '');
  return isWritten && /^[=+@\t\r-]/.test(value) ? `'${value}` : value;
}
