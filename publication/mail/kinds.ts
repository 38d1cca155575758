import type { Window } from '../../domain/attempt.ts';
import type { Test } from '../../domain/exam.ts';
import type { Rejection } from '../../domain/upload.ts';

/**
 * What we write to people about, and what each mail is told. None of them carries the score of a failed test, an answer
 * or the reason of a suspicion: mail is read by whoever reads the mailbox.
 *
 * URLs are absolute, http or https.
 */
export type MailData = {
  readonly registered: OfAttempt & Deadline;
  /** The aptitude pass of an earlier attempt was carried over. */
  readonly registered_for_case_study: OfAttempt & Deadline;
  /** The deadline is when the result is promised. */
  readonly aptitude_submitted: OfAttempt & Deadline & Expected & Answered;
  readonly aptitude_timed_out: OfAttempt & Deadline & Expected & Answered;
  readonly case_study_submitted: OfAttempt & Deadline & Expected;
  readonly case_study_timed_out: OfAttempt & Deadline & Expected;
  /** The date that they were told is past; left out: no other can be told. */
  readonly result_later: OfAttempt & { readonly test: Test; readonly expectedBy?: string };
  readonly deadline_moved: OfAttempt & OfWindow;
  readonly deadline_corrected: OfAttempt & OfWindow;
  readonly deadline_near: OfAttempt & OfWindow;
  readonly reopened: OfAttempt & OfWindow;
  /** The case study was opened again for another file; the reason is what its grader saw, in their words. */
  readonly file_unreadable: OfAttempt & Deadline & { readonly fileName: string; readonly reason: string };
  readonly lapsed: OfAttempt & OfWindow;
  readonly accommodated: OfAttempt & { readonly percent: number };
  readonly withdrawn: OfAttempt;
  /** An upload that its candidate believed to be taken is not, while the case study is open; then once it is over. */
  readonly upload_not_taken: OfAttempt & Deadline & NotTaken;
  readonly upload_not_taken_late: OfAttempt & NotTaken;
  readonly submitted_file_infected: OfAttempt & { readonly fileName: string };
  readonly aptitude_passed: OfAttempt & {
    /** ISO 8601, UTC. */
    readonly downloadBy: string;
  };
  readonly aptitude_failed: OfAttempt;
  readonly aptitude_not_answered: OfAttempt;
  readonly case_study_passed: Exam & {
    readonly certificateUrl: string;
    /** Percent with two decimals, as formatBasisPoints writes it: "87.50". */
    readonly score: string;
  };
  readonly case_study_failed: OfAttempt;
  readonly case_study_not_submitted: OfAttempt;
  /** The deadline is when the answer is promised. */
  readonly appeal_filed: OfAttempt & OfTest & Deadline;
  readonly appeal_withdrawn: OfAttempt & OfTest;
  /** Answered, and not passed all the same: with more points, or with as many. */
  readonly appeal_raised: OfAttempt & OfTest;
  readonly appeal_refused: OfAttempt & OfTest;
  /** The deadline is that of the case study's download. */
  readonly appeal_aptitude_passed: OfAttempt & Deadline;
  readonly appeal_case_study_passed: Exam & { readonly certificateUrl: string; readonly score: string };
  readonly complaint_filed: OfAttempt;
  /** What it says stands on the attempt's page alone. */
  readonly complaint_answered: OfAttempt;
  /** The test was graded anew for everybody who had an item of it, to the better; the certificate is the one that says so, where there is one. */
  readonly regraded: OfAttempt & {
    readonly test: Test;
    readonly outcome: 'better' | 'passed';
    readonly certificateUrl?: string;
    readonly score?: string;
  };
  readonly certificate_suspended: Exam & { readonly certificateUrl: string };
  readonly certificate_reinstated: Exam & { readonly certificateUrl: string };
  readonly certificate_revoked: Exam & { readonly certificateUrl: string };
  readonly certificate_replaced: Exam & { readonly certificateUrl: string; readonly newCertificateUrl: string };
  /** To graders who asked for it: nothing of a candidate. */
  readonly grader_new_work: ToGrader & { readonly count: number };
  readonly grader_reminder: ToGrader & Deadline;
  readonly grader_lease_ending: ToGrader & Deadline;
  /** That there is something to read about their marks: which way they went stands at the desk. */
  readonly grader_drift: ToGrader;
  /** That a round of a panel that they rate in is open; `deskUrl` is where they rate. */
  readonly grader_rating_round: ToGrader & { readonly round: number };
  /** To staff: how much waits for them of each kind. Neither names nor ids; those are at the console. */
  readonly staff_called: {
    readonly [Call in 'attention' | 'overdue' | 'claimed' | 'proposed' | 'acts' | 'glass' | 'undelivered' | 'complained' | 'refundable']: number;
  } & { readonly consoleUrl?: string };
  /** To everybody of staff: one of them did alone what takes two. Who and why stands in the console. */
  readonly glass_broken: { readonly operation: string; /** ISO 8601, UTC. */ readonly brokenAt: string; readonly consoleUrl?: string };
  readonly watch_confirmation: { readonly certificateUrl: string; readonly confirmUrl: string };
  readonly watch_changed: { readonly certificateUrl: string; readonly status: WatchedStatus; readonly stopUrl: string };
};

/** Without a name it is left out; `deskUrl` is their desk, or the work that it is about. */
type ToGrader = { readonly name: string; readonly deskUrl?: string };

type Exam = { readonly name: string; readonly examTitle: string };

/** `attemptUrl` is the attempt's page for its candidate; without pages the mail says where to sign in instead. */
type OfAttempt = Exam & { readonly attemptUrl?: string };

/** ISO 8601, UTC. */
type Deadline = { readonly deadline: string };
/** Before the promise, or after it; left out where nothing else than that can be told. */
type Expected = { readonly expected?: 'earlier' | 'later'; /** ISO 8601, UTC. */ readonly expectedBy?: string };
/** Nobody is promised the grading of nothing; left out, there are some. */
type Answered = { readonly answers?: 'none' | 'some' };
type OfTest = { readonly test: Test };
type OfWindow = Deadline & { readonly window: Window };

type NotTaken = { readonly fileName: string; readonly rejectedFor: Rejection; /** What counts instead. */ readonly counts: 'earlier' | 'none' };

export type WatchedStatus = 'valid' | 'suspended' | 'revoked' | 'replaced';

export type MailKind = keyof MailData;

/** A kind with the data that it takes. */
export type MailContent = { [Kind in MailKind]: { readonly kind: Kind; readonly data: MailData[Kind] } }[MailKind];

/** Those that also stand in the candidate's inbox. */
export const NOTICE_KINDS = [
  'registered',
  'registered_for_case_study',
  'aptitude_submitted',
  'aptitude_timed_out',
  'case_study_submitted',
  'case_study_timed_out',
  'result_later',
  'deadline_moved',
  'deadline_corrected',
  'deadline_near',
  'reopened',
  'file_unreadable',
  'lapsed',
  'accommodated',
  'withdrawn',
  'upload_not_taken',
  'upload_not_taken_late',
  'submitted_file_infected',
  'aptitude_passed',
  'aptitude_failed',
  'aptitude_not_answered',
  'case_study_passed',
  'case_study_failed',
  'case_study_not_submitted',
  'appeal_filed',
  'appeal_withdrawn',
  'appeal_raised',
  'appeal_refused',
  'appeal_aptitude_passed',
  'appeal_case_study_passed',
  'complaint_filed',
  'complaint_answered',
  'regraded',
  'certificate_suspended',
  'certificate_reinstated',
  'certificate_revoked',
  'certificate_replaced',
] as const satisfies readonly MailKind[];

export type NoticeKind = (typeof NOTICE_KINDS)[number];

export type NoticeContent = Extract<MailContent, { kind: NoticeKind }>;
