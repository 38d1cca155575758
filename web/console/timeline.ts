import type { AuditEntry } from '../generated/client.ts';
import type { Assignment, Story } from './story.ts';

/** What happened to an attempt and what is due, as one line of time. */

export type Happening = {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Its key in the texts. */
  readonly key:
    | 'registered'
    | 'testStarted'
    | 'submitted'
    | 'timedOut'
    | 'claimed'
    | 'givenBack'
    | 'completed'
    | 'reminded'
    | 'assessed'
    | 'decided'
    | 'superseded'
    | 'told'
    | 'mailFailed'
    | 'certificateIssued'
    | 'acted'
    | 'settled'
    | 'windowEnds'
    | 'promised'
    | 'leaseEnds';
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** It is yet to come. */
  readonly isDue?: true;
  /** What `acted` tells of (words.ts). */
  readonly entry?: AuditEntry;
};

/** Mails that did not arrive, or of which nobody knows. */
const FAILED_MAILS = new Set(['bounced', 'given_up', 'uncertain']);

/** Oldest first, what is due last; of one instant in the order in which it must have happened. */
export function timelineOf(story: Story): readonly Happening[] {
  const { attempt } = story;
  const happened: Happening[] = [
    { at: attempt.registeredAt, key: 'registered', values: {} },
    ...story.sittings.map(({ test, startedAt }): Happening => ({ at: startedAt, key: 'testStarted', values: { test } })),
    ...story.submissions.map(({ test, round, cause, submittedAt }): Happening => ({
      at: submittedAt,
      key: cause === 'submitted' ? 'submitted' : 'timedOut',
      values: { test, round },
    })),
    ...story.assignments.flatMap(ofAssignment),
    ...story.assessments.map(({ opensSecondSeat, assessedAt }): Happening => ({ at: assessedAt, key: 'assessed', values: { opensSecondSeat } })),
    ...story.decisions.map(({ test, round, passed, percentage, supersedes, decidedAt }): Happening => ({
      at: decidedAt,
      key: supersedes === null ? 'decided' : 'superseded',
      values: { test, round, passed, percentage },
    })),
    ...story.notices.map(({ subject, createdAt }): Happening => ({ at: createdAt, key: 'told', values: { subject } })),
    ...story.mails
      .filter(({ state }) => FAILED_MAILS.has(state))
      .map(({ kind, state, createdAt, settledAt }): Happening => ({
        at: settledAt ?? createdAt,
        key: 'mailFailed',
        values: { mailKind: kind, mailState: state },
      })),
    ...story.certificates.map(({ edition, issuedAt }): Happening => ({ at: issuedAt, key: 'certificateIssued', values: { edition } })),
    ...story.audit.map((entry): Happening => ({ at: entry.at, key: 'acted', values: { reason: entry.reason }, entry })),
    ...(attempt.settledAt === null ? [] : [{ at: attempt.settledAt, key: 'settled' as const, values: { outcome: attempt.outcome ?? '' } }]),
  ];
  return [...happened, ...dueOf(story)].toSorted(
    (one, other) => Number(one.isDue ?? false) - Number(other.isDue ?? false) || Date.parse(one.at) - Date.parse(other.at),
  );
}

function ofAssignment({ seat, test, claims, completedAt, reminders }: Assignment): readonly Happening[] {
  const of = { test, seat };
  return [
    ...claims.flatMap(({ grader, claimedAt, releasedAt, releaseReason }): Happening[] => [
      { at: claimedAt, key: 'claimed', values: { ...of, grader } },
      ...(releasedAt === null ? [] : [{ at: releasedAt, key: 'givenBack' as const, values: { ...of, grader, releaseReason: releaseReason ?? '' } }]),
    ]),
    ...(completedAt === null
      ? []
      : [
          {
            at: completedAt,
            key: 'completed' as const,
            values: { ...of, grader: claims.findLast(({ releasedAt }) => releasedAt === null)?.grader ?? '' },
          },
        ]),
    ...reminders.map(({ percent, remindedAt }): Happening => ({ at: remindedAt, key: 'reminded', values: { ...of, percent } })),
  ];
}

function dueOf({ attempt: { limit, grading }, assignments }: Story): readonly Happening[] {
  return [
    ...(limit === null ? [] : [{ at: limit.deadline, key: 'windowEnds' as const, values: { window: limit.window }, isDue: true as const }]),
    ...(grading === null ? [] : [{ at: grading.promisedBy, key: 'promised' as const, values: { test: grading.test }, isDue: true as const }]),
    ...assignments.flatMap(({ state, holder, leaseExpiresAt, seat, test }): Happening[] =>
      state === 'open' && holder !== null && leaseExpiresAt !== null
        ? [{ at: leaseExpiresAt, key: 'leaseEnds', values: { grader: holder, seat, test }, isDue: true }]
        : [],
    ),
  ];
}
