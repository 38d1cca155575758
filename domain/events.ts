import type { ComplaintMatter } from './complaint.ts';
import type { Test } from './exam.ts';
import type { RetentionKind } from './retention.ts';

/** What an event tells about an attempt's test: which one, and in which round of grading. */
type OfTest = { readonly attemptId: string; readonly test: Test; readonly round: number };
type OfDecision = OfTest & { readonly decisionId: string };
type OfAppeal = { readonly appealId: string; readonly attemptId: string };
type OfComplaint = { readonly complaintId: string; readonly attemptId: string };
type OfCertificate = { readonly certificateId: string };

/**
 * Everything that other systems are told, with what each event carries: ids, and what they are of. Never personal data,
 * points or results: whoever may know more reads the record that the event names. A new kind is a line here and its
 * schema in publication/events/schemas.ts, which the compiler then asks for.
 */
export type EventData = {
  readonly 'attempt.registered': { readonly attemptId: string; readonly examId: string };
  readonly 'attempt.submitted': OfTest & { readonly submissionId: string; readonly contentHash: string };
  /** Every response of the test has its settled points. */
  readonly 'attempt.graded': OfTest & { readonly submissionId: string };
  readonly 'attempt.decided': OfDecision;
  readonly 'attempt.published': OfDecision;
  /** What was personal in it is gone here: whoever has a copy of that erases it, too. */
  readonly 'attempt.erased': { readonly attemptId: string };
  /** What was kept of it for a time is gone here, which is over: whoever has a copy of that erases it, too. */
  readonly 'attempt.data_expired': { readonly attemptId: string; readonly kind: Exclude<RetentionKind, 'person'> };
  readonly 'appeal.filed': OfAppeal & { readonly test: Test; /** The one that it is of. */ readonly decisionId: string };
  readonly 'appeal.withdrawn': OfAppeal;
  readonly 'appeal.answered': OfAppeal & { readonly test: Test; /** The one that takes its place. */ readonly decisionId: string };
  /** What was paid elsewhere is to be paid back there. */
  readonly 'appeal.fee_refund_due': OfAppeal & { readonly feeReference: string };
  readonly 'appeal.fee_refunded': OfAppeal;
  /** What it says is for staff alone. */
  readonly 'complaint.filed': OfComplaint & { readonly about: ComplaintMatter };
  readonly 'complaint.answered': OfComplaint;
  /** One person did alone what takes two; `operation` is the one of the API that did it. */
  readonly 'duties.glass_broken': { readonly actId: string; readonly operation: string };
  /** Whoever keeps it can tell later that no record of before was changed; `jws` is what was signed. */
  readonly 'ledger.head_signed': { readonly size: number; readonly root: string; readonly jws: string };
  readonly 'certificate.issued': OfCertificate & { readonly attemptId: string };
  readonly 'certificate.imported': OfCertificate;
  readonly 'certificate.suspended': OfCertificate;
  readonly 'certificate.reinstated': OfCertificate;
  /** It stands as it did, and whose it is nobody is told any more. */
  readonly 'certificate.erased': OfCertificate;
  readonly 'certificate.revoked': OfCertificate & { /** The certificate that took its place. */ readonly replacedBy?: string | undefined };
};

export type EventType = keyof EventData;

/** An event as it is written down: `key` is what it is kept in order with, the attempt, or the certificate of an imported one; heads of the ledger have one of their own. */
export type NewEvent = { [Type in EventType]: { readonly type: Type; readonly key: string; readonly data: EventData[Type] } }[EventType];
