import { scoreOf, type ItemScore, type Mark } from './reconciliation.ts';
import { passes, type BasisPoints } from './score.ts';

/** A decision with what one grader gave for the same submission. */
export type DecidedMarks = {
  readonly passed: boolean;
  readonly items: readonly ItemScore[];
  readonly passMark: BasisPoints;
  readonly own: readonly Mark[];
};

/** Whether the grader's marks alone would have decided otherwise: what others found turned the decision. */
export function isOverturned({ passed, items, passMark, own }: DecidedMarks): boolean {
  const given = new Map(own.map(({ itemId, millipoints }) => [itemId, millipoints]));
  const alone = items.map((item) => ({ ...item, millipoints: given.get(item.itemId) ?? item.millipoints }));
  return passes(scoreOf(alone), passMark) !== passed;
}
