import type { ExamContent, Markable, Policy, Test, TestTaken } from './exam.ts';
import { markablesOfRubric, partsOf } from './exam.ts';
import type { GradedBasis, ItemScore } from './reconciliation.ts';
import { scoreOf } from './reconciliation.ts';
import { isBlank, scoreChoice, type ResponseValue } from './response.ts';
import { passes, type Score } from './score.ts';

/** What is handed in for each test; the file of a case study is read by people alone. */
type HandedIn = {
  readonly aptitude: { readonly responses: Readonly<Record<string, ResponseValue>> };
  readonly case_study: { readonly caseStudyId: string };
};

/** A frozen submission as grading sees it. */
export type GradableSubmission = { readonly [Each in Test]: { readonly test: Each } & HandedIn[Each] }[Test];

/** What a person must mark, and what needs nobody. */
export type HumanPart = { readonly markables: readonly Markable[]; readonly blanks: readonly ItemScore<GradedBasis>[] };

/** Splits a submission into what a person must mark and what needs nobody: blank answers score 0 (design, section 3). */
export function humanPartOf(exam: ExamContent, submission: GradableSubmission): HumanPart {
  switch (submission.test) {
    case 'aptitude':
      return textsOf(exam, submission.responses);
    case 'case_study': {
      const caseStudy = exam.caseStudies.find((candidate) => candidate.id === submission.caseStudyId);
      if (!caseStudy) throw new RangeError(`case study ${submission.caseStudyId} is not part of ${exam.examId}@${exam.version}`);
      return { markables: markablesOfRubric(caseStudy), blanks: [] };
    }
  }
}

function textsOf(exam: ExamContent, responses: Readonly<Record<string, ResponseValue>>): HumanPart {
  const markables: Markable[] = [];
  const blanks: ItemScore<GradedBasis>[] = [];
  for (const item of exam.items) {
    if (item.type !== 'text') continue;
    if (isBlank(responses[item.id])) {
      blanks.push({ itemId: item.id, millipoints: 0, millipointsMax: item.millipoints, basis: 'blank' });
    } else {
      markables.push({ itemId: item.id, millipointsMax: item.millipoints });
    }
  }
  return { markables, blanks };
}

/** Whether machines score anything in a test: only the aptitude test has choice items. */
export function hasMachinePart(test: Test, { hasChoiceItems }: { readonly hasChoiceItems: boolean }): boolean {
  switch (test) {
    case 'aptitude':
      return hasChoiceItems;
    case 'case_study':
      return false;
  }
}

/** The machine's part: every choice item, answered or not. */
export function machinePartOf(exam: ExamContent, submission: GradableSubmission): readonly ItemScore<GradedBasis>[] {
  switch (submission.test) {
    case 'aptitude':
      return scoreChoices(exam, submission.responses);
    case 'case_study':
      return [];
  }
}

function scoreChoices(exam: ExamContent, responses: Readonly<Record<string, ResponseValue>>): readonly ItemScore<GradedBasis>[] {
  return exam.items
    .filter((item) => item.type === 'choice')
    .map((item) => ({
      itemId: item.id,
      millipoints: scoreChoice(item, responses[item.id]),
      millipointsMax: item.millipoints,
      basis: isBlank(responses[item.id]) ? 'blank' : 'machine',
    }));
}

/** Nothing was handed in: no points of those there were. */
export function blankTest(exam: ExamContent, taken: TestTaken): readonly ItemScore[] {
  return partsOf(exam, taken).map(({ id, millipoints }) => ({ itemId: id, millipoints: 0, millipointsMax: millipoints, basis: 'blank' }));
}

export type Decided = { readonly passed: boolean; readonly score: Score; readonly items: readonly ItemScore[] };

/** Pass or fail on the exact fraction of all the points of a test. */
export function decide(items: readonly ItemScore[], policy: Pick<Policy, 'passMark'>): Decided {
  const score = scoreOf(items);
  return { passed: passes(score, policy.passMark), score, items };
}

/** Who marks a submission in parallel: one seat, or two that never see each other. */
export function markingSeats(policy: Pick<Policy, 'marking'>): readonly number[] {
  switch (policy.marking) {
    case 'single':
      return [1];
    case 'double':
      return [1, 2];
  }
}

/** Of two who mark, the one that may wait for an assessment. */
export const SECOND_SEAT = 2;

/** The seat of the designated grader who settles disputes. */
export const ADJUDICATION_SEAT = 3;

/** The seat of whoever marks again, once the decision is appealed (domain/appeal.ts). */
export const APPEAL_SEAT = 4;

/** Marks of these seats are given independently of each other, before anything is decided: a decision begins with them alone. */
export function isIndependentSeat(seat: number): boolean {
  return seat < ADJUDICATION_SEAT;
}

/** What happens to an attempt when this decision is published. */
export type NextStep = 'offer_case_study' | 'certify' | 'fail';

const STEP_AFTER_PASS: Readonly<Record<Test, NextStep>> = { aptitude: 'offer_case_study', case_study: 'certify' };

export function nextStepAfter(test: Test, passed: boolean): NextStep {
  return passed ? STEP_AFTER_PASS[test] : 'fail';
}
