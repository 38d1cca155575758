import type { ExamContent, Markable, Policy, Test } from './exam.ts';
import { markablesOfRubric } from './exam.ts';
import type { ItemScore } from './reconciliation.ts';
import { scoreOf } from './reconciliation.ts';
import { isBlank, scoreChoice, type ResponseValue } from './response.ts';
import { passes, type Score } from './score.ts';

/** A frozen submission as grading sees it. */
export type GradableSubmission =
  | { readonly test: 'aptitude'; readonly responses: Readonly<Record<string, ResponseValue>> }
  | { readonly test: 'case_study'; readonly caseStudyId: string };

/** Splits a submission into what a person must mark and what needs nobody: blank answers score 0 (design, section 3). */
export function humanPartOf(
  exam: ExamContent,
  submission: GradableSubmission,
): { readonly markables: readonly Markable[]; readonly blanks: readonly ItemScore[] } {
  if (submission.test === 'case_study') {
    const caseStudy = exam.caseStudies.find((candidate) => candidate.id === submission.caseStudyId);
    if (!caseStudy) throw new RangeError(`case study ${submission.caseStudyId} is not part of ${exam.examId}@${exam.version}`);
    return { markables: markablesOfRubric(caseStudy), blanks: [] };
  }
  const markables: Markable[] = [];
  const blanks: ItemScore[] = [];
  for (const item of exam.items) {
    if (item.type !== 'text') continue;
    if (isBlank(submission.responses[item.id])) {
      blanks.push({ itemId: item.id, millipoints: 0, millipointsMax: item.millipoints, basis: 'blank' });
    } else {
      markables.push({ itemId: item.id, millipointsMax: item.millipoints });
    }
  }
  return { markables, blanks };
}

/** The machine's part: every choice item, answered or not. */
export function scoreChoices(exam: ExamContent, responses: Readonly<Record<string, ResponseValue>>): readonly ItemScore[] {
  return exam.items
    .filter((item) => item.type === 'choice')
    .map((item) => ({
      itemId: item.id,
      millipoints: scoreChoice(item, responses[item.id]),
      millipointsMax: item.millipoints,
      basis: isBlank(responses[item.id]) ? 'blank' : 'machine',
    }));
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

/** The seat of the designated grader who settles disputes. */
export const ADJUDICATION_SEAT = 3;

/** What happens to an attempt when this decision is published. */
export type NextStep = 'offer_case_study' | 'certify' | 'fail';

export function nextStepAfter(test: Test, passed: boolean): NextStep {
  if (!passed) return 'fail';
  return test === 'aptitude' ? 'offer_case_study' : 'certify';
}
