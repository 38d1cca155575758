import type { Instant } from '../domain/attempt.ts';

/** When the candidate is reminded of one window. A moved deadline has reminders of its own; those already past when it is first seen are left out, and so are those that are seen only after its end. */
export type Reminders = {
  /** Whether one has come, and when the next one does. Asked once a look at the facts. */
  readonly look: (seen: { until: Instant; asOf: Instant }) => { readonly hasCome: boolean; readonly next: Instant | undefined };
};

export function createReminders(secondsBefore: readonly number[]): Reminders {
  let known: Instant | undefined;
  let pending: readonly Instant[] = [];
  return {
    look({ until, asOf }) {
      if (until !== known) pending = secondsBefore.map((seconds) => until - seconds * 1000).filter((at) => at > asOf);
      known = until;
      const [come, next] = [pending.filter((at) => at <= asOf), pending.filter((at) => at > asOf)];
      pending = next;
      return { hasCome: come.length > 0 && asOf < until, next: next.length === 0 ? undefined : Math.min(...next) };
    },
  };
}
