import type { Instant } from './attempt.ts';
import { bindingOf, percentAt, type Accommodation, type Extension } from './limit.ts';

/**
 * What the deadline of a window must be by what was recorded of it, one act after the other as they were done. A deadline that stands is brought up to
 * date whenever a part of it is added (store/limits.ts); this says again what each of those acts made of it, and trusts no deadline that stands.
 */

/** With when it was known: what ends it later was not known before. */
export type AccommodationOnRecord = {
  readonly percent: number;
  readonly recordedAt: Instant;
  readonly validFrom: Instant;
  readonly validUntil: Instant | null;
  readonly endedAt: Instant | null;
};

type GrantedExtension = { readonly at: Instant; readonly extension: Extension };

export type WindowOnRecord = {
  readonly openedAt: Instant;
  /** The policy's, before any accommodation. */
  readonly seconds: number;
  /** All of the candidate that there are for the exam. */
  readonly accommodations: readonly AccommodationOnRecord[];
  /** In the order in which they were granted. What an act kept of the deadline before it (`kept`) is no fact, and not looked at. */
  readonly extensions: readonly GrantedExtension[];
  /** When each round ended, the first one's at 0; of a test alone there are several. Undefined: not yet, or by its deadline. */
  readonly closings: readonly (Instant | undefined)[];
};

/** An act and the end of a window within so long of each other may have been in either order: each has its time before it has its lock. No transaction lasts as long. */
const RACE_MILLISECONDS = 60_000;
const RACES = [0, RACE_MILLISECONDS] as const;

/** Each deadline that the records allow: more than one only where an act and the window's end were at the same time. */
export function deadlinesOnRecord(window: WindowOnRecord): readonly Instant[] {
  return distinct(RACES.map((race) => deadlineOnRecord(window, race)));
}

/** Each that it may have had when it opened. */
export function firstDeadlinesOnRecord(window: WindowOnRecord): readonly Instant[] {
  return distinct(RACES.map((race) => bindingOf(limitOf(window, { at: window.openedAt - race, extensions: [] })).deadline));
}

/** Each factor that an attempt may have been given, when it was registered or by an act since. */
export function percentsOnRecord({ registeredAt, accommodations }: { registeredAt: Instant; accommodations: readonly AccommodationOnRecord[] }) {
  const acts = accommodations.flatMap(({ recordedAt, endedAt }) => (endedAt === null ? [recordedAt] : [recordedAt, endedAt]));
  return distinct([...firstPercents({ registeredAt, accommodations }), ...acts.map((at) => percentAt(knownAt(accommodations, at), at))]);
}

export function firstPercents({ registeredAt, accommodations }: { registeredAt: Instant; accommodations: readonly AccommodationOnRecord[] }) {
  return distinct(RACES.map((race) => percentAt(knownAt(accommodations, registeredAt - race), registeredAt)));
}

type Act = { readonly at: Instant; readonly extension?: Extension };

function deadlineOnRecord(window: WindowOnRecord, race: number): Instant {
  let parts: readonly Extension[] = [];
  let deadline = bindingOf(limitOf(window, { at: window.openedAt, extensions: parts })).deadline;
  let round = 0;
  for (const { at, extension } of actsOf(window)) {
    if (extension === undefined && at > (window.closings[round] ?? Number.POSITIVE_INFINITY) - race) continue;
    if (extension?.kind === 'reopening') {
      round += 1;
      parts = [...parts, extension];
      deadline = extension.until;
      continue;
    }
    const isKept = deadline > bindingOf(limitOf(window, { at, extensions: parts })).deadline;
    const kept = isKept ? [{ kind: 'kept' as const, until: deadline, at: window.openedAt }] : [];
    parts = [...parts, ...kept, ...(extension ? [extension] : [])];
    deadline = bindingOf(limitOf(window, { at, extensions: parts })).deadline;
  }
  return deadline;
}

function limitOf({ openedAt, seconds, accommodations }: WindowOnRecord, { at, extensions }: { at: Instant; extensions: readonly Extension[] }) {
  return { openedAt, seconds, accommodations: knownAt(accommodations, at), extensions };
}

/** What was recorded by then. An end that is still to come changes nothing until it does. */
function knownAt(accommodations: readonly AccommodationOnRecord[], at: Instant): readonly Accommodation[] {
  return accommodations
    .filter(({ recordedAt }) => recordedAt <= at)
    .map(({ percent, recordedAt, validFrom, validUntil, endedAt }) => ({
      percent,
      from: Math.max(validFrom, recordedAt),
      until: earliest(validUntil, endedAt !== null && endedAt <= at ? endedAt : null),
    }));
}

function earliest(one: Instant | null, other: Instant | null): Instant | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

/** In the order in which they were done: that of extensions is their own, whatever the clock did between them. */
function actsOf({ openedAt, accommodations, extensions }: WindowOnRecord): readonly Act[] {
  const granted = extensions.filter(({ extension }) => extension.kind !== 'kept');
  let latest = Number.NEGATIVE_INFINITY;
  const inOrder = granted.map(({ at, extension }) => {
    latest = Math.max(latest, at);
    return { at: latest, extension };
  });
  const ofAccommodations = accommodations
    .flatMap(({ recordedAt, endedAt }) => (endedAt === null ? [recordedAt] : [recordedAt, endedAt]))
    .filter((at) => at > openedAt)
    .map((at) => ({ at }));
  return [...ofAccommodations, ...inOrder].toSorted((one, other) => one.at - other.at);
}

function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)];
}
