import type { Markable } from './exam.ts';
import { millipointsFromPoints, pointsFromMillipoints, type Millipoints } from './points.ts';
import type { FieldProblem } from './refusal.ts';
import { isBlankText } from './text.ts';

/**
 * A mark in the making: the points may still be open. `sequence` counts up with each save of the item, in all windows of
 * the grader together; clients of before there was one send none.
 */
export type DraftMark = {
  readonly itemId: string;
  readonly points: number | null;
  readonly reason: string;
  readonly sequence?: number | undefined;
};

/** A mark in the making as it is saved; 0 where nothing was typed yet. `savedAt` is ISO 8601, UTC. */
export type SavedMark = {
  readonly itemId: string;
  readonly points: number | null;
  readonly reason: string;
  readonly sequence: number;
  readonly countedBy: 'client' | 'server';
  readonly savedAt: string;
};

/** What is worth keeping of marks that nobody can be told about any more: points that cannot be are open again, and the text stays. */
export function withPossiblePoints(markables: readonly Markable[], marks: readonly DraftMark[]): readonly DraftMark[] {
  const maxByItem = new Map(markables.map((markable) => [markable.itemId, markable.millipointsMax]));
  return marks.map((mark) => (problemOfPoints(mark.points, maxByItem.get(mark.itemId) ?? 0) === undefined ? mark : { ...mark, points: null }));
}

/** Which marks in the making can be saved, and what is wrong with the others: all problems at once, each by its place. */
export function checkDraft(
  markables: readonly Markable[],
  marks: readonly DraftMark[],
): { readonly marks: readonly DraftMark[]; readonly problems: readonly FieldProblem[] } {
  const maxByItem = new Map(markables.map((markable) => [markable.itemId, markable.millipointsMax]));
  const timesByItem = new Map<string, number>();
  for (const { itemId } of marks) timesByItem.set(itemId, (timesByItem.get(itemId) ?? 0) + 1);

  const problems = marks.map(({ itemId, points }, index): FieldProblem | undefined => {
    const problem = (field: string, message: string) => ({ path: `marks[${index}].${field}`, message });
    const millipointsMax = maxByItem.get(itemId);
    if (millipointsMax === undefined) return problem('itemId', `"${itemId}" is not part of this assignment`);
    if (timesByItem.get(itemId) !== 1) return problem('itemId', `"${itemId}" is marked twice`);
    const wrongPoints = problemOfPoints(points, millipointsMax);
    return wrongPoints === undefined ? undefined : problem('points', wrongPoints);
  });
  return {
    marks: marks.filter((_mark, index) => problems[index] === undefined),
    problems: problems.filter((problem) => problem !== undefined),
  };
}

/** Points that are still open are no problem. */
function problemOfPoints(points: number | null, millipointsMax: Millipoints): string | undefined {
  if (points === null) return undefined;
  const millipoints = millipointsFromPoints(points);
  if (millipoints === undefined) return 'must be 0 or more, with at most two decimals';
  return millipoints > millipointsMax ? `must be at most ${pointsFromMillipoints(millipointsMax)}` : undefined;
}

/** What becomes of a draft when marks come in. */
export type MergedDraft = {
  /** The whole draft as it is to be saved. */
  readonly marks: readonly SavedMark[];
  /** Saved marks that are newer than those which came for the same items; they stay. */
  readonly newer: readonly SavedMark[];
  /** Marks of which something stays as it was, since a blank came for it and nothing says which of the two is newer. */
  readonly kept: readonly SavedMark[];
};

/** `isFinal`: the grader meant to hand these in, so no other window has anything newer. */
type Merge = { readonly savedAt: string; readonly isFinal?: boolean };

/**
 * Takes marks into a draft, an item at a time: what is not among them stays. A higher sequence wins, as with answers. Without
 * one nobody can tell an older window from a newer: a blank then never takes the place of what is filled in, and nothing
 * takes the place of what a client that counts has saved.
 */
export function mergeDraft(saved: readonly SavedMark[], marks: readonly DraftMark[], merge: Merge): MergedDraft {
  const byItem = new Map(saved.map((mark) => [mark.itemId, mark]));
  const newer: SavedMark[] = [];
  const kept: SavedMark[] = [];
  for (const mark of marks) {
    const { standing, isNewer } = outcomeOf(byItem.get(mark.itemId), mark, merge);
    byItem.set(mark.itemId, standing);
    if (isNewer) newer.push(standing);
    else if (!saysTheSame(standing, mark)) kept.push(standing);
  }
  return { marks: [...byItem.values()], newer, kept };
}

/** The mark that stands for an item after another came for it; `isNewer` where that is the saved one, and the other is refused. */
type Outcome = { readonly standing: SavedMark; readonly isNewer: boolean };

function outcomeOf(before: SavedMark | undefined, { sequence, ...mark }: DraftMark, merge: Merge): Outcome {
  return sequence === undefined ? outcomeUncounted(before, mark, merge) : outcomeCounted(before, { ...mark, sequence }, merge);
}

function outcomeCounted(before: SavedMark | undefined, mark: DraftMark & { sequence: number }, { savedAt }: Merge): Outcome {
  if (!before || mark.sequence > before.sequence) return { standing: { ...mark, countedBy: 'client', savedAt }, isNewer: false };
  return { standing: before, isNewer: mark.sequence < before.sequence || !saysTheSame(before, mark) };
}

function outcomeUncounted(before: SavedMark | undefined, mark: DraftMark, { savedAt, isFinal = false }: Merge): Outcome {
  const { itemId } = mark;
  if (!before) return { standing: { ...mark, itemId, sequence: isBlank(mark) ? 0 : 1, countedBy: 'server', savedAt }, isNewer: false };
  const points = mark.points ?? before.points;
  const reason = isBlankText(mark.reason) ? before.reason : mark.reason;
  if (saysTheSame(before, { points, reason })) return { standing: before, isNewer: false };
  if (before.countedBy === 'client' && !isFinal) return { standing: before, isNewer: true };
  return { standing: { ...before, points, reason, sequence: before.sequence + 1, savedAt }, isNewer: false };
}

function saysTheSame(one: Pick<DraftMark, 'points' | 'reason'>, other: Pick<DraftMark, 'points' | 'reason'>): boolean {
  return one.points === other.points && one.reason === other.reason;
}

function isBlank({ points, reason }: DraftMark): boolean {
  return points === null && isBlankText(reason);
}
