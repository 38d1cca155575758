import type { Test } from '../../domain/exam.ts';
import type { FeedbackEntry } from '../../domain/feedback.ts';
import { shownPoints } from '../../domain/points.ts';
import { dateText, percentText } from './format.ts';
import { plainTextOf } from './plain-text.ts';

/** What the candidate is told about one decided test. Documents show this and nothing else: what must stay secret is never in it. */
export type FeedbackReport = {
  readonly attemptId: string;
  readonly candidateName: string;
  readonly examTitle: string;
  readonly test: Test;
  readonly passed: boolean;
  readonly millipoints: number;
  readonly millipointsMax: number;
  readonly basisPoints: number;
  /** Basis points. */
  readonly passMark: number;
  /** The name of the file that was handed in; null where it was answers, or nothing. */
  readonly fileName: string | null;
  readonly decidedAt: Date;
  readonly entries: readonly ReportEntry[];
};

/** With the candidate's own answer as they read it again; null where there is none, and for a criterion. */
type ReportEntry = FeedbackEntry & { readonly answer: string | null };

/** A feedback report in words, the same for the PDF and the page. */
export function viewOf(report: FeedbackReport) {
  const { test, entries, attemptId, candidateName, examTitle } = report;
  return {
    heading: 'Feedback report',
    issuerName: 'Certifiable, Inc.',
    attemptId,
    candidateName,
    examTitle,
    testTitle: testTitleOf(test),
    result: report.passed ? 'Passed' : 'Not passed',
    points: shownPoints(report.millipoints),
    pointsMax: shownPoints(report.millipointsMax),
    percent: percentText(report.basisPoints),
    passMark: percentText(report.passMark),
    fileName: report.fileName ?? '',
    decidedOn: dateText(report.decidedAt),
    decidedAt: report.decidedAt.toISOString(),
    scope: scopeOf(report),
    entries: entries.map(viewOfEntry),
  };
}

function viewOfEntry({ title, points, pointsMax, pointsBefore, answer, ...remarked }: ReportEntry) {
  const shown = (exact: number) => shownPoints(Math.round(exact * 1000));
  return {
    title,
    points: shown(points),
    outOf: `of ${shown(pointsMax)} ${pointsMax === 1 ? 'point' : 'points'}`,
    answer: answer ?? '',
    remarks: [
      ...(pointsBefore === undefined ? [] : [{ by: '', text: appealedWords(shown(pointsBefore), pointsBefore < points) }]),
      ...remarksOf(remarked),
    ],
  };
}

function appealedWords(before: string, isRaised: boolean): string {
  return isRaised ? `Looked at again after your appeal: ${before} before.` : 'Looked at again after your appeal: the points stand.';
}

/** Remarks without a grader are ours, or of feedback that was composed before they were told apart. */
function remarksOf({ remarks, graderRemarks = [] }: Pick<FeedbackEntry, 'remarks' | 'graderRemarks'>) {
  if (graderRemarks.length === 0) return remarks.map((remark) => ({ by: '', text: plainTextOf(remark) }));
  return graderRemarks.map(({ grader, remark }) => ({ by: `Grader ${grader}`, text: plainTextOf(remark) }));
}

export function testTitleOf(test: Test): string {
  switch (test) {
    case 'aptitude':
      return 'Aptitude test';
    case 'case_study':
      return 'Case study';
  }
}

/** Which items or criteria are listed: see composeFeedback. */
function scopeOf({ test, entries: { length: entries }, fileName }: FeedbackReport): string {
  switch (test) {
    case 'aptitude':
      return entries === 0 ? 'Every answer was given all its points.' : 'Each answer that was not given all its points, in the order of the test.';
    case 'case_study':
      if (fileName === null) return 'No solution was handed in, so there was nothing to grade.';
      return entries === 0 ? 'There are no remarks on the criteria.' : 'Each criterion of the case study, in the order of its rubric.';
  }
}
