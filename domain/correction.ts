import type { Test } from './exam.ts';
import { pointsFromMillipoints, type Millipoints } from './points.ts';
import type { ItemScore } from './reconciliation.ts';
import { Refusal, type FieldProblem } from './refusal.ts';

/** What staff settle a doubt about a certificate by. */
export const RESOLUTIONS = ['reinstated', 'revoked', 'replaced'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** The points that an item should have had. */
export type PointCorrection = { readonly test: Test; readonly itemId: string; readonly millipoints: Millipoints };

/** What is put right on the certificate that takes the place of another: at least one of them. */
export type Replacement = {
  /** As it goes on the new certificate. */
  readonly name?: string;
  readonly points?: readonly PointCorrection[];
};

/**
 * The items of a test's decision with some points put right; the rest stays as it was decided. Refused as `marks_invalid`,
 * each wrong correction of this test by its place, when an item is not of the decision, is named twice, or cannot have so
 * many points.
 */
export function correctItems(
  items: readonly ItemScore[],
  { test, points }: { readonly test: Test; /** Of both tests. */ readonly points: readonly PointCorrection[] },
): readonly ItemScore[] {
  const problems = points.flatMap((correction, index) => (correction.test === test ? problemsOf(items, { points, correction, index }) : []));
  if (problems.length > 0) throw new Refusal('marks_invalid', 'The points cannot be corrected like this. Nothing was changed.', { fields: problems });
  return items.map((item) => {
    const correction = points.find((candidate) => candidate.test === test && candidate.itemId === item.itemId);
    return correction ? { ...item, millipoints: correction.millipoints, basis: 'corrected' } : item;
  });
}

type Place = { readonly points: readonly PointCorrection[]; readonly correction: PointCorrection; readonly index: number };

function problemsOf(items: readonly ItemScore[], { points, correction, index }: Place): readonly FieldProblem[] {
  const { test, itemId, millipoints } = correction;
  const item = items.find((candidate) => candidate.itemId === itemId);
  if (!item) return [{ path: `points[${index}].itemId`, message: `${itemId} is not an item of this test` }];
  if (points.slice(0, index).some((before) => before.test === test && before.itemId === itemId)) {
    return [{ path: `points[${index}].itemId`, message: `${itemId} is corrected twice` }];
  }
  if (millipoints < 0 || millipoints > item.millipointsMax) {
    return [{ path: `points[${index}].points`, message: `${itemId} has 0 to ${pointsFromMillipoints(item.millipointsMax)} points` }];
  }
  return [];
}
