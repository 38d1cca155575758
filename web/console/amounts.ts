/** What was typed as the API takes it: exact, with a point and two decimals. Undefined while nothing is typed. */
export function amountOf(typed: number): string | undefined {
  if (!Number.isFinite(typed)) return undefined;
  const cents = Math.round(typed * 100);
  const sign = cents < 0 ? '-' : '';
  return `${sign}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
}
