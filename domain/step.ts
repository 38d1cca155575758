import type { Window } from './attempt.ts';
import type { Test } from './exam.ts';
import type { Rejection } from './upload.ts';

/** A step of an attempt that its candidate is told of, beside results; `deadline` is ISO 8601. */
export type Step =
  | { readonly kind: 'registered' | 'registered_for_case_study'; readonly deadline: string }
  | { readonly kind: `${Test}_submitted` | `${Test}_timed_out`; readonly round: number; readonly deadline: string }
  | { readonly kind: 'deadline_moved' | 'deadline_corrected' | 'deadline_near'; readonly window: Window; readonly deadline: string }
  | { readonly kind: 'reopened'; readonly window: Test; readonly round: number; readonly deadline: string }
  /** Instead of `reopened`: a grader could not read the file, in these words. */
  | { readonly kind: 'file_unreadable'; readonly round: number; readonly deadline: string; readonly fileName: string; readonly reason: string }
  | { readonly kind: 'lapsed'; readonly window: Window; readonly deadline: string }
  /** `at` tells it from another time that the limits were scaled so, ISO 8601. */
  | { readonly kind: 'accommodated'; readonly percent: number; readonly at: string }
  | { readonly kind: 'withdrawn' }
  /** The date that they were told is past; null: no other can be told. `number` tells it from the dates told before. */
  | { readonly kind: 'result_later'; readonly test: Test; readonly round: number; readonly number: number; readonly expectedBy: string | null }
  /** The deadline is when its answer is promised. */
  | { readonly kind: 'appeal_filed'; readonly appealId: string; readonly test: Test; readonly deadline: string }
  | { readonly kind: 'appeal_withdrawn'; readonly appealId: string; readonly test: Test }
  /** Answered, and the test is not passed all the same: with more points than before, or with as many. */
  | { readonly kind: 'appeal_raised' | 'appeal_refused'; readonly appealId: string; readonly test: Test }
  /** Answered, and passed by it: the deadline is that of the case study's download. */
  | { readonly kind: 'appeal_aptitude_passed'; readonly appealId: string; readonly deadline: string }
  | { readonly kind: 'appeal_case_study_passed'; readonly appealId: string }
  /** The candidate's complaint is received, and then answered. */
  | { readonly kind: 'complaint_filed' | 'complaint_answered'; readonly complaintId: string }
  | UploadStep;

/** An upload that its candidate believed to be taken is not. */
export type UploadStep =
  /** While the case study is open: what they can still do about it. */
  | ({ readonly kind: 'upload_not_taken'; readonly deadline: string } & UploadNotTaken)
  /** Its time is over. */
  | ({ readonly kind: 'upload_not_taken_late' } & UploadNotTaken)
  /** It was handed in, and goes to nobody. */
  | { readonly kind: 'submitted_file_infected'; readonly uploadId: string; readonly fileName: string };

type UploadNotTaken = {
  readonly uploadId: string;
  readonly fileName: string;
  readonly rejectedFor: Rejection;
  /** What counts instead: the complete upload before it, or none. */
  readonly counts: 'earlier' | 'none';
};

/** Registered for the test that comes first: `until` is the end of the time to begin it, ISO 8601. */
export function stepOfRegistration({ aptitudeCarriedOver, until }: { aptitudeCarriedOver: boolean; until: string }): Step {
  return { kind: aptitudeCarriedOver ? 'registered_for_case_study' : 'registered', deadline: until };
}

/** Handed in, by the candidate or by the end of its time; `promised` is ISO 8601. */
export function stepOfSubmission({ test, round, isLate, promised }: { test: Test; round: number; isLate: boolean; promised: string }): Step {
  return { kind: isLate ? `${test}_timed_out` : `${test}_submitted`, round, deadline: promised };
}

/** What a candidate is told in the course of an attempt. */
export type Tidings =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'result'; readonly test: Test; readonly passed: boolean }
  /** A result that was out was put right for the better; `passes`: the test is passed by that; `newCertificate`: there is one that says so. */
  | { readonly kind: 'regraded'; readonly regradeId: string; readonly test: Test; readonly passes: boolean; readonly newCertificate: boolean };

export function occasionOfTidings(tidings: Tidings): string {
  switch (tidings.kind) {
    case 'step':
      return occasionOf(tidings.step);
    case 'result':
      return resultOccasion(tidings);
    case 'regraded':
      return `regraded:${tidings.regradeId}:${tidings.test}`;
  }
}

export function resultOccasion({ test, passed }: { readonly test: Test; readonly passed: boolean }): string {
  return `${test}_${passed ? 'passed' : 'failed'}`;
}

/** Each step has its own, and a repeat of it the same. */
export function occasionOf(step: Step): string {
  switch (step.kind) {
    case 'registered':
    case 'registered_for_case_study':
    case 'withdrawn':
    case 'lapsed':
      return step.kind;
    case 'aptitude_submitted':
    case 'aptitude_timed_out':
    case 'case_study_submitted':
    case 'case_study_timed_out':
      return `${step.kind}:${step.round}`;
    case 'reopened':
      return `reopened:${step.window}:${step.round}`;
    case 'file_unreadable':
      return `reopened:case_study:${step.round}`;
    case 'deadline_moved':
    case 'deadline_corrected':
    case 'deadline_near':
      return `${step.kind}:${step.window}:${step.deadline}`;
    case 'result_later':
      return `result_later:${step.test}:${step.round}:${step.number}`;
    case 'appeal_filed':
    case 'appeal_withdrawn':
      return `${step.kind}:${step.appealId}`;
    case 'appeal_raised':
    case 'appeal_refused':
    case 'appeal_aptitude_passed':
    case 'appeal_case_study_passed':
      return `appeal_answered:${step.appealId}`;
    case 'complaint_filed':
    case 'complaint_answered':
      return `${step.kind}:${step.complaintId}`;
    case 'accommodated':
      return `accommodated:${step.at}`;
    case 'upload_not_taken':
    case 'upload_not_taken_late':
    case 'submitted_file_infected':
      return `upload_not_taken:${step.uploadId}`;
  }
}
