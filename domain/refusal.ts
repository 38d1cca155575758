/**
 * Everything the system refuses on purpose. The code is stable and documented (docs/errors.md); the message is for the
 * person who asked and says what to do; `details` are safe to show. Anything else that is thrown is a defect or an outage.
 */
export const REFUSAL_CODES = [
  'not_found',
  'exam_not_published',
  'exam_version_changed',
  'attempt_already_open',
  'already_certified',
  'wrong_phase',
  'deadline_passed',
  'response_invalid',
  'stale_sequence',
  'upload_invalid',
  'upload_hash_mismatch',
  'upload_unreadable',
  'upload_in_hand',
  'upload_infected',
  'nothing_to_submit',
  'lease_lost',
  'assignment_closed',
  'only_given_back',
  'marks_invalid',
  'marks_recorded',
  'comment_invalid',
  'comments_full',
  'deadline_not_later',
  'deadline_out_of_bounds',
  'accommodation_invalid',
  'already_involved',
  'grader_unknown',
  'grader_unqualified',
  'grader_unavailable',
  'grader_in_conflict',
  'grader_not_active',
  'month_not_over',
  'seed_unfit',
  'not_standardised',
  'confirmation_needed',
  'claim_settled',
  'second_person_needed',
  'conflict_of_interest',
  'act_proposed',
  'act_settled',
  'proposal_open',
  'proposal_settled',
  'regrade_invalid',
  'regrade_open',
  'regrade_changed',
  'regrade_settled',
  'name_taken',
  'not_appealable',
  'appealed_already',
  'appeal_invalid',
  'appeal_settled',
  'no_refund_due',
  'refund_recorded',
  'complaints_full',
  'complaint_answered',
  'panel_invalid',
  'panel_closed',
  'round_open',
  'round_closed',
  'ratings_missing',
  'erasure_stopped',
  'erasure_under_way',
  'retention_too_short',
  'hold_standing',
  'nothing_on_hold',
  'idempotency_key_reused',
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** One field that is wrong, by its place in the request. */
export type FieldProblem = { readonly path: string; readonly message: string };

export type RefusalDetails = {
  readonly fields?: readonly FieldProblem[];
  readonly [key: string]: unknown;
};

/** An expected refusal: nothing was changed, and repeating the same request gives the same answer. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly details: RefusalDetails;

  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.details = details;
  }
}
