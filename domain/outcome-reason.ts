import type { Test } from './exam.ts';

/** Why an attempt ended: a code for programs, and what is kept and shown. Attempts that ended hold the words, so these never change. */
export const OUTCOME_REASONS = {
  not_started_in_time: 'not started in time',
  not_downloaded_in_time: 'case study not downloaded in time',
  withdrawn_by_candidate: 'withdrawn by the candidate',
  withdrawn_by_staff: 'withdrawn by staff',
  aptitude_test_not_passed: 'aptitude test not passed',
  /** Said instead, and kept nowhere: a regrade made a pass of it, which the next registration carries over. */
  aptitude_test_passed_since: 'aptitude test passed since it was graded anew for everybody',
  case_study_not_passed: 'case study not passed',
  not_submitted: 'not submitted',
} as const;

export type OutcomeReasonCode = keyof typeof OUTCOME_REASONS;

export const OUTCOME_REASON_CODES = Object.keys(OUTCOME_REASONS) as readonly OutcomeReasonCode[];

export const NOT_PASSED: Readonly<Record<Test, string>> = {
  aptitude: OUTCOME_REASONS.aptitude_test_not_passed,
  case_study: OUTCOME_REASONS.case_study_not_passed,
};

/** Null for words that were never among them. */
export function codeOfOutcomeReason(reason: string): OutcomeReasonCode | null {
  return OUTCOME_REASON_CODES.find((code) => OUTCOME_REASONS[code] === reason) ?? null;
}
