import type { Instant } from './attempt.ts';

/**
 * The limits that bind a candidate. What binds is computed from all its parts each time, never added to what was there: so
 * a part that comes again, or in another order, changes nothing.
 */

/** Why a candidate's limits are scaled; each kind scales all of them. */
export const ACCOMMODATION_KINDS = ['extra_time', 'rest_breaks', 'assistive_technology', 'other'] as const;
export type AccommodationKind = (typeof ACCOMMODATION_KINDS)[number];

/** A factor by which staff scale the limits of a candidate: 150 for one and a half times. */
export type Accommodation = {
  readonly percent: number;
  /** From when it counts: it was valid and recorded. */
  readonly from: Instant;
  /** Until when: it ran out, or another took its place. Null: for good. */
  readonly until: Instant | null;
};

/** The same for everybody, when candidates could not work. Of the same id it is the same one. */
type OutageCredit = {
  readonly kind: 'outage';
  readonly outageId: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly extraSeconds: number;
};

/**
 * A deadline that was named at `at`. An extension (`named`) never shortens. `kept` is what a deadline was before its parts
 * were written down. A correction sets aside all that was named before it; a reopening sets aside the limit itself too.
 */
type NamedDeadline = { readonly kind: 'named' | 'kept' | 'correction' | 'reopening'; readonly until: Instant; readonly at: Instant };

export type Extension = OutageCredit | NamedDeadline;

/** One window of one attempt with all that decides when it ends. */
export type Limit = {
  readonly openedAt: Instant;
  /** The policy's, before any accommodation. */
  readonly seconds: number;
  readonly accommodations: readonly Accommodation[];
  /** In the order in which they were granted, which only corrections and reopenings heed. */
  readonly extensions: readonly Extension[];
};

export type Binding = {
  readonly deadline: Instant;
  /** By how much the limit is scaled: 100 without an accommodation. */
  readonly percent: number;
};

/**
 * Deadline = start + limit × factor + credits, or what was named where that is later (design, section 3). An accommodation scales
 * a window that is open at some time of its validity, and the greatest counts: one that is lowered or ends shortens no window that
 * is open, only those that open later. A deadline that was named in the middle of an outage gets the part of it that was to come.
 */
export function bindingOf({ openedAt, seconds, accommodations, extensions }: Limit): Binding {
  const outages = outagesOf(extensions);
  const inForce = namedInForce(extensions);
  const promised = inForce.map(({ until, at }) => until + creditSince(outages, at));
  const scaled = (percent: number) => openedAt + scaledMilliseconds(seconds, percent) + creditSince(outages, openedAt);
  const candidates = accommodations.filter((accommodation) => mayScale(accommodation, { openedAt, extensions }));

  let percent = isReopened(extensions) ? 0 : 100;
  for (;;) {
    const deadline = Math.max(...promised, ...(percent === 0 ? [] : [scaled(percent)]));
    const open = candidates.filter(({ from }) => from < deadline).map((accommodation) => accommodation.percent);
    const greatest = Math.max(percent, ...open);
    if (greatest === percent) return { deadline, percent: Math.max(percent, 100) };
    percent = greatest;
  }
}

/** The deadline without what staff named for it: what policy, accommodation and outages give, from which no correction takes away. */
export function ownDeadlineOf(limit: Limit, asOf: Instant): Instant {
  return bindingOf({
    ...limit,
    accommodations: limit.accommodations.filter(({ until }) => until === null || until > asOf),
    extensions: limit.extensions.filter(({ kind }) => kind === 'outage'),
  }).deadline;
}

/** What is in force at a moment: 100 without an accommodation, the greatest of several. */
export function percentAt(accommodations: readonly Accommodation[], at: Instant): number {
  const inForce = accommodations.filter(({ from, until }) => from <= at && (until === null || until > at));
  return Math.max(100, ...inForce.map(({ percent }) => percent));
}

/** Since when they scale as they do at `at`; undefined where they always did. */
export function percentSince(accommodations: readonly Accommodation[], at: Instant): Instant | undefined {
  const percent = percentAt(accommodations, at);
  return accommodations
    .flatMap(({ from, until }) => (until === null ? [from] : [from, until]))
    .filter((turn) => turn > 0 && turn <= at)
    .toSorted((one, other) => other - one)
    .find((turn) => percentAt(accommodations, turn - 1) !== percent);
}

export function isReopened(extensions: readonly Extension[]): boolean {
  return extensions.some(({ kind }) => kind === 'reopening');
}

function outagesOf(extensions: readonly Extension[]): readonly OutageCredit[] {
  const outages = extensions.filter((extension) => extension.kind === 'outage');
  return [...new Map(outages.map((outage) => [outage.outageId, outage])).values()];
}

function scaledMilliseconds(seconds: number, percent: number): number {
  return Math.round(seconds * percent * 10);
}

/** What outages take from a promise made at `since`: of one that had begun, what was left of it. */
function creditSince(outages: readonly OutageCredit[], since: Instant): number {
  return outages
    .filter(({ to }) => to > since)
    .reduce((sum, { from, to, extraSeconds }) => sum + to - Math.max(from, since) + extraSeconds * 1000, 0);
}

/** The last correction or reopening and what was named after it; without one, all that was named. */
function namedInForce(extensions: readonly Extension[]): readonly NamedDeadline[] {
  const named = extensions.filter((extension) => extension.kind !== 'outage');
  const last = named.findLastIndex(({ kind }) => kind === 'correction' || kind === 'reopening');
  return named.slice(Math.max(last, 0));
}

function mayScale({ from, until }: Accommodation, { openedAt, extensions }: Pick<Limit, 'openedAt' | 'extensions'>): boolean {
  if (from <= lastAt(extensions, 'reopening')) return false;
  return until === null || until > Math.max(openedAt, from, lastAt(extensions, 'correction'));
}

function lastAt(extensions: readonly Extension[], kind: 'correction' | 'reopening'): Instant {
  return Math.max(...extensions.map((extension) => (extension.kind === kind ? extension.at : Number.NEGATIVE_INFINITY)));
}
