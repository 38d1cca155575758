import { examVersionName, type RiskPolicy, type TestTaken } from './exam.ts';
import { estimateTurn, type FirstMarked, type MarkingModel } from './marking-model.ts';
import { formatBasisPoints, type BasisPoints } from './score.ts';

/** Whether a test whose first marks are in gets a second seat, and why (design, section 3, *Marking*). */

/** `no_model`: there was none to ask, so the second seat opens as in `double`. */
export const ASSESSMENT_REASONS = ['no_model', 'probability', 'new_grader', 'drifting', 'sample'] as const;
export type AssessmentReason = (typeof ASSESSMENT_REASONS)[number];

export type Assessed = {
  /** That a second mark turns the decision, in hundredths of a percent, rounded up; null without a model. */
  readonly probability: BasisPoints | null;
  readonly machineCheck: boolean;
  /** What the model has no marks of, and so judges by the figures of all: so many items, and whether the grader. */
  readonly pooled: { readonly items: number; readonly grader: boolean };
  /** Why the second seat opens; none: it stays closed. */
  readonly reasons: readonly AssessmentReason[];
};

/** Nothing was estimated, or what no mark can change. */
const POOLED_NOTHING = { items: 0, grader: false };

export type ToAssess = {
  readonly model: MarkingModel | undefined;
  readonly script: FirstMarked;
  readonly policy: RiskPolicy;
  /** Whether the first grader's marks move away from the panel's, and nobody has settled that (domain/drift.ts). */
  readonly isDrifting: boolean;
  /** Drawn for this test from a secret, from 0 to below 1. */
  readonly draw: number;
};

export function assess({ model, script, policy, isDrifting, draw }: ToAssess): Assessed {
  if (!model) return { probability: null, machineCheck: false, pooled: POOLED_NOTHING, reasons: ['no_model'] };
  const estimate = estimateTurn(model, script, policy);
  const probability = Math.ceil(estimate.probability * 10_000);
  // Neither a new or drifting grader nor the sample has anything to find where no mark can change the outcome.
  if (estimate.closed) return { probability, machineCheck: estimate.machineCheck, pooled: POOLED_NOTHING, reasons: [] };
  const known = model.graders[script.grader]?.scripts ?? 0;
  const reasons: AssessmentReason[] = [];
  if (probability > policy.limit) reasons.push('probability');
  if (known < policy.newGraderScripts) reasons.push('new_grader');
  if (isDrifting) reasons.push('drifting');
  if (draw * 10_000 < policy.sampleShare) reasons.push('sample');
  const pooled = {
    items: script.marks.filter(({ itemId }) => model.itemSpreads[itemId] === undefined).length,
    grader: !model.graders[script.grader],
  };
  return { probability, machineCheck: estimate.machineCheck, pooled, reasons };
}

const REASON_WORDS: Readonly<Record<AssessmentReason, string>> = {
  no_model: 'there is no marking model',
  probability: 'that is above the limit',
  new_grader: 'the first grader is new',
  drifting: 'the first grader’s marks drift',
  sample: 'it is in the random sample',
};

/** For staff: "a second mark turns the decision with 12.40 % (limit 10.00 %): second seat, that is above the limit". */
export function assessmentWords({ probability, pooled, reasons }: Assessed, { limit }: Pick<RiskPolicy, 'limit'>): string {
  const estimate =
    probability === null
      ? 'no estimate'
      : `a second mark turns the decision with ${formatBasisPoints(probability)} % (limit ${formatBasisPoints(limit)} %${pooledWords(pooled)})`;
  return reasons.length === 0 ? `${estimate}: marked once` : `${estimate}: second seat, ${reasons.map((reason) => REASON_WORDS[reason]).join(', ')}`;
}

/** "; 2 items and the grader have no marks in the model: the figures of all". Nothing where it knows them all. */
function pooledWords({ items, grader }: Assessed['pooled']): string {
  const unknown = [...(items === 0 ? [] : [items === 1 ? '1 item' : `${items} items`]), ...(grader ? ['the grader'] : [])];
  if (unknown.length === 0) return '';
  return `; ${unknown.join(' and ')} ${unknown.length === 1 && items < 2 ? 'has' : 'have'} no marks in the model: the figures of all`;
}

/** What a marking model calls an item or criterion: ids are unique within a test of an exam version alone. */
export function markedItemId(exam: { readonly examId: string; readonly version: number }, { test, caseStudyId }: TestTaken, itemId: string): string {
  return [examVersionName(exam), test, ...(caseStudyId ? [caseStudyId] : []), itemId].join('/');
}
