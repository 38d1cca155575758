import { partsOf, type ExamContent, type Test, type TestTaken } from './exam.ts';
import { pointsFromMillipoints } from './points.ts';
import type { ItemScore } from './reconciliation.ts';

/** What the candidate is told about one item or criterion. Remarks never hold a key or a model answer. */
export type FeedbackEntry = {
  readonly itemId: string;
  readonly title: string;
  readonly points: number;
  readonly pointsMax: number;
  readonly remarks: readonly string[];
};

/** A grader's reason, with the seat it came from. */
export type Reason = { readonly itemId: string; readonly reason: string; readonly seat: number };

/** Whether the feedback has an entry for what got all its points as well. */
const LISTS_FULL_POINTS: Readonly<Record<Test, boolean>> = { aptitude: false, case_study: true };

/**
 * Feedback for each wrong or partly wrong answer of the aptitude test, and for every criterion of a case study (design,
 * section 3). Where an adjudicator replaced the marks, only the adjudicator's reason stands.
 */
export function composeFeedback({
  exam,
  taken,
  items,
  reasons,
  adjudicationSeat,
}: {
  exam: ExamContent;
  taken: TestTaken;
  items: readonly ItemScore[];
  reasons: readonly Reason[];
  adjudicationSeat: number;
}): readonly FeedbackEntry[] {
  const order = new Map(partsOf(exam, taken).map(({ id, title }, place) => [id, { title, place }]));
  return items
    .filter((item) => LISTS_FULL_POINTS[taken.test] || item.millipoints < item.millipointsMax)
    .map((item) => ({
      itemId: item.itemId,
      title: order.get(item.itemId)?.title ?? item.itemId,
      points: pointsFromMillipoints(item.millipoints),
      pointsMax: pointsFromMillipoints(item.millipointsMax),
      remarks: remarksOn(item, exam, reasons, adjudicationSeat),
    }))
    .toSorted((a, b) => (order.get(a.itemId)?.place ?? 0) - (order.get(b.itemId)?.place ?? 0));
}

function remarksOn(item: ItemScore, exam: ExamContent, reasons: readonly Reason[], adjudicationSeat: number): readonly string[] {
  switch (item.basis) {
    case 'blank':
      return ['Not answered.'];
    case 'corrected':
      return ['Corrected by staff after the result was out.'];
    case 'machine': {
      const choice = exam.items.find((candidate) => candidate.id === item.itemId);
      const hint = choice?.type === 'choice' ? choice.hint : undefined;
      return [item.millipoints === 0 ? 'Not right.' : 'Partly right.', ...(hint === undefined ? [] : [hint])];
    }
    case 'adjudicated':
      return textsOf(
        item,
        reasons.filter((reason) => reason.seat === adjudicationSeat),
      );
    case 'single':
    case 'agreed':
    case 'averaged':
      return textsOf(
        item,
        reasons.filter((reason) => reason.seat !== adjudicationSeat),
      );
  }
}

function textsOf(item: ItemScore, reasons: readonly Reason[]): readonly string[] {
  return [...new Set(reasons.filter((reason) => reason.itemId === item.itemId && reason.reason !== '').map((reason) => reason.reason))].toSorted();
}
