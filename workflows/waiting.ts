import type { Instant } from '../domain/attempt.ts';

/** What the attempt waits for and until when, in the words that staff read. */
export type Waiting = {
  readonly for: string;
  readonly until: Instant;
  /** When to act before that, or null for never: reminders. Left out, the alarm is for `until`. */
  readonly alarm?: Alarm | null;
};

export type Alarm = { readonly at: Instant; readonly summary: string };
