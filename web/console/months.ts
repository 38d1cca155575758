/** The month before an instant's, in UTC as pay is reckoned: "2026-10" in November. */
export function monthBefore(instant: Date): string {
  return new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() - 1, 1)).toISOString().slice(0, 7);
}
