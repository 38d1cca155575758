import { ERASED } from '../../domain/erasure.ts';
import type { RetentionKind } from '../../domain/retention.ts';

/**
 * Where the records hold something personal, and what an erasure makes of it (docs/decisions/0027). Every column of every table that holds text, JSON
 * or bytes is named here once, or a test says which is not. The function of the database that erases is made of this (erasing.ts). In SQL `r` is the
 * row, and names in `v_` are what belongs to the person.
 */
export type PersonalTable = {
  /** With which kinds of data it goes by itself, once their time is over; none: with the person alone. */
  readonly with?: Exclude<RetentionKind, 'person'>;
  /** Which rows are of the person. */
  readonly of: string;
  /** Their rows go whole; or of each row these columns change into what stands here. */
  readonly erased: 'rows' | Readonly<Record<string, string>>;
  /** Who did it or whom it was given to, of those who act for us: kept with what they did. */
  readonly ofStaff?: readonly string[];
  /** Says nothing about anybody that would be personal: codes, ids, hashes that nobody guesses, what an exam says. */
  readonly impersonal: readonly string[];
};

const ATTEMPTS = 'r.attempt_id = ANY(v_attempts)';
const SITTINGS = 'r.sitting_id = ANY(v_sittings)';
const SUBMISSIONS = 'r.submission_id = ANY(v_submissions)';
const ASSIGNMENTS = 'r.assignment_id = ANY(v_assignments)';

const always = `'${ERASED}'`;
/** What may be null stays so: that nothing was said is no secret. */
const unlessNull = (column: string) => `CASE WHEN r."${column}" IS NOT NULL THEN '${ERASED}' END`;
/** A hash of so little that it could be guessed. */
const NO_HASH = `'sha-256:' || repeat('0', 64)`;
/** Of JSON what is a number, a truth or an id: texts go. */
const withoutTexts = (column: string) =>
  `(SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}') FROM jsonb_each(r."${column}") e WHERE jsonb_typeof(e.value) IN ('number', 'boolean') OR e.value #>> '{}' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')`;
/** Of a list of objects in JSON this text of each. */
const eachWithout = (column: string, field: string) =>
  `(SELECT jsonb_agg(CASE WHEN e.value ? '${field}' THEN e.value || '{"${field}": "${ERASED}"}' ELSE e.value END ORDER BY e.place) FROM jsonb_array_elements(r."${column}") WITH ORDINALITY AS e (value, place))`;
const pseudonym = (column: string) => `CASE WHEN r."${column}" = v_subject THEN v_pseudonym ELSE r."${column}" END`;
/** Who is named as somebody's acquaintance: by subject or by address. */
const named = `(r."kind" = 'candidate' AND r."value" = v_subject) OR (r."kind" = 'email' AND r."value" = v_email)`;

/** In the order in which they are erased: what is removed first is what others are found by last. */
export const PERSONAL_DATA: Readonly<Record<string, PersonalTable>> = {
  // What was handed in, and what was said of it.
  response: { with: 'answers', of: SITTINGS, erased: 'rows', impersonal: ['item_id', 'value'] },
  draft: { with: 'answers', of: ASSIGNMENTS, erased: 'rows', impersonal: ['grader', 'marks'] },
  upload: {
    with: 'uploads',
    of: SITTINGS,
    erased: { file_name: always },
    impersonal: ['media_type', 'declared_sha256', 'rejected_for', 'scan_state', 'scan_finding'],
  },
  submission: {
    with: 'answers',
    of: SITTINGS,
    erased: {
      content: `CASE WHEN r."content" IS NOT NULL THEN '{}'::jsonb END`,
      content_hash: `CASE WHEN r."upload_id" IS NULL THEN ${NO_HASH} ELSE r."content_hash" END`,
      receipt: always,
    },
    impersonal: ['cause'],
  },
  assignment: {
    with: 'answers',
    of: SUBMISSIONS,
    erased: { answer_hashes: `'{}'::text[]` },
    ofStaff: ['holder', 'reserved_for'],
    impersonal: ['purpose', 'item_ids', 'state', 'unstaffed_because'],
  },
  claim: {
    with: 'answers',
    of: SUBMISSIONS,
    erased: { release_reason: unlessNull('release_reason') },
    ofStaff: ['grader'],
    impersonal: ['release_cause'],
  },
  mark: { with: 'answers', of: SUBMISSIONS, erased: { reason: always }, ofStaff: ['grader'], impersonal: ['item_id'] },
  file_flag: { with: 'answers', of: ASSIGNMENTS, erased: { reason: always }, ofStaff: ['grader', 'settled_by'], impersonal: ['settlement'] },
  group_mark: {
    with: 'answers',
    // Where nobody else had the same answer.
    of: 'r.id IN (SELECT u.group_mark_id FROM group_mark_use u GROUP BY 1 HAVING bool_and(u.assignment_id = ANY(v_assignments)))',
    erased: { reason: always, answer_hash: `'erased:' || r."id"` },
    ofStaff: ['grader'],
    impersonal: ['item_id'],
  },
  group_mark_use: { with: 'answers', of: ASSIGNMENTS, erased: 'rows', impersonal: [] },
  seed_mark: {
    with: 'answers',
    of: 'r.seed_id IN (SELECT s.id FROM seed s WHERE s.submission_id = ANY(v_submissions))',
    erased: { reason: always },
    ofStaff: ['grader'],
    impersonal: ['item_id'],
  },
  seed: {
    with: 'answers',
    of: SUBMISSIONS,
    erased: { marks: eachWithout('marks', 'reason'), reason: always, ended_reason: unlessNull('ended_reason') },
    ofStaff: ['proposed_by', 'agreed_by', 'ended_by'],
    impersonal: ['test', 'basis'],
  },
  feedback: { with: 'answers', of: ATTEMPTS, erased: 'rows', impersonal: ['test', 'entries'] },

  // What they said, and were told.
  appeal_refund: {
    of: 'r.appeal_id IN (SELECT q.id FROM appeal q WHERE q.attempt_id = ANY(v_attempts))',
    erased: { reference: always },
    ofStaff: ['refunded_by'],
    impersonal: [],
  },
  appeal: {
    of: ATTEMPTS,
    erased: { items: eachWithout('items', 'text'), fee_reference: unlessNull('fee_reference') },
    impersonal: ['test', 'state'],
  },
  complaint: {
    of: ATTEMPTS,
    // Each its own: the same said twice is one.
    erased: { text: `'${ERASED} ' || r."id"`, answer: unlessNull('answer') },
    ofStaff: ['answered_by'],
    impersonal: ['about'],
  },
  notice: { of: ATTEMPTS, erased: 'rows', impersonal: ['occasion', 'kind', 'subject', 'body'] },
  tidings: { of: ATTEMPTS, erased: 'rows', impersonal: ['occasion', 'content'] },
  mail: {
    of: `r.candidate_id = v_candidate OR ${ATTEMPTS} OR r.certificate_id = ANY(v_certificates) OR r.watch_id IN (SELECT w.id FROM watch w WHERE w.certificate_id = ANY(v_certificates))`,
    erased: 'rows',
    ofStaff: ['grader', 'staff_member'],
    impersonal: ['occasion_key', 'kind', 'data', 'state', 'problem'],
  },
  watch: { of: 'NOT v_keeps_register AND r.certificate_id = ANY(v_certificates)', erased: 'rows', impersonal: ['email', 'locale', 'token', 'state'] },
  event: {
    with: 'answers',
    of: 'r.key = ANY(v_attempts) OR r.key = ANY(v_certificates)',
    erased: {
      data: `r."data" || CASE WHEN r."data" ? 'contentHash' THEN jsonb_build_object('contentHash', ${NO_HASH}) ELSE '{}' END || CASE WHEN r."data" ? 'feeReference' THEN '{"feeReference": "${ERASED}"}'::jsonb ELSE '{}' END`,
    },
    impersonal: ['type'],
  },

  // What staff did about them.
  accommodation: {
    of: 'r.candidate_id = v_candidate',
    erased: { reason: always, evidence: unlessNull('evidence'), kind: `'other'` },
    ofStaff: ['recorded_by'],
    impersonal: ['exam_id'],
  },
  correction: {
    of: 'r.certificate_id = ANY(v_certificates)',
    erased: {
      reason: always,
      replacement: `CASE WHEN r."replacement" ? 'points' THEN jsonb_build_object('points', r."replacement" -> 'points') WHEN r."replacement" IS NOT NULL THEN '{}'::jsonb END`,
      replacement_hash: unlessNull('replacement_hash'),
      resolved_reason: unlessNull('resolved_reason'),
    },
    ofStaff: ['opened_by', 'resolved_by'],
    impersonal: ['resolution'],
  },
  claimed_act: {
    of: `${ATTEMPTS} OR r.correction_id = ANY(v_corrections)`,
    erased: { terms: `'{}'::jsonb`, reason: always },
    ofStaff: ['claimed_by', 'settled_by'],
    impersonal: ['action_key', 'kind', 'state', 'settled_by_act'],
  },
  vouched_act: {
    of: `r.action_key IN (SELECT x.action_key FROM audit_entry x WHERE x.attempt_id = ANY(v_attempts) OR x.certificate_id = ANY(v_certificates)) OR r.action_key = ANY(v_corrections::text[])`,
    erased: 'rows',
    impersonal: ['action_key', 'content_hash', 'actor'],
  },
  proposed_act: {
    of: `r.candidate_id = v_candidate OR ${ATTEMPTS}`,
    erased: {
      body: `CASE WHEN r."body" IS NOT NULL THEN '{}'::jsonb END`,
      content_hash: NO_HASH,
      reason: always,
      settled_reason: unlessNull('settled_reason'),
      answer: `CASE WHEN r."answer" IS NOT NULL THEN jsonb_build_object('status', r."answer" -> 'status') END`,
      review: unlessNull('review'),
    },
    ofStaff: ['request_key', 'proposed_by', 'proposed_by_mail', 'settled_by', 'reviewed_by'],
    impersonal: ['operation', 'target', 'params', 'state', 'failure'],
  },
  retention_hold: {
    of: 'r.candidate_id = v_candidate',
    erased: { reason: always, released_reason: unlessNull('released_reason') },
    ofStaff: ['placed_by', 'released_by'],
    impersonal: [],
  },
  erasure: {
    of: 'r.candidate_id = v_candidate',
    erased: { settled_reason: unlessNull('settled_reason') },
    ofStaff: ['settled_by'],
    impersonal: ['kind', 'state'],
  },
  audit_entry: {
    of: `${ATTEMPTS} OR r.certificate_id = ANY(v_certificates) OR r.actor = v_subject OR strpos(r.action_key, v_candidate::text) > 0 OR strpos(r.details::text, v_candidate::text) > 0`,
    // What is ours to say of itself stays: "not started in time".
    erased: {
      actor: pseudonym('actor'),
      action_key: `replace(r."action_key", v_subject, v_pseudonym)`,
      reason: `CASE WHEN r."actor" = 'system' OR r."reason" = '' THEN r."reason" ELSE '${ERASED}' END`,
      details: withoutTexts('details'),
    },
    impersonal: ['action'],
  },
  grader_conflict: {
    of: named,
    erased: { value: `'erased:' || r."id"` },
    ofStaff: ['grader', 'declared_by', 'ended_by'],
    impersonal: ['kind', 'source'],
  },
  staff_acquaintance: {
    of: named,
    erased: { value: `'erased:' || r."id"`, ended_reason: unlessNull('ended_reason') },
    ofStaff: ['subject', 'ended_by'],
    impersonal: ['kind'],
  },
  idempotency: {
    of: `r.actor = v_subject OR r.response::text LIKE ANY (v_patterns)`,
    erased: 'rows',
    impersonal: ['actor', 'operation', 'key', 'request_hash', 'response'],
  },

  // Who they are. Last, since all else is found by it.
  certificate: {
    of: 'NOT v_keeps_register AND r.id = ANY(v_certificates)',
    erased: {
      name: always,
      // By its hash the credential that its holder has is known again: nobody makes up a signature.
      credential: `CASE WHEN r."credential" ->> 'erased' IS NOT NULL THEN r."credential" WHEN r."credential" IS NOT NULL THEN json_build_object('erased', encode(sha256(convert_to(r."credential"::jsonb::text, 'UTF8')), 'hex')) END`,
      revision: `CASE WHEN r."name" = '${ERASED}' THEN r."revision" ELSE r."revision" + 1 END`,
    },
    impersonal: ['number', 'exam_id', 'exam_title', 'status'],
  },
  candidate: {
    of: 'r.id = v_candidate',
    erased: { subject: 'v_pseudonym', name: always, email: 'NULL', locale: 'NULL', time_zone: 'NULL' },
    impersonal: [],
  },
};

/** Of tables without anything personal: why, and which columns were looked at. */
export type ImpersonalTable = { readonly why: string; readonly columns: readonly string[] };

const OF_EXAMS = 'says what an exam is';
const OF_STAFF = 'is of those who act for us: kept with what they did, as their contracts say';
const OF_FIGURES = 'counts many, and names nobody';
const OF_POLICY = 'says what holds for everybody';
const OF_MACHINERY = 'carries ids, codes and hashes';

export const IMPERSONAL_DATA: Readonly<Record<string, ImpersonalTable>> = {
  exam_version: { why: OF_EXAMS, columns: ['exam_id', 'title', 'content', 'content_hash', 'published_by', 'language'] },
  exam_retirement: { why: OF_EXAMS, columns: ['retired_by', 'reason'] },
  exam_proposal: {
    why: OF_EXAMS,
    columns: ['exam_id', 'title', 'content', 'content_hash', 'reason', 'proposed_by', 'outcome', 'settled_by'],
  },
  regrade: {
    why: OF_EXAMS,
    columns: [
      'exam_id',
      'test',
      'case_study_id',
      'item_id',
      'change',
      'reason',
      'opened_by',
      'preview_hash',
      'outcome',
      'settled_by',
      'settled_reason',
    ],
  },
  retention_period: { why: OF_POLICY, columns: ['kind', 'reason', 'set_by'] },
  standard_panel: { why: OF_EXAMS, columns: ['test', 'case_study_id', 'opened_by', 'reason', 'closed_by', 'closed_reason'] },
  standard_panelist: { why: OF_STAFF, columns: ['grader', 'left_by', 'left_reason', 'added_by', 'added_reason'] },
  standard_round: { why: OF_EXAMS, columns: ['opened_by', 'reason', 'closed_by', 'closed_reason', 'ratings_hash'] },
  standard_rating: { why: OF_STAFF, columns: ['grader', 'item_id'] },
  marking_comment: { why: OF_EXAMS, columns: ['exam_id', 'test', 'case_study_id', 'item_id', 'text', 'owner', 'written_by', 'retired_by'] },
  grader: {
    why: OF_STAFF,
    columns: ['subject', 'state', 'qualifications', 'languages', 'name', 'email', 'locale', 'mail_kinds', 'time_zone'],
  },
  staff_member: { why: OF_STAFF, columns: ['subject', 'email', 'locale'] },
  drift: { why: OF_STAFF, columns: ['grader', 'direction', 'evidence'] },
  drift_settlement: { why: OF_STAFF, columns: ['settled_by', 'reason'] },
  marking_stretch: { why: OF_STAFF, columns: ['grader'] },
  marking_comment_use: { why: OF_STAFF, columns: ['grader'] },
  pay_rate: { why: OF_STAFF, columns: ['cents_per_piece', 'recorded_by', 'reason'] },
  pay_correction: { why: OF_STAFF, columns: ['grader', 'recorded_by', 'reason'] },
  pay_statement: { why: OF_STAFF, columns: ['grader', 'month', 'currency', 'issued_by'] },
  pay_line: { why: OF_STAFF, columns: ['evidence'] },
  seed_seat: { why: OF_STAFF, columns: ['drawn'] },
  reading: { why: 'says who of those who act for us read: what is named there are ids', columns: ['reader', 'operation', 'about'] },
  marking_model: { why: OF_FIGURES, columns: ['content', 'content_hash', 'evidence', 'fitted_by', 'data', 'kept_aside'] },
  marking_model_activation: { why: OF_FIGURES, columns: ['activated_by', 'reason', 'occasion'] },
  marking_model_following: { why: OF_FIGURES, columns: ['set_by', 'reason'] },
  marking_refit: { why: OF_FIGURES, columns: ['occasion', 'outcome'] },
  marking_plan: { why: OF_FIGURES, columns: ['occasion', 'outcome'] },
  marking_outlook: { why: OF_FIGURES, columns: ['exam_id', 'language', 'test', 'content'] },
  report: { why: OF_FIGURES, columns: ['kind', 'occasion', 'content', 'content_hash'] },
  tally: { why: OF_FIGURES, columns: ['measure', 'label', 'part'] },
  tally_until: { why: OF_FIGURES, columns: [] },
  attempt: { why: 'says what became of it, in words of ours', columns: ['exam_id', 'outcome', 'outcome_reason'] },
  attempt_standing: { why: OF_MACHINERY, columns: ['exam_id', 'phase', 'outcome'] },
  extension: { why: OF_MACHINERY, columns: ['window', 'kind', 'outage_id'] },
  sitting: { why: OF_MACHINERY, columns: ['test', 'case_study_id'] },
  result_expectation: { why: OF_MACHINERY, columns: ['basis'] },
  reminder: { why: OF_MACHINERY, columns: [] },
  assessment: { why: OF_MACHINERY, columns: ['inputs_hash', 'reasons'] },
  decision: { why: 'points and what they come of, by item', columns: ['test', 'items'] },
  regrade_change: { why: OF_MACHINERY, columns: ['effect', 'state', 'waits_for'] },
  undecided_submission: { why: OF_MACHINERY, columns: ['test'] },
  staff_call: { why: OF_MACHINERY, columns: ['kind'] },
  delivery: { why: OF_MACHINERY, columns: ['fact', 'void_reason', 'traceparent'] },
  dispatch: { why: OF_MACHINERY, columns: ['sink', 'state', 'problem'] },
  dispatch_queue: { why: OF_MACHINERY, columns: ['sink'] },
  event_sink: { why: OF_MACHINERY, columns: ['name', 'kind', 'types', 'url', 'secrets', 'created_by', 'problem'] },
  import_run: { why: OF_MACHINERY, columns: ['file_hash'] },
  import_rejection: { why: 'says what was wrong with a line, which stays in its file', columns: ['file_hash', 'reason'] },
  issuer_key: { why: OF_MACHINERY, columns: ['public_key_multibase'] },
  status_list: { why: OF_MACHINERY, columns: ['purpose', 'credential'] },
  sampling_secret: { why: OF_MACHINERY, columns: ['secret'] },
  seed_secret: { why: OF_MACHINERY, columns: ['secret'] },
  attempt_term: { why: 'words of the name and address, which triggers make anew when these change', columns: ['term'] },
  register_entry: { why: 'a copy, which follows the event of the erasure', columns: ['number', 'name', 'exam_title', 'status'] },
  ledger_pending: { why: 'as ledger_entry', columns: ['by_role', 'act', 'kind', 'record', 'who', 'who_hash', 'salt', 'content'] },
  ledger_entry: {
    why: 'hashes over a salt: an erasure takes away the salt and who it was',
    columns: ['by_role', 'act', 'kind', 'record', 'who', 'who_hash', 'salt', 'content', 'previous', 'hash'],
  },
  ledger_node: { why: OF_MACHINERY, columns: ['hash'] },
  ledger_state: { why: OF_MACHINERY, columns: ['frontier', 'shard_heads'] },
  ledger_head: { why: OF_MACHINERY, columns: ['jws'] },
  ledger_stamp: { why: OF_MACHINERY, columns: ['token'] },
};
