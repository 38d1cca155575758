import { partsOf, type ExamContent, type Markable, type Test } from '../../domain/exam.ts';

/** What an assignment covers, as it is read together with its assignment. */
export type CoveredColumns = { readonly item_ids: readonly string[]; readonly test: Test; readonly case_study_id: string | null };

/** What an assignment covers, with the points of each. */
export function markablesOf(exam: ExamContent, { test, case_study_id: caseStudyId, item_ids }: CoveredColumns): readonly Markable[] {
  const points = new Map(partsOf(exam, { test, caseStudyId }).map((part) => [part.id, part.millipoints]));
  return item_ids.map((itemId) => ({ itemId, millipointsMax: points.get(itemId) ?? 0 }));
}
