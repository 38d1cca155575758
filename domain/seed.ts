import { agreementOf, PAIRS_MIN, type Agreement, type MarkPair } from './agreement.ts';
import type { StandardisationPolicy } from './exam.ts';
import { ADJUDICATION_SEAT } from './grading.ts';
import type { Millipoints } from './points.ts';
import type { ItemScore, SeatMark } from './reconciliation.ts';

/** Seeds: submissions with agreed marks, given to graders among the real ones (docs/decisions/0018). */

/** Of 10,000: no policy names a larger share, so that most claims need not look whether they are drawn. */
export const SEED_SHARE_MAX = 2000;

/** Seats of seeds are numbered from here on: those before are of grading. */
export const FIRST_SEED_SEAT = 11;

/** What is agreed of one item, with the reason that whoever is in training reads. */
export type AgreedMark = { readonly itemId: string; readonly millipoints: Millipoints; readonly reason: string };

/** Two designated graders marked it, or one confirms what was decided. */
export type SeedBasis = 'two_designated' | 'decision';

/**
 * The agreed marks of a decided submission: of every item that people marked, what two agree on within the policy's tolerance, or what a
 * designated grader settled. Undefined where an item has one mark alone, or staff corrected it, an appeal raised it or a regrade put it right later: nobody agreed on that.
 */
export function agreedMarksOf(
  items: readonly ItemScore[],
  marks: readonly (SeatMark & { readonly reason: string })[],
): readonly AgreedMark[] | undefined {
  const agreed: AgreedMark[] = [];
  for (const { itemId, millipoints, basis } of items) {
    switch (basis) {
      case 'machine':
      case 'blank':
        continue;
      case 'single':
      case 'corrected':
      case 'appealed':
        return undefined;
      case 'regraded':
        if (marks.some((mark) => mark.itemId === itemId)) return undefined;
        continue;
      case 'agreed':
      case 'averaged':
      case 'adjudicated':
        agreed.push({ itemId, millipoints, reason: reasonOf(marks.filter((mark) => mark.itemId === itemId)) });
    }
  }
  return agreed.length === 0 ? undefined : agreed;
}

/** The adjudicator's where there is one, else the first that says anything. */
function reasonOf(marks: readonly (SeatMark & { readonly reason: string })[]): string {
  const inOrder = marks.toSorted(
    (one, other) => Number(other.seat === ADJUDICATION_SEAT) - Number(one.seat === ADJUDICATION_SEAT) || one.seat - other.seat,
  );
  return inOrder.find(({ reason }) => reason !== '')?.reason ?? '';
}

/** How far somebody in training is with one exam and test, over the newest seeds that count. */
export type Standing = { readonly scripts: number; readonly needed: number; readonly agreement: Agreement; readonly isReached: boolean };

/**
 * `scripts` are the pairs of each seed, the newest first: what is agreed and what was given, as shares of the points. Reached with so many
 * scripts as the policy asks, kappa and the lower bound of its interval; never below the floor of pairs, which leaves kappa unknown.
 */
export function standingOf(scripts: readonly (readonly MarkPair[])[], policy: StandardisationPolicy): Standing {
  const newest = scripts.slice(0, policy.scripts);
  const agreement = agreementOf(newest.flat(), newest.length);
  const { kappa } = agreement;
  const isReached =
    newest.length >= policy.scripts &&
    agreement.pairs >= PAIRS_MIN &&
    kappa !== undefined &&
    kappa.value * 10_000 >= policy.kappa &&
    kappa.low * 10_000 > policy.kappaLowAbove;
  return { scripts: newest.length, needed: policy.scripts, agreement, isReached };
}
