/**
 * What we write to people about, and what each mail is told. None of them carries the score of a failed test, an answer
 * or the reason of a suspicion: mail is read by whoever reads the mailbox.
 *
 * URLs are absolute, http or https.
 */
export type MailData = {
  readonly aptitude_passed: Exam & {
    readonly attemptUrl: string;
    /** ISO 8601, UTC. */
    readonly downloadBy: string;
  };
  readonly aptitude_failed: Exam & { readonly attemptUrl: string };
  readonly case_study_passed: Exam & {
    readonly certificateUrl: string;
    /** Percent with two decimals, as formatBasisPoints writes it: "87.50". */
    readonly score: string;
  };
  readonly case_study_failed: Exam & { readonly attemptUrl: string };
  readonly certificate_suspended: Exam & { readonly certificateUrl: string };
  readonly certificate_reinstated: Exam & { readonly certificateUrl: string };
  readonly certificate_revoked: Exam & { readonly certificateUrl: string };
  readonly certificate_replaced: Exam & { readonly certificateUrl: string; readonly newCertificateUrl: string };
  readonly watch_confirmation: { readonly certificateUrl: string; readonly confirmUrl: string };
  readonly watch_changed: { readonly certificateUrl: string; readonly status: WatchedStatus; readonly stopUrl: string };
};

type Exam = { readonly name: string; readonly examTitle: string };

export type WatchedStatus = 'valid' | 'suspended' | 'revoked' | 'replaced';

export type MailKind = keyof MailData;

/** A kind with the data that it takes. */
export type MailContent = { [Kind in MailKind]: { readonly kind: Kind; readonly data: MailData[Kind] } }[MailKind];

/** Those that also stand in the candidate's inbox. */
export const NOTICE_KINDS = [
  'aptitude_passed',
  'aptitude_failed',
  'case_study_passed',
  'case_study_failed',
  'certificate_suspended',
  'certificate_reinstated',
  'certificate_revoked',
  'certificate_replaced',
] as const satisfies readonly MailKind[];

type NoticeKind = (typeof NOTICE_KINDS)[number];

export type NoticeContent = Extract<MailContent, { kind: NoticeKind }>;
