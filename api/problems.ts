import { Refusal, REFUSAL_CODES, type FieldProblem, type RefusalCode, type RefusalDetails } from '../domain/refusal.ts';
import { isDiskFull } from '../platform/disk-full.ts';
import { InspectorBusy } from '../platform/files/inspector.ts';
import { StorageFull, StorageUnavailable } from '../platform/storage/object-storage.ts';
import { isDatabaseFull, isDatabaseUnavailable } from '../store/context.ts';

/** What can go wrong before or around the rules: with the request itself, with who asks, or with what we need to answer. */
const TRANSPORT_CODES = [
  'malformed_json',
  'malformed_request',
  'validation_failed',
  'unauthenticated',
  'insufficient_user_authentication',
  'forbidden',
  'method_not_allowed',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
  'upload_offset_conflict',
  'rate_limited',
  'unavailable',
  'storage_full',
  'internal',
] as const;
export type TransportCode = (typeof TRANSPORT_CODES)[number];

/** Every code a client may meet; each has a section in docs/errors.md. */
export const PROBLEM_CODES = [...REFUSAL_CODES, ...TRANSPORT_CODES] as const;
export type ProblemCode = RefusalCode | TransportCode;

/** What a token must tell of how, and how long ago, somebody signed in. */
export type StepUp = { readonly acrValues: readonly string[]; readonly maxAgeSeconds: number | undefined };

type ProblemExtras = {
  readonly fields?: readonly FieldProblem[];
  /** Whole seconds after which trying again may help. */
  readonly retryAfterSeconds?: number;
  /** Instead of the status of the code, where a protocol on top of HTTP (tus) prescribes another. */
  readonly status?: number;
  /** How many a body may have. */
  readonly bytesMax?: number;
  /** The methods that a path has, as the header Allow names them. */
  readonly allow?: string;
  /** How somebody has to have signed in (RFC 9470). */
  readonly stepUp?: StepUp;
};

/** Ends a request with a problem that is none of the domain's. The message is for the caller. */
export class Problem extends Error {
  readonly code: TransportCode | 'not_found' | 'upload_invalid';
  readonly extras: ProblemExtras;

  constructor(code: Problem['code'], message: string, extras: ProblemExtras = {}) {
    super(message);
    this.name = 'Problem';
    this.code = code;
    this.extras = extras;
  }
}

/** How long a client should wait while something that we need is away. */
export const RETRY_AFTER_SECONDS = 5;

export function unavailable(what: string): Problem {
  return new Problem('unavailable', `${what} is not available at the moment. Nothing was changed; try again in some seconds.`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** Somebody has to make room, which takes longer than a failover. */
const ROOM_AFTER_SECONDS = 60;

/**
 * 503 and not 507: RFC 4918 forbids to repeat what got a 507 until a person asks anew, and what saves answers and resumes uploads is to
 * go on by itself.
 */
function full(): Problem {
  const message =
    'Our storage has no room at the moment; your request is not at fault. What was acknowledged is safe, and this was not taken. We are called already: keep what you have, and try again in some minutes.';
  return new Problem('storage_full', message, { retryAfterSeconds: ROOM_AFTER_SECONDS });
}

export function validationFailed(fields: readonly FieldProblem[]): Problem {
  const names = [...new Set(fields.slice(0, FIELDS_MAX).map((field) => field.path || 'the body'))];
  return new Problem('validation_failed', `The request is not valid: ${names.join(', ')}. Nothing was changed.`, { fields });
}

/** Each code has one HTTP status. Conflicts with how things stand are 409; what is wrong with the content is 422. */
export function statusOf(code: ProblemCode): number {
  switch (code) {
    case 'malformed_json':
    case 'malformed_request':
      return 400;
    case 'unauthenticated':
    case 'insufficient_user_authentication':
      return 401;
    case 'forbidden':
    case 'conflict_of_interest':
      return 403;
    case 'not_found':
    case 'exam_not_published':
      return 404;
    case 'method_not_allowed':
      return 405;
    case 'request_timeout':
      return 408;
    case 'exam_version_changed':
    case 'attempt_already_open':
    case 'already_certified':
    case 'wrong_phase':
    case 'deadline_passed':
    case 'stale_sequence':
    case 'nothing_to_submit':
    case 'lease_lost':
    case 'assignment_closed':
    case 'only_given_back':
    case 'marks_recorded':
    case 'comments_full':
    case 'deadline_not_later':
    case 'deadline_out_of_bounds':
    case 'already_involved':
    case 'grader_not_active':
    case 'month_not_over':
    case 'seed_unfit':
    case 'not_standardised':
    case 'confirmation_needed':
    case 'claim_settled':
    case 'second_person_needed':
    case 'act_proposed':
    case 'act_settled':
    case 'proposal_open':
    case 'proposal_settled':
    case 'regrade_open':
    case 'regrade_changed':
    case 'regrade_settled':
    case 'name_taken':
    case 'not_appealable':
    case 'appealed_already':
    case 'appeal_settled':
    case 'no_refund_due':
    case 'refund_recorded':
    case 'complaints_full':
    case 'complaint_answered':
    case 'panel_closed':
    case 'round_open':
    case 'round_closed':
    case 'ratings_missing':
    case 'erasure_stopped':
    case 'erasure_under_way':
    case 'retention_too_short':
    case 'hold_standing':
    case 'nothing_on_hold':
    case 'upload_offset_conflict':
    case 'upload_in_hand':
      return 409;
    case 'payload_too_large':
      return 413;
    case 'unsupported_media_type':
      return 415;
    case 'validation_failed':
    case 'response_invalid':
    case 'upload_invalid':
    case 'upload_hash_mismatch':
    case 'upload_unreadable':
    case 'upload_infected':
    case 'marks_invalid':
    case 'comment_invalid':
    case 'accommodation_invalid':
    case 'appeal_invalid':
    case 'regrade_invalid':
    case 'panel_invalid':
    case 'grader_unknown':
    case 'grader_unqualified':
    case 'grader_unavailable':
    case 'grader_in_conflict':
    case 'idempotency_key_reused':
      return 422;
    case 'rate_limited':
      return 429;
    case 'internal':
      return 500;
    case 'unavailable':
    case 'storage_full':
      return 503;
  }
}

/** The same for every occurrence of a code, as RFC 9457 asks. */
const TITLES: Readonly<Record<ProblemCode, string>> = {
  not_found: 'There is no such thing, or it is not yours',
  exam_not_published: 'The exam is not published',
  exam_version_changed: 'A published exam version never changes',
  attempt_already_open: 'An attempt is under way',
  already_certified: 'Certified already',
  wrong_phase: 'The attempt is not in the phase for this',
  deadline_passed: 'The deadline has passed',
  response_invalid: 'The answer does not fit the item',
  stale_sequence: 'A newer answer is saved',
  upload_invalid: 'The upload cannot be taken',
  upload_hash_mismatch: 'The file arrived changed',
  upload_unreadable: 'The file is not what it says',
  upload_infected: 'Malware was found in the file',
  upload_in_hand: 'An upload is still being checked',
  nothing_to_submit: 'There is nothing to submit',
  lease_lost: 'The assignment is no longer held',
  assignment_closed: 'The assignment is closed',
  only_given_back: 'Only what was given back is left',
  marks_invalid: 'The marks cannot be recorded',
  marks_recorded: 'Other marks are recorded',
  comment_invalid: 'The comment cannot be kept',
  comments_full: 'The comment bank is full',
  deadline_not_later: 'The new deadline is not later',
  deadline_out_of_bounds: 'The deadline is out of bounds',
  accommodation_invalid: 'The accommodation cannot be recorded',
  grader_unknown: 'Nobody of this name marks',
  grader_unqualified: 'This grader may not do that',
  grader_unavailable: 'This grader is given no work',
  grader_in_conflict: 'This grader is in conflict',
  grader_not_active: 'You are given no work',
  month_not_over: 'The month is not over',
  seed_unfit: 'This cannot be a seed',
  not_standardised: 'Not standardised yet',
  already_involved: 'The grader is involved already',
  confirmation_needed: 'Somebody has to confirm this first',
  claim_settled: 'The act is confirmed or dismissed already',
  second_person_needed: 'Somebody else has to confirm this',
  conflict_of_interest: 'You have an interest of your own in this',
  act_proposed: 'Such an act waits already',
  act_settled: 'The act is settled already',
  proposal_open: 'This version is proposed already',
  proposal_settled: 'The proposal is published or withdrawn already',
  regrade_invalid: 'The exam cannot be regraded like this',
  regrade_open: 'A regrade of this item is not through',
  regrade_changed: 'The preview has changed',
  regrade_settled: 'The regrade is applied or cancelled already',
  name_taken: 'The name is taken',
  not_appealable: 'There is nothing to appeal',
  appealed_already: 'This result was appealed before',
  appeal_invalid: 'The appeal cannot be filed',
  appeal_settled: 'The appeal is answered already',
  no_refund_due: 'No fee is to be paid back',
  refund_recorded: 'The fee was paid back already',
  complaints_full: 'Enough complaints wait for their answer',
  complaint_answered: 'The complaint is answered already',
  panel_invalid: 'The panel cannot be opened like this',
  panel_closed: 'The panel is closed',
  round_open: 'A round is open',
  round_closed: 'The round is closed',
  ratings_missing: 'Something is not rated yet',
  erasure_stopped: 'Something stands in the way of the erasure',
  erasure_under_way: 'The erasure is ordered already',
  retention_too_short: 'It has to be kept for longer',
  hold_standing: 'Another hold stands',
  nothing_on_hold: 'Nothing is on hold',
  idempotency_key_reused: 'The Idempotency-Key belongs to another request',
  malformed_json: 'The body is not JSON',
  malformed_request: 'The request cannot be read',
  validation_failed: 'The request is not valid',
  unauthenticated: 'Authentication is needed',
  insufficient_user_authentication: 'Sign in again for this',
  forbidden: 'The role does not allow this',
  method_not_allowed: 'The method is not one of this path',
  request_timeout: 'The request did not arrive in time',
  payload_too_large: 'The request is too large',
  unsupported_media_type: 'The media type is not supported',
  upload_offset_conflict: 'The upload goes on elsewhere',
  rate_limited: 'Too many requests',
  unavailable: 'Not available at the moment',
  storage_full: 'We have no room at the moment',
  internal: 'Something went wrong on our side',
};

/** What a request ends with: the problem to send, and the defect behind it if there is one. */
export type ProblemAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> & { readonly code: ProblemCode };
};

/** An answer is for people, and never larger than what was asked: whoever sends a thousand mistakes learns of the first ones. */
export const FIELDS_MAX = 20;
const PATH_LENGTH_MAX = 200;
const TEXT_LENGTH_MAX = 1000;

/** The first fields that are wrong, and how many more there are. */
function shownFields(fields: readonly FieldProblem[]) {
  const shown = fields
    .slice(0, FIELDS_MAX)
    .map(({ path, message }) => ({ path: cut(path, PATH_LENGTH_MAX), message: cut(message, TEXT_LENGTH_MAX) }));
  return { fields: shown, ...(fields.length > FIELDS_MAX ? { fieldsOmitted: fields.length - FIELDS_MAX } : {}) };
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax - 1).toWellFormed()}…` : text;
}

/** Any error as problem details. Unknown ones are `internal`, and nothing of them is told. */
export function problemOf(error: unknown, requestId: string): ProblemAnswer {
  const { code, message, details, extras } = describe(error);
  const status = extras.status ?? statusOf(code);
  const headers: Record<string, string> = {};
  if (extras.retryAfterSeconds !== undefined) headers['Retry-After'] = String(extras.retryAfterSeconds);
  if (extras.allow !== undefined) headers['Allow'] = extras.allow;
  if (code === 'unauthenticated') headers['WWW-Authenticate'] = 'Bearer realm="certifiable", error="invalid_token"';
  if (extras.stepUp !== undefined) headers['WWW-Authenticate'] = challengeOf(extras.stepUp, message);
  const wrong = extras.fields ?? details.fields;
  const fields = wrong === undefined ? {} : shownFields(wrong);
  const bytesMax = extras.bytesMax === undefined ? {} : { bytesMax: extras.bytesMax };
  const standard = { type: `/problems/${code}`, title: TITLES[code], status, detail: cut(message, TEXT_LENGTH_MAX), code, requestId };
  const { acrValues, maxAgeSeconds } = extras.stepUp ?? {};
  const stepUp = { ...(acrValues && { acrValues }), ...(maxAgeSeconds !== undefined && { maxAgeSeconds }) };
  // Once more at the end: no detail may take the place of what every problem has.
  return { status, headers, body: { ...standard, ...details, ...fields, ...bytesMax, ...stepUp, ...standard } };
}

/** As RFC 9470 has it: what the client asks the issuer for, to come back with a token that will do. */
function challengeOf({ acrValues, maxAgeSeconds }: StepUp, message: string): string {
  return [
    'Bearer realm="certifiable", error="insufficient_user_authentication"',
    `error_description="${message.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '')}"`,
    ...(acrValues.length === 0 ? [] : [`acr_values="${acrValues.join(' ')}"`]),
    ...(maxAgeSeconds === undefined ? [] : [`max_age="${maxAgeSeconds}"`]),
  ].join(', ');
}

type Description = { code: ProblemCode; message: string; details: RefusalDetails; extras: ProblemExtras };

function describe(error: unknown): Description {
  if (error instanceof Refusal) return { code: error.code, message: error.message, details: error.details, extras: {} };
  const problem = error instanceof Problem ? error : (problemOfParser(error) ?? unavailableOf(error));
  if (problem) return { code: problem.code, message: problem.message, details: {}, extras: problem.extras };
  return { code: 'internal', message: 'Something went wrong on our side. Tell support the requestId.', details: {}, extras: {} };
}

/** What we need and is away, or full; undefined for any other error. A full disk may come by a stream of bytes, before the storage has said what it is. */
export function unavailableOf(error: unknown): Problem | undefined {
  if (isDatabaseFull(error) || error instanceof StorageFull || isDiskFull(error)) return full();
  if (isDatabaseUnavailable(error)) return unavailable('The database');
  if (error instanceof InspectorBusy) return unavailable('The check of files');
  return error instanceof StorageUnavailable ? unavailable('The file storage') : undefined;
}

function tooLarge(bytesMax: number | undefined): Problem {
  if (bytesMax === undefined) return new Problem('payload_too_large', 'The body is too large.');
  return new Problem('payload_too_large', `The body is too large: at most ${bytesMax / 1024} KiB are taken here. Nothing was changed.`, { bytesMax });
}

/** The type of the error by which we end the body parser's work for bytes that are not UTF-8. */
export const NOT_UTF8 = 'body.not.utf-8';

/** What Express and its body parser throw, by their documented `type`. */
function problemOfParser(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number' || error.status >= 500) return undefined;
  switch ('type' in error ? error.type : undefined) {
    case NOT_UTF8:
      return new Problem('malformed_json', 'The body is not UTF-8: it has bytes that stand for no character. Nothing was changed.');
    case 'entity.parse.failed':
      return new Problem('malformed_json', 'The body is not JSON.');
    case 'entity.too.large':
      return tooLarge('limit' in error && typeof error.limit === 'number' ? error.limit : undefined);
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new Problem('unsupported_media_type', 'The body must be JSON in UTF-8.');
    default:
      return new Problem('malformed_request', 'The request cannot be read: its path or its body is damaged.');
  }
}
