import { TESTS, type Test } from './exam.ts';
import { foldedAddress } from './mail-address.ts';

/** Where a grader stands: an active one alone is given work; one who paused finishes what they hold. */
export const GRADER_STATES = ['in_training', 'active', 'paused', 'suspended'] as const;
export type GraderState = (typeof GRADER_STATES)[number];

/** Of which exam and test a grader marks. */
export type Qualification = { readonly examId: string; readonly test: Test };

/** Whom a grader may not mark: a candidate by subject or address, or whoever has an address of an employer's domain. */
export const CONFLICT_KINDS = ['candidate', 'email', 'employer'] as const;
export type ConflictKind = (typeof CONFLICT_KINDS)[number];

/** Why a grader gives work back. */
export const RELEASE_REASONS = ['conflict', 'not_my_field', 'no_time', 'other'] as const;
export type ReleaseReason = (typeof RELEASE_REASONS)[number];

/** What graders are written to about, each only where they asked for it. */
export const GRADER_MAILS = ['new_work', 'reminder', 'lease_ending', 'drift', 'rating_round'] as const;
export type GraderMail = (typeof GRADER_MAILS)[number];

/** What stands between a grader and an assignment; the first that holds is the one that is told. */
export const OBSTACLES = ['not_active', 'own_work', 'involved', 'conflict', 'not_designated', 'not_qualified', 'other_language'] as const;
export type Obstacle = (typeof OBSTACLES)[number];

/** Why nobody is left for an assignment: how many graders each obstacle stands in the way of. */
const SHORTAGES = [...OBSTACLES, 'not_seen', 'not_their_field', 'reserved_for_another'] as const;
export type Shortage = Partial<Readonly<Record<(typeof SHORTAGES)[number], number>>>;

const IN_WORDS: Readonly<Record<(typeof SHORTAGES)[number], string>> = {
  not_active: 'in training, paused or suspended',
  own_work: 'wrote it',
  involved: 'with another part in the same submission',
  conflict: 'in conflict with the candidate',
  not_designated: 'not designated',
  not_qualified: 'not qualified for this exam and test',
  other_language: 'of other languages',
  not_seen: 'not seen for two months',
  not_their_field: 'who gave it back as not their field',
  reserved_for_another: 'free, while it is reserved for somebody who may not take it',
};

/** "of 7 graders: 4 not qualified for this exam and test, 3 in conflict with the candidate". */
export function shortageInWords(shortage: Shortage): string {
  const parts = SHORTAGES.flatMap((obstacle) => {
    const graders = shortage[obstacle] ?? 0;
    return graders === 0 ? [] : [{ graders, words: `${graders} ${IN_WORDS[obstacle]}` }];
  });
  if (parts.length === 0) return 'nobody marks here yet';
  const total = parts.reduce((sum, { graders }) => sum + graders, 0);
  const sorted = parts.toSorted((one, other) => other.graders - one.graders);
  return `of ${total} ${total === 1 ? 'grader' : 'graders'}: ${sorted.map(({ words }) => words).join(', ')}`;
}

/** Every exam, or every language: how a record says that it restricts nothing. */
const EVERY = '*';

/** As records keep it; null is every exam and test. */
export function keptQualifications(qualifications: readonly Qualification[] | null): string[] {
  return qualifications === null ? [EVERY] : [...new Set(qualifications.map(({ examId, test }) => `${examId}/${test}`))].toSorted();
}

/** The inverse of keptQualifications. */
export function qualificationsOf(kept: readonly string[]): readonly Qualification[] | null {
  if (kept.includes(EVERY)) return null;
  return kept.flatMap((text) => {
    const [examId = '', test] = text.split('/');
    const known = TESTS.find((one) => one === test);
    return known ? [{ examId, test: known }] : [];
  });
}

/** Languages as records keep them: lower case, null is every one. A grader of `de` marks `de-AT` too, not the other way round. */
export function keptLanguages(languages: readonly string[] | null): string[] {
  return languages === null ? [EVERY] : [...new Set(languages.map((language) => language.toLowerCase()))].toSorted();
}

/** The inverse of keptLanguages. */
export function languagesOf(kept: readonly string[]): readonly string[] | null {
  return kept.includes(EVERY) ? null : kept;
}

/** The other side of a conflict as it is compared: a subject in every bit, addresses and domains folded. */
export function conflictValue(kind: ConflictKind, value: string): string {
  switch (kind) {
    case 'candidate':
      return value;
    case 'email':
      return foldedAddress(value);
    case 'employer':
      return foldedAddress(value).replace(/^@/, '');
  }
}
