import type { AppealedBefore } from './appeal.ts';
import { partsOf, type ExamContent, type Test, type TestTaken } from './exam.ts';
import { APPEAL_SEAT } from './grading.ts';
import { pointsFromMillipoints } from './points.ts';
import type { ItemScore } from './reconciliation.ts';

/** What the candidate is told about one item or criterion. Remarks never hold a key or a model answer. */
export type FeedbackEntry = {
  readonly itemId: string;
  readonly title: string;
  readonly points: number;
  readonly pointsMax: number;
  /** Of an item that was appealed: what it had before. The same as `points` where the appeal found no more. */
  readonly pointsBefore?: number;
  readonly remarks: readonly string[];
  /** The remarks of people apart, in the order of the letters. Feedback composed before this release holds none. */
  readonly graderRemarks?: readonly GraderRemark[];
};

/** A letter stands for one grader over the whole of a feedback, and says nothing else of them. */
type GraderRemark = { readonly grader: string; readonly remark: string };

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
  reasons: given,
  adjudicationSeat,
  appealed = [],
}: {
  exam: ExamContent;
  taken: TestTaken;
  items: readonly ItemScore[];
  reasons: readonly Reason[];
  adjudicationSeat: number;
  /** What the appeal was of that this decision answers. */
  appealed?: readonly AppealedBefore[];
}): readonly FeedbackEntry[] {
  const order = new Map(partsOf(exam, taken).map(({ id, title }, place) => [id, { title, place }]));
  const before = new Map(appealed.map(({ itemId, millipointsBefore }) => [itemId, millipointsBefore]));
  const raised = new Set(items.filter(({ basis }) => basis === 'appealed').map(({ itemId }) => itemId));
  // Of a file more is marked than was appealed, and of an appeal that was withdrawn there may be marks as well: none of that counts.
  const reasons = given.filter(({ seat, itemId }) => seat !== APPEAL_SEAT || before.has(itemId) || raised.has(itemId));
  return items
    .filter((item) => LISTS_FULL_POINTS[taken.test] || before.has(item.itemId) || item.millipoints < item.millipointsMax)
    .map((item) => ({
      itemId: item.itemId,
      title: order.get(item.itemId)?.title ?? item.itemId,
      points: pointsFromMillipoints(item.millipoints),
      pointsMax: pointsFromMillipoints(item.millipointsMax),
      ...pointsBefore(before.get(item.itemId)),
      ...remarksOn(item, exam, reasons, adjudicationSeat),
    }))
    .toSorted((a, b) => (order.get(a.itemId)?.place ?? 0) - (order.get(b.itemId)?.place ?? 0));
}

function pointsBefore(millipoints: number | undefined): Pick<FeedbackEntry, 'pointsBefore'> {
  return millipoints === undefined ? {} : { pointsBefore: pointsFromMillipoints(millipoints) };
}

type Remarks = Pick<FeedbackEntry, 'remarks' | 'graderRemarks'>;

function remarksOn(item: ItemScore, exam: ExamContent, reasons: readonly Reason[], adjudicationSeat: number): Remarks {
  switch (item.basis) {
    case 'blank':
      return { remarks: ['Not answered.'] };
    case 'corrected':
      return { remarks: ['Corrected by staff after the result was out.'] };
    case 'regraded':
      return { remarks: [item.millipointsMax === 0 ? 'Does not count for anybody any more.' : 'Graded anew for everybody who had it.'] };
    case 'machine': {
      const choice = exam.items.find((candidate) => candidate.id === item.itemId);
      const hint = choice?.type === 'choice' ? choice.hint : undefined;
      return { remarks: [item.millipoints === 0 ? 'Not right.' : 'Partly right.', ...(hint === undefined ? [] : [hint])] };
    }
    case 'adjudicated':
      return textsOf(
        item,
        reasons.filter((reason) => reason.seat === adjudicationSeat || reason.seat === APPEAL_SEAT),
      );
    case 'appealed':
      return textsOf(
        item,
        reasons.filter((reason) => reason.seat === APPEAL_SEAT),
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

function textsOf(item: ItemScore, reasons: readonly Reason[]): Remarks {
  const given = reasons.filter(({ itemId, reason }) => itemId === item.itemId && reason !== '').toSorted((a, b) => a.seat - b.seat);
  return {
    remarks: [...new Set(given.map(({ reason }) => reason))].toSorted(),
    graderRemarks: given.map(({ seat, reason }) => ({ grader: letterOfSeat(seat), remark: reason })),
  };
}

/** Seats are one grader's each within a submission. */
export function letterOfSeat(seat: number): string {
  return String.fromCodePoint('A'.charCodeAt(0) + seat - 1);
}
