import { partsOf, type ChoiceItem, type ExamContent, type TestTaken } from './exam.ts';
import { decide, type Decided } from './grading.ts';
import { scoreOf, type ItemScore } from './reconciliation.ts';
import { Refusal, type FieldProblem } from './refusal.ts';
import { isBlank, scoreChoice, type ResponseValue } from './response.ts';
import type { Score } from './score.ts';

/**
 * What staff put right about an item or a criterion for everybody who had it (docs/decisions/0022). `dropped`: it counts neither among the
 * points reached nor among those there were, which is the same, to the exact fraction, as giving its points to the others in
 * proportion to theirs.
 */
export type ItemChange =
  | { readonly kind: 'key'; readonly correct: readonly string[] }
  | { readonly kind: 'mapping'; readonly millipointsByChoice: Readonly<Record<string, number>> }
  | { readonly kind: 'full_points' }
  | { readonly kind: 'dropped' };

export const ITEM_CHANGES = ['key', 'mapping', 'full_points', 'dropped'] as const satisfies readonly ItemChange['kind'][];

/** What is changed, and of what: a test, of a case study one of several, and in it an item or criterion. */
export type Regraded = TestTaken & { readonly itemId: string; readonly change: ItemChange };

/** Refused as `regrade_invalid`, by the field, where this version of the exam has nothing that could be changed so. */
export function checkRegrade(exam: ExamContent, regraded: Regraded): void {
  const problem = regradeProblemOf(exam, regraded);
  if (problem)
    throw new Refusal('regrade_invalid', `${exam.examId}@${exam.version} cannot be regraded like this. Nothing was changed.`, { fields: [problem] });
}

/** What is wrong with it for a version of the exam; undefined where it fits. */
export function regradeProblemOf(exam: ExamContent, { itemId, change, ...taken }: Regraded): FieldProblem | undefined {
  const parts = partsOf(exam, taken);
  if (parts.length === 0) return { path: 'caseStudyId', message: 'is not a case study of this exam version' };
  const part = parts.find(({ id }) => id === itemId);
  if (!part) return { path: 'itemId', message: `${itemId} is not in this test` };
  switch (change.kind) {
    case 'full_points':
      return undefined;
    case 'dropped':
      return parts.length === 1 ? { path: 'change.kind', message: 'the only item of a test cannot be dropped' } : undefined;
    case 'key':
      return problemOfChoices(exam, taken, { itemId, ids: change.correct, path: 'change.correct' });
    case 'mapping':
      return problemOfChoices(exam, taken, { itemId, ids: Object.keys(change.millipointsByChoice), path: 'change.pointsByChoice' });
  }
}

function problemOfChoices(
  exam: ExamContent,
  taken: TestTaken,
  { itemId, ids, path }: { itemId: string; ids: readonly string[]; path: string },
): FieldProblem | undefined {
  const item = choiceOf(exam, taken, itemId);
  if (!item) return { path: 'change.kind', message: `${itemId} has no choices: people mark it, so give it full points or drop it` };
  if (ids.length === 0) return { path, message: 'names no choice' };
  if (new Set(ids).size < ids.length) return { path, message: 'names a choice twice' };
  const unknown = ids.find((id) => !item.choices.some((choice) => choice.id === id));
  return unknown === undefined ? undefined : { path, message: `${unknown} is not a choice of ${itemId}` };
}

function choiceOf(exam: ExamContent, { test }: TestTaken, itemId: string): ChoiceItem | undefined {
  switch (test) {
    case 'aptitude': {
      const item = exam.items.find(({ id }) => id === itemId);
      return item?.type === 'choice' ? item : undefined;
    }
    case 'case_study':
      return undefined;
  }
}

/** What a test was handed in with: of a case study the file counts, which machines do not read. */
export type Answers = Readonly<Record<string, ResponseValue>>;

/**
 * The points of a test with what was regraded put right, in their order; the rest stays as it was. What staff settled for one certificate stands
 * against what is changed for all.
 */
export function regradedItems(
  items: readonly ItemScore[],
  { exam, answers, regrades }: { readonly exam: ExamContent; readonly answers: Answers; readonly regrades: readonly Regraded[] },
): readonly ItemScore[] {
  return regrades.reduce((before, regraded) => {
    const after = before.map((item) => (item.itemId === regraded.itemId ? regradedItem(item, { exam, answers, regraded }) : item));
    // Of several regrades each might drop an item, and nothing be left: what would leave no points to be had is not done.
    return scoreOf(after).millipointsMax === 0 ? before : after;
  }, items);
}

function regradedItem(item: ItemScore, { exam, answers, regraded }: { exam: ExamContent; answers: Answers; regraded: Regraded }): ItemScore {
  if (item.basis === 'corrected') return item;
  const { itemId, change, ...taken } = regraded;
  const millipointsMax = partsOf(exam, taken).find(({ id }) => id === itemId)?.millipoints ?? item.millipointsMax;
  switch (change.kind) {
    case 'full_points':
      return { itemId, millipoints: millipointsMax, millipointsMax, basis: 'regraded' };
    case 'dropped':
      return { itemId, millipoints: 0, millipointsMax: 0, basis: 'regraded' };
    case 'key':
    case 'mapping': {
      const choice = choiceOf(exam, taken, itemId);
      if (!choice) return item;
      const answer = answers[itemId];
      if (isBlank(answer)) return { itemId, millipoints: 0, millipointsMax, basis: 'blank' };
      return { itemId, millipoints: scoreChoice(changedChoice(choice, change), answer), millipointsMax, basis: 'regraded' };
    }
  }
}

function changedChoice(item: ChoiceItem, change: Extract<ItemChange, { kind: 'key' | 'mapping' }>): ChoiceItem {
  switch (change.kind) {
    case 'key':
      return { ...item, correct: change.correct, scoring: { kind: 'match_correct' } };
    case 'mapping':
      return { ...item, scoring: { kind: 'map_response', millipointsByChoice: change.millipointsByChoice } };
  }
}

/**
 * What a regrade would do to a decision that is out. Only `raised` and `passes` are done by it: nobody's published result gets worse by a
 * regrade, and a pass falls by a named person's act alone (design, section 3).
 */
export const REGRADE_EFFECTS = ['passes', 'raised', 'unchanged', 'would_lower', 'would_fail'] as const;
export type RegradeEffect = (typeof REGRADE_EFFECTS)[number];

/** A decision that is out, decided again with what was regraded put right. */
export function decideRegraded(
  before: Pick<Decided, 'passed' | 'items' | 'score'>,
  { exam, answers, regrades }: { readonly exam: ExamContent; readonly answers: Answers; readonly regrades: readonly Regraded[] },
): { readonly effect: RegradeEffect; readonly after: Decided } {
  const after = decide(regradedItems(before.items, { exam, answers, regrades }), exam.policy);
  return { effect: effectOf(before, after), after };
}

function effectOf(before: Pick<Decided, 'passed' | 'score'>, after: Decided): RegradeEffect {
  if (before.passed && !after.passed) return 'would_fail';
  if (!before.passed && after.passed) return 'passes';
  const difference = compareScores(after.score, before.score);
  if (difference === 0) return 'unchanged';
  return difference > 0 ? 'raised' : 'would_lower';
}

/** Exact: by products of integers. */
function compareScores(one: Score, other: Score): number {
  const [a, b] = [BigInt(one.millipoints) * BigInt(other.millipointsMax), BigInt(other.millipoints) * BigInt(one.millipointsMax)];
  return Number(a > b) - Number(a < b);
}

/** Why a decision has to wait before it is put right; the regrade looks again each day until it need not. */
export const REGRADE_WAITS = ['appeal_open', 'correction_open', 'attempt_open'] as const;
export type RegradeWait = (typeof REGRADE_WAITS)[number];
