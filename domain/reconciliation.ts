import type { AdjudicationPolicy, Markable, Policy } from './exam.ts';
import { meanOf, sumOf, type Millipoints } from './points.ts';
import { passes, type Score } from './score.ts';

/** Points by one grader for one response or criterion. */
export type Mark = { readonly itemId: string; readonly millipoints: Millipoints };

/** With the seat of its grader: 1 and 2 mark, 3 adjudicates, 4 marks again for an appeal. */
export type SeatMark = Mark & { readonly seat: number };

/**
 * Where the points of one item come from; `corrected`: staff settled them after the result was out, `appealed`: an appeal raised them, `regraded`: the
 * item or its key was put right for all.
 */
export const ITEM_BASES = ['machine', 'blank', 'single', 'agreed', 'averaged', 'adjudicated', 'corrected', 'appealed', 'regraded'] as const;
export type ItemBasis = (typeof ITEM_BASES)[number];
/** What workflows of before know, and so what gradings tell them: later ones come about once a decision is out. */
export type GradedBasis = Exclude<ItemBasis, 'appealed' | 'regraded'>;

/** The settled points of one item. */
export type ItemScore<Basis extends ItemBasis = ItemBasis> = {
  readonly itemId: string;
  readonly millipoints: Millipoints;
  readonly millipointsMax: Millipoints;
  readonly basis: Basis;
};

/** Two marks too far apart to be averaged without another look. */
export type Dispute = {
  readonly itemId: string;
  readonly millipointsMax: Millipoints;
  readonly low: Millipoints;
  readonly high: Millipoints;
};

export type Reconciliation = { readonly settled: readonly ItemScore[]; readonly disputes: readonly Dispute[] };

/** |a − b| ≤ a fifth of the points (the policy's tolerance), on integers: exactly a fifth agrees. */
function withinTolerance(first: Millipoints, second: Millipoints, millipointsMax: Millipoints, policy: Pick<Policy, 'tolerance'>): boolean {
  return Math.abs(first - second) * 10_000 <= policy.tolerance * millipointsMax;
}

/**
 * Brings the marks of all graders together, item by item; the order in which they arrived never matters.
 * Throws a RangeError when an item has no mark or more than two: completing an assignment records all of its marks at
 * once, so that would be a defect of ours and never a candidate's loss.
 */
export function reconcile(markables: readonly Markable[], marks: readonly Mark[], policy: Pick<Policy, 'tolerance'>): Reconciliation {
  const settled: ItemScore[] = [];
  const disputes: Dispute[] = [];
  for (const { itemId, millipointsMax } of markables) {
    const points = marks.filter((mark) => mark.itemId === itemId).map((mark) => mark.millipoints);
    const [first, second] = points;
    if (first === undefined || points.length > 2) throw new RangeError(`item ${itemId} has ${points.length} marks`);
    if (second === undefined) {
      settled.push({ itemId, millipoints: first, millipointsMax, basis: 'single' });
    } else if (withinTolerance(first, second, millipointsMax, policy)) {
      settled.push({ itemId, millipoints: meanOf(first, second), millipointsMax, basis: first === second ? 'agreed' : 'averaged' });
    } else {
      disputes.push({ itemId, millipointsMax, low: Math.min(first, second), high: Math.max(first, second) });
    }
  }
  return { settled, disputes };
}

/**
 * Whether the disputed items need a designated grader. `when-decisive`: only if the test fails with all of them at their
 * lowest and passes with all of them at their highest. `always`: whenever there is one. `settled` must hold every other
 * item of the test, the machine's and the blank ones included: pass or fail is decided on all the points.
 */
export function needsAdjudication(
  reconciliation: Reconciliation,
  policy: { readonly adjudication: AdjudicationPolicy; readonly passMark: Policy['passMark'] },
): boolean {
  const { settled, disputes } = reconciliation;
  if (disputes.length === 0) return false;
  if (policy.adjudication === 'always') return true;
  const fixed = sumOf(settled.map((item) => item.millipoints));
  const millipointsMax = sumOf([...settled, ...disputes].map((item) => item.millipointsMax));
  const lowest: Score = { millipoints: fixed + sumOf(disputes.map((dispute) => dispute.low)), millipointsMax };
  const highest: Score = { millipoints: fixed + sumOf(disputes.map((dispute) => dispute.high)), millipointsMax };
  return !passes(lowest, policy.passMark) && passes(highest, policy.passMark);
}

/** Settles disputes that decide nothing: the mean of both marks. */
export function averageDisputes(disputes: readonly Dispute[]): readonly ItemScore[] {
  return disputes.map(({ itemId, millipointsMax, low, high }) => ({
    itemId,
    millipoints: meanOf(low, high),
    millipointsMax,
    basis: 'averaged',
  }));
}

/** Settles disputes by the adjudicator's marks, which replace both, even when they lie outside them. Throws a RangeError when one is missing. */
export function adjudicateDisputes(disputes: readonly Dispute[], adjudicated: readonly Mark[]): readonly ItemScore[] {
  return disputes.map(({ itemId, millipointsMax }) => {
    const mark = adjudicated.find((candidate) => candidate.itemId === itemId);
    if (!mark) throw new RangeError(`item ${itemId} has no adjudicated mark`);
    return { itemId, millipoints: mark.millipoints, millipointsMax, basis: 'adjudicated' };
  });
}

/** The score of a test: every item counted once. */
export function scoreOf(items: readonly ItemScore[]): Score {
  return {
    millipoints: sumOf(items.map((item) => item.millipoints)),
    millipointsMax: sumOf(items.map((item) => item.millipointsMax)),
  };
}
