import type { Markable } from './exam.ts';
import { millipointsFromPoints, pointsFromMillipoints, type Millipoints } from './points.ts';
import type { FieldProblem } from './refusal.ts';
import { isBlankText, TEXTS } from './text.ts';

/** A mark as a grader hands it in: points as written, with the reason. */
export type SubmittedMark = { readonly itemId: string; readonly points: number; readonly reason: string };

export type RecordableMark = { readonly itemId: string; readonly millipoints: Millipoints; readonly reason: string };

/**
 * Checks the marks of one assignment: exactly one for each thing to be marked, within its points, at most two decimals,
 * and a reason wherever points are lost. All problems at once; `path` names the mark by its place.
 */
export function checkMarks(
  markables: readonly Markable[],
  marks: readonly SubmittedMark[],
): { readonly marks: readonly RecordableMark[]; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const recordable: RecordableMark[] = [];
  const maxByItem = new Map(markables.map((markable) => [markable.itemId, markable.millipointsMax]));
  const seen = new Set<string>();

  marks.forEach((mark, index) => {
    const refuse = (field: string, message: string) => problems.push({ path: `marks[${index}].${field}`, message });
    const millipointsMax = maxByItem.get(mark.itemId);
    if (millipointsMax === undefined) return refuse('itemId', `"${mark.itemId}" is not part of this assignment`);
    if (seen.has(mark.itemId)) return refuse('itemId', `"${mark.itemId}" is marked twice`);
    seen.add(mark.itemId);

    const millipoints = millipointsFromPoints(mark.points);
    if (millipoints === undefined) return refuse('points', 'must be 0 or more, with at most two decimals');
    if (millipoints > millipointsMax) return refuse('points', `must be at most ${pointsFromMillipoints(millipointsMax)}`);
    if (millipoints < millipointsMax && isBlankText(mark.reason)) return refuse('reason', 'is needed wherever points are lost');
    const reason = TEXTS.markReason.normalise(mark.reason);
    const problem = TEXTS.markReason.problem(reason);
    if (problem !== undefined) return refuse('reason', problem);
    recordable.push({ itemId: mark.itemId, millipoints, reason });
  });

  for (const { itemId } of markables) {
    if (!seen.has(itemId)) problems.push({ path: 'marks', message: `"${itemId}" has no mark` });
  }
  return { marks: recordable, problems };
}

/** Whether two sets of marks of the same assignment differ: in an item, its points or its reason. Their order does not count. */
export function differFrom(recorded: readonly RecordableMark[], marks: readonly RecordableMark[]): boolean {
  const byItem = new Map(recorded.map((mark) => [mark.itemId, mark]));
  const isRecorded = ({ itemId, millipoints, reason }: RecordableMark) => {
    const mark = byItem.get(itemId);
    return mark?.millipoints === millipoints && mark.reason === reason;
  };
  return marks.length !== recorded.length || !marks.every(isRecorded);
}

const HOUR_MILLISECONDS = 3_600_000;

/** When an assignment is due, as graders are told: the full hour before. To the millisecond it would give the time of submission away. */
export function blindDueAt(dueAt: Date): Date {
  return new Date(Math.floor(dueAt.getTime() / HOUR_MILLISECONDS) * HOUR_MILLISECONDS);
}
