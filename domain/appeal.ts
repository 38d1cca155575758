import type { Instant } from './attempt.ts';
import type { Test } from './exam.ts';
import type { Millipoints } from './points.ts';
import type { ItemBasis, ItemScore, Mark, SeatMark } from './reconciliation.ts';
import { APPEAL_SEAT } from './grading.ts';

/** A candidate asks for another look at a failed test (docs/decisions/0020): somebody who was not involved marks again, and nothing is ever lowered. */

/** Why the points of one item are in doubt: a code for programs, beside the candidate's own words. */
export const APPEAL_REASONS = ['overlooked', 'misread', 'against_criteria', 'remark_unclear', 'other'] as const;
type AppealReason = (typeof APPEAL_REASONS)[number];

export type AppealedItem = { readonly itemId: string; readonly reason: AppealReason; readonly text: string };

/** How it was answered: by which of the appealed items have more points than before, all, some or none. */
export const APPEAL_ANSWERS = ['upheld', 'partly', 'refused'] as const;
export type AppealAnswer = (typeof APPEAL_ANSWERS)[number];

export const APPEAL_STATES = ['open', 'withdrawn', ...APPEAL_ANSWERS] as const;
export type AppealState = (typeof APPEAL_STATES)[number];

/** The newest appeal of an attempt, as its facts have it. */
export type AppealFacts = {
  readonly appealId: string;
  readonly test: Test;
  readonly submissionId: string;
  readonly itemIds: readonly string[];
  readonly filedAt: Instant;
  readonly state: AppealState;
};

/** What people marked. The key of a choice is no matter of one attempt, and a blank answer has nothing to mark. */
const BY_PEOPLE: Readonly<Record<ItemBasis, boolean>> = {
  machine: false,
  blank: false,
  single: true,
  agreed: true,
  averaged: true,
  adjudicated: true,
  corrected: false,
  appealed: false,
  regraded: false,
};

/** Of a decision, the items that may be appealed: what people marked below its full points. */
export function appealableItems(items: readonly ItemScore[]): readonly ItemScore[] {
  return items.filter(({ basis, millipoints, millipointsMax }) => BY_PEOPLE[basis] && millipoints < millipointsMax);
}

/** A file is marked by the whole rubric: a part of it would tell its grader that it is an appeal. Of answers there are some in every script that nobody marks. */
const MARKED_WHOLE: Readonly<Record<Test, boolean>> = { aptitude: false, case_study: true };

/** What the grader of an appeal is given to mark; undefined: all that people mark. */
export function itemsToMark({ test, itemIds }: Pick<AppealFacts, 'test' | 'itemIds'>): readonly string[] | undefined {
  return MARKED_WHOLE[test] ? undefined : itemIds;
}

/**
 * Each appealed item has the higher of its points and the new mark; nothing else changes, whatever else was marked. Throws a RangeError where a mark
 * is missing: completing an assignment records all of its marks at once.
 */
export function answerAppeal(
  items: readonly ItemScore[],
  { itemIds, marks }: { readonly itemIds: readonly string[]; readonly marks: readonly Mark[] },
): { readonly answer: AppealAnswer; readonly items: readonly ItemScore[] } {
  const answered = items.map((item) => (itemIds.includes(item.itemId) ? raised(item, marks) : item));
  const raisedCount = answered.filter(({ basis }) => basis === 'appealed').length;
  return { answer: answerOf(raisedCount, itemIds.length), items: answered };
}

function raised(item: ItemScore, marks: readonly Mark[]): ItemScore {
  const mark = marks.find(({ itemId }) => itemId === item.itemId);
  if (!mark) throw new RangeError(`item ${item.itemId} has no mark of its appeal`);
  return mark.millipoints > item.millipoints ? { ...item, millipoints: mark.millipoints, basis: 'appealed' } : item;
}

function answerOf(raisedCount: number, appealedCount: number): AppealAnswer {
  if (raisedCount === 0) return 'refused';
  return raisedCount === appealedCount ? 'upheld' : 'partly';
}

export function marksOfAppeal<Of extends SeatMark>(marks: readonly Of[]): readonly Of[] {
  return marks.filter(({ seat }) => seat === APPEAL_SEAT);
}

/** An item that was looked at again, and what it had before. */
export type AppealedBefore = { readonly itemId: string; readonly millipointsBefore: Millipoints };

/** Whoever was right in part was right: what they paid elsewhere is to be paid back there. */
export function isRefundOwed({ state, feeReference }: { readonly state: AppealState; readonly feeReference: string | null }): boolean {
  return feeReference !== null && (state === 'upheld' || state === 'partly');
}

/** Until when a failed test may be appealed: the end is not included. */
export function appealUntil({ appealWindowSeconds }: { readonly appealWindowSeconds: number }, settledAt: Instant): Instant {
  return settledAt + appealWindowSeconds * 1000;
}
