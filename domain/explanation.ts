import type { AssessmentReason } from './assessment.ts';
import type { Instant } from './attempt.ts';
import { answerAppeal, marksOfAppeal, type AppealAnswer, type AppealedItem } from './appeal.ts';
import { correctItems, type PointCorrection } from './correction.ts';
import { examVersionName, partsOf, type ChoiceItem, type ExamContent, type Policy, type RiskPolicy, type Test, type TestTaken } from './exam.ts';
import {
  ADJUDICATION_SEAT,
  APPEAL_SEAT,
  blankTest,
  decide,
  humanPartOf,
  isIndependentSeat,
  machinePartOf,
  type Decided,
  type GradableSubmission,
} from './grading.ts';
import type { Millipoints } from './points.ts';
import { adjudicateDisputes, averageDisputes, needsAdjudication, reconcile, scoreOf, type ItemBasis, type ItemScore } from './reconciliation.ts';
import { Refusal } from './refusal.ts';
import { regradedItems, type ItemChange, type Regraded } from './regrade.ts';
import { readableResponse, type ResponseValue } from './response.ts';
import { passes, shownBasisPoints, type BasisPoints, type Score } from './score.ts';

/** Why a test was decided as it was, from the records alone: what was kept is decided again, and each step of it is told. */

export type DecisionOnRecord = {
  readonly id: string;
  readonly round: number;
  readonly passed: boolean;
  readonly score: Score;
  readonly basisPoints: BasisPoints;
  readonly items: readonly ItemScore[];
  readonly decidedAt: Instant;
};

type MarkOnRecord = {
  readonly seat: number;
  readonly grader: string;
  readonly itemId: string;
  readonly millipoints: Millipoints;
  readonly reason: string;
  readonly recordedAt: Instant;
};

type AssessmentOnRecord = {
  /** The version that was asked; null: there was none. */
  readonly model: number | null;
  readonly probability: BasisPoints | null;
  readonly limit: BasisPoints;
  readonly pooled: { readonly items: number; readonly grader: boolean };
  readonly reasons: readonly AssessmentReason[];
  readonly opens: boolean;
  readonly assessedAt: Instant;
};

/** By which staff put points right once the result was out. */
type CorrectionOnRecord = {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly points: readonly PointCorrection[];
};

/** Which a decision answers. */
type AppealOnRecord = {
  readonly id: string;
  readonly items: readonly AppealedItem[];
  readonly filedAt: Instant;
  readonly answer: AppealAnswer;
};

/** By which staff put an item right for everybody who had it. */
type RegradeOnRecord = {
  readonly id: string;
  readonly openedBy: string;
  readonly appliedBy: string;
  readonly reason: string;
  readonly at: Instant;
  readonly regraded: Regraded;
};

/** All that one decision rests on. */
export type DecisionRecords = {
  readonly attemptId: string;
  /** Answers and words are gone, since their candidate was erased: what rests on them can't be said again. */
  readonly isErased: boolean;
  readonly exam: ExamContent;
  readonly taken: TestTaken;
  readonly decision: DecisionOnRecord;
  /** The one that it supersedes, and by what. */
  readonly superseded: {
    readonly decision: DecisionOnRecord;
    readonly correction: CorrectionOnRecord | null;
    readonly appeal: AppealOnRecord | null;
  } | null;
  /** Null: nothing was handed in. */
  readonly submission: {
    readonly id: string;
    readonly contentHash: string;
    readonly cause: string;
    readonly submittedAt: Instant;
    readonly gradable: GradableSubmission;
  } | null;
  readonly marks: readonly MarkOnRecord[];
  readonly assessment: AssessmentOnRecord | null;
  /** Those that it was made under, in their order. */
  readonly regrades: readonly RegradeOnRecord[];
};

// Deciding again ----------------------------------------------------------------------------------------------------------

/** What the records say that this decision must be. Throws where they do not hold enough to say it. */
function decideAgain(records: DecisionRecords): Decided {
  const { exam, taken, superseded, submission, regrades } = records;
  if (superseded && regrades.length > 0) return decide(regradedAgain(superseded.decision.items, records), exam.policy);
  if (superseded) return decide(supersedingItems(taken.test, superseded, records.marks), exam.policy);
  if (!submission) return { ...decide(blankTest(exam, taken), exam.policy), passed: false };
  const { unmarked, settled, disputes, adjudicated } = markedPart(exam, submission.gradable, records.marks);
  return decide(regradedAgain([...unmarked, ...settled, ...(adjudicated ?? averageDisputes(disputes))], records), exam.policy);
}

function regradedAgain(items: readonly ItemScore[], { exam, submission, regrades }: DecisionRecords): readonly ItemScore[] {
  const answers = submission ? responsesIn(submission.gradable) : {};
  return regradedItems(items, { exam, answers, regrades: regrades.map(({ regraded }) => regraded) });
}

function supersedingItems(
  test: Test,
  { decision, correction, appeal }: NonNullable<DecisionRecords['superseded']>,
  marks: readonly MarkOnRecord[],
): readonly ItemScore[] {
  if (appeal) return answerAppeal(decision.items, { itemIds: appeal.items.map(({ itemId }) => itemId), marks: marksOfAppeal(marks) }).items;
  if (!correction) throw new RangeError(`nothing on record says why decision ${decision.id} was superseded`);
  return correctItems(decision.items, { test, points: correction.points });
}

/** What machines and people made of a submission. `adjudicated` is null where the disputes decided nothing. */
function markedPart(exam: ExamContent, gradable: GradableSubmission, marks: readonly MarkOnRecord[]) {
  const { markables, blanks } = humanPartOf(exam, gradable);
  const unmarked = [...machinePartOf(exam, gradable), ...blanks];
  const { settled, disputes } = reconcile(
    markables,
    marks.filter(({ seat }) => isIndependentSeat(seat)),
    exam.policy,
  );
  const isDecisive = needsAdjudication({ settled: [...unmarked, ...settled], disputes }, exam.policy);
  const byAdjudicator = marks.filter(({ seat }) => seat === ADJUDICATION_SEAT);
  return { unmarked, settled, disputes, adjudicated: isDecisive ? adjudicateDisputes(disputes, byAdjudicator) : null };
}

/** What a decision on record says, and what follows from its records. */
export type Difference = { readonly of: string; readonly recorded: string; readonly recomputed: string };

/** Nothing: the decision follows from its records to the last thousandth. */
export function differencesOf(records: DecisionRecords): readonly Difference[] {
  const { decision } = records;
  let again: Decided;
  try {
    again = decideAgain(records);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof Refusal)) throw error;
    return [{ of: 'decision', recorded: words(decision.items.map(itemWords)), recomputed: `cannot be told: ${error.message}` }];
  }
  const pairs = [
    { of: 'passed', recorded: String(decision.passed), recomputed: String(again.passed) },
    { of: 'points', recorded: fractionOf(decision.score), recomputed: fractionOf(again.score) },
    { of: 'percentage', recorded: String(decision.basisPoints), recomputed: String(shownBasisPoints(again.score)) },
    ...itemPairs(decision.items, again.items),
    ...answerPairs(records),
  ];
  return pairs.filter(({ recorded, recomputed }) => recorded !== recomputed);
}

/** Where the answers are erased: whether the points of the items, which stay, still make what was decided. */
export function differencesOfErased({ decision, exam }: Pick<DecisionRecords, 'decision' | 'exam'>): readonly Difference[] {
  const { score } = decide(decision.items, exam.policy);
  const pairs = [
    { of: 'points', recorded: fractionOf(decision.score), recomputed: fractionOf(score) },
    { of: 'percentage', recorded: String(decision.basisPoints), recomputed: String(shownBasisPoints(score)) },
  ];
  return pairs.filter(({ recorded, recomputed }) => recorded !== recomputed);
}

/** Upheld, partly or refused follows from the marks as well. */
function answerPairs({ superseded, marks }: DecisionRecords): readonly Difference[] {
  if (!superseded?.appeal) return [];
  const { items, answer } = superseded.appeal;
  const again = answerAppeal(superseded.decision.items, { itemIds: items.map(({ itemId }) => itemId), marks: marksOfAppeal(marks) });
  return [{ of: 'answer', recorded: answer, recomputed: again.answer }];
}

function itemPairs(recorded: readonly ItemScore[], recomputed: readonly ItemScore[]): readonly Difference[] {
  const ids = [...new Set([...recorded, ...recomputed].map(({ itemId }) => itemId))].toSorted();
  const of = (items: readonly ItemScore[], id: string) => words(items.filter(({ itemId }) => itemId === id).map(itemWords));
  return ids.map((id) => ({ of: `item ${id}`, recorded: of(recorded, id), recomputed: of(recomputed, id) }));
}

const itemWords = ({ millipoints, millipointsMax, basis }: ItemScore) => `${millipoints}/${millipointsMax} ${basis}`;
const words = (parts: readonly string[]) => (parts.length === 0 ? 'nothing' : parts.join(', '));

/** Not reduced, so that both sides can be found again among the points: thousandths of those there were. */
const fractionOf = ({ millipoints, millipointsMax }: Score) => `${millipoints}/${millipointsMax}`;

// Explaining --------------------------------------------------------------------------------------------------------------

/** Why people looked once or twice. */
export type SecondLook =
  | { readonly kind: 'nothing_to_mark' }
  /** The policy wants one mark, or two, whatever the first one says. */
  | { readonly kind: 'policy'; readonly marking: 'single' | 'double' }
  /** Under `risk`, with no model to ask when the test was handed in: two at once. */
  | { readonly kind: 'no_model' }
  | ({ readonly kind: 'assessed' } & AssessmentOnRecord);

export type ExplainedMark = Omit<MarkOnRecord, 'itemId'> & { readonly role: MarkRole };
export const MARK_ROLES = ['mark', 'adjudicate', 'appeal'] as const;
type MarkRole = (typeof MARK_ROLES)[number];

/** Two marks of one item, and how far apart the policy lets them be: both in thousandths, the second an exact fraction. */
export type Spread = { readonly millipoints: Millipoints; readonly allowed: string; readonly agrees: boolean };

/** For graders and staff alone. */
export type AnswerKey =
  | { readonly kind: 'choice'; readonly correct: readonly string[]; readonly scoring: ChoiceItem['scoring'] }
  | { readonly kind: 'text'; readonly modelAnswer: string }
  | { readonly kind: 'criterion'; readonly description: string };

export type ExplainedItem = {
  readonly itemId: string;
  readonly title: string;
  readonly millipoints: Millipoints;
  readonly millipointsMax: Millipoints;
  readonly basis: ItemBasis;
  /** As people read it; null where there is none, and for a criterion, which is of the whole file. */
  readonly answer: string | null;
  readonly key: AnswerKey | null;
  readonly marks: readonly ExplainedMark[];
  readonly spread: Spread | null;
  /** Before staff put it right, or an appeal raised it. */
  readonly millipointsBefore: Millipoints | null;
};

/** What was appealed: what it had, what whoever looked at it again gave, and what it has since. */
export type ExplainedAppeal = Omit<AppealOnRecord, 'items'> & {
  readonly items: readonly (AppealedItem & {
    readonly title: string;
    readonly millipointsMax: Millipoints;
    readonly millipointsBefore: Millipoints;
    readonly millipoints: Millipoints;
    /** Null where it is gone from the records, which `differences` tells. */
    readonly mark: Pick<MarkOnRecord, 'seat' | 'grader' | 'millipoints' | 'recordedAt'> | null;
  })[];
};

/** The disputed items at their lowest and at their highest, with all others as they are settled. */
type ExplainedDisputes = {
  readonly itemIds: readonly string[];
  readonly lowest: { readonly fraction: string; readonly passes: boolean };
  readonly highest: { readonly fraction: string; readonly passes: boolean };
  readonly isAdjudicated: boolean;
};

export type Explanation = {
  readonly attemptId: string;
  readonly examVersion: string;
  readonly test: Test;
  readonly decision: Omit<DecisionOnRecord, 'items'>;
  readonly supersedes: {
    readonly decisionId: string;
    readonly correction: Omit<CorrectionOnRecord, 'points'> | null;
    readonly appeal: ExplainedAppeal | null;
  } | null;
  readonly submission: Omit<NonNullable<DecisionRecords['submission']>, 'gradable'> | null;
  readonly rules: Pick<Policy, 'passMark' | 'marking' | 'tolerance' | 'adjudication'> & { readonly risk: RiskPolicy | null };
  readonly items: readonly ExplainedItem[];
  readonly regrades: readonly (Omit<RegradeOnRecord, 'regraded'> & { readonly itemId: string; readonly change: ItemChange['kind'] })[];
  readonly secondLook: SecondLook;
  readonly disputes: ExplainedDisputes | null;
  readonly arithmetic: {
    readonly fraction: string;
    /** Points × 10,000 and pass mark × points there were, in thousandths: passed where the first is not less. */
    readonly reached: string;
    readonly needed: string;
  };
  /** What does not follow from the records; empty in an honest database. */
  readonly differences: readonly Difference[];
};

export function explain(records: DecisionRecords): Explanation {
  const { attemptId, exam, taken, decision, superseded, submission } = records;
  const { passMark, marking, tolerance, adjudication, risk = null } = exam.policy;
  const { items: _items, ...decided } = decision;
  return {
    attemptId,
    examVersion: examVersionName(exam),
    test: taken.test,
    decision: decided,
    supersedes: superseded && {
      decisionId: superseded.decision.id,
      correction: withoutPoints(superseded.correction),
      appeal: superseded.appeal && explainedAppeal(records, superseded.appeal),
    },
    submission: submission && {
      id: submission.id,
      contentHash: submission.contentHash,
      cause: submission.cause,
      submittedAt: submission.submittedAt,
    },
    rules: { passMark, marking, tolerance, adjudication, risk },
    items: explainedItems(records),
    regrades: records.regrades.map(({ regraded, ...regrade }) => ({ ...regrade, itemId: regraded.itemId, change: regraded.change.kind })),
    secondLook: secondLookOf(records),
    disputes: disputesOf(records),
    arithmetic: arithmeticOf(decision.score, passMark),
    differences: differencesOf(records),
  };
}

function withoutPoints(correction: CorrectionOnRecord | null) {
  if (!correction) return null;
  const { points: _points, ...rest } = correction;
  return rest;
}

function explainedAppeal({ exam, taken, decision, superseded, marks }: DecisionRecords, appeal: AppealOnRecord): ExplainedAppeal {
  const parts = partsOf(exam, taken);
  const given = marksOfAppeal(marks);
  const pointsIn = (items: readonly ItemScore[] | undefined, itemId: string) => items?.find((item) => item.itemId === itemId)?.millipoints ?? 0;
  return {
    ...appeal,
    items: appeal.items.map((item) => {
      const part = parts.find(({ id }) => id === item.itemId);
      const mark = given.find(({ itemId }) => itemId === item.itemId);
      return {
        ...item,
        title: part?.title ?? item.itemId,
        millipointsMax: part?.millipoints ?? 0,
        millipointsBefore: pointsIn(superseded?.decision.items, item.itemId),
        millipoints: pointsIn(decision.items, item.itemId),
        mark: mark ? { seat: mark.seat, grader: mark.grader, millipoints: mark.millipoints, recordedAt: mark.recordedAt } : null,
      };
    }),
  };
}

function arithmeticOf(score: Score, passMark: BasisPoints): Explanation['arithmetic'] {
  return {
    fraction: fractionOf(score),
    reached: String(BigInt(score.millipoints) * 10_000n),
    needed: String(BigInt(passMark) * BigInt(score.millipointsMax)),
  };
}

function responsesIn(gradable: GradableSubmission): Readonly<Record<string, ResponseValue>> {
  switch (gradable.test) {
    case 'aptitude':
      return gradable.responses;
    case 'case_study':
      return {};
  }
}

function explainedItems({ exam, taken, decision, superseded, submission, marks }: DecisionRecords): readonly ExplainedItem[] {
  const responses = submission ? responsesIn(submission.gradable) : {};
  return partsOf(exam, taken).flatMap(({ id, title }) =>
    decision.items
      .filter(({ itemId }) => itemId === id)
      .map((item) => {
        const ofItem = marks.filter((mark) => mark.itemId === id && counts(mark, superseded)).toSorted((a, b) => a.seat - b.seat);
        const before = superseded?.decision.items.find(({ itemId }) => itemId === id);
        return {
          ...item,
          title,
          answer: answerTo(exam, taken, { itemId: id, responses }),
          key: keyOf(exam, taken, id),
          marks: ofItem.map(({ itemId: _itemId, ...mark }) => ({
            ...mark,
            role: roleOf(mark.seat),
          })),
          spread: spreadOf(ofItem, item.millipointsMax, exam.policy),
          millipointsBefore: CHANGED[item.basis] ? (before?.millipoints ?? null) : null,
        };
      }),
  );
}

/** Whose points a later decision changed. */
const CHANGED: Readonly<Record<ItemBasis, boolean>> = {
  machine: false,
  blank: false,
  single: false,
  agreed: false,
  averaged: false,
  adjudicated: false,
  corrected: true,
  appealed: true,
  regraded: true,
};

/** A mark of an appeal counts for the decision that answers it, and of a file that was marked whole for the appealed items alone. */
function counts({ seat, itemId }: MarkOnRecord, superseded: DecisionRecords['superseded']): boolean {
  return seat !== APPEAL_SEAT || (superseded?.appeal?.items.some((item) => item.itemId === itemId) ?? false);
}

function roleOf(seat: number): MarkRole {
  if (seat === APPEAL_SEAT) return 'appeal';
  return seat === ADJUDICATION_SEAT ? 'adjudicate' : 'mark';
}

function answerTo(
  exam: ExamContent,
  { test }: TestTaken,
  { itemId, responses }: { itemId: string; responses: Readonly<Record<string, ResponseValue>> },
): string | null {
  switch (test) {
    case 'aptitude': {
      const value = responses[itemId];
      return value === undefined
        ? null
        : readableResponse(
            exam.items.find(({ id }) => id === itemId),
            value,
          );
    }
    case 'case_study':
      return null;
  }
}

function keyOf(exam: ExamContent, { test, caseStudyId }: TestTaken, itemId: string): AnswerKey | null {
  switch (test) {
    case 'aptitude': {
      const item = exam.items.find(({ id }) => id === itemId);
      if (!item) return null;
      return item.type === 'choice'
        ? { kind: 'choice', correct: item.correct, scoring: item.scoring }
        : { kind: 'text', modelAnswer: item.modelAnswer };
    }
    case 'case_study': {
      const criterion = exam.caseStudies.find(({ id }) => id === caseStudyId)?.rubric.find(({ id }) => id === itemId);
      return criterion ? { kind: 'criterion', description: criterion.description } : null;
    }
  }
}

function spreadOf(marks: readonly MarkOnRecord[], millipointsMax: Millipoints, { tolerance }: Pick<Policy, 'tolerance'>): Spread | null {
  const [first, second] = marks.filter(({ seat }) => isIndependentSeat(seat));
  if (!first || !second) return null;
  const millipoints = Math.abs(first.millipoints - second.millipoints);
  const allowed = tolerance * millipointsMax;
  return { millipoints, allowed: `${allowed}/10000`, agrees: millipoints * 10_000 <= allowed };
}

function secondLookOf({ exam: { policy }, marks, assessment }: DecisionRecords): SecondLook {
  if (marks.length === 0) return { kind: 'nothing_to_mark' };
  if (assessment) return { kind: 'assessed', ...assessment };
  return policy.risk ? { kind: 'no_model' } : { kind: 'policy', marking: policy.marking };
}

function disputesOf({ exam, submission, marks }: DecisionRecords): ExplainedDisputes | null {
  if (!submission || marks.length === 0) return null;
  let marked: ReturnType<typeof markedPart>;
  try {
    marked = markedPart(exam, submission.gradable, marks);
  } catch (error) {
    // What is missing, `differences` tells.
    if (error instanceof RangeError) return null;
    throw error;
  }
  const { unmarked, settled, disputes, adjudicated } = marked;
  if (disputes.length === 0) return null;
  const at = (end: 'low' | 'high') => {
    const score = scoreOf([
      ...unmarked,
      ...settled,
      ...disputes.map(({ itemId, millipointsMax, [end]: millipoints }) => ({ itemId, millipoints, millipointsMax, basis: 'averaged' as const })),
    ]);
    return { fraction: fractionOf(score), passes: passes(score, exam.policy.passMark) };
  };
  return { itemIds: disputes.map(({ itemId }) => itemId), lowest: at('low'), highest: at('high'), isAdjudicated: adjudicated !== null };
}
