import type { Test } from '../../domain/exam.ts';
import type { FeedbackEntry } from '../../domain/feedback.ts';
import { pointsFromMillipoints } from '../../domain/points.ts';
import { dateText, percentText } from './format.ts';

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
  readonly decidedAt: Date;
  readonly entries: readonly FeedbackEntry[];
};

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
    points: String(pointsFromMillipoints(report.millipoints)),
    pointsMax: String(pointsFromMillipoints(report.millipointsMax)),
    percent: percentText(report.basisPoints),
    decidedOn: dateText(report.decidedAt),
    decidedAt: report.decidedAt.toISOString(),
    scope: scopeOf(test, entries.length),
    entries: entries.map(({ title, points, pointsMax, remarks }) => ({ title, remarks, points: String(points), pointsMax: String(pointsMax) })),
  };
}

function testTitleOf(test: Test): string {
  switch (test) {
    case 'aptitude':
      return 'Aptitude test';
    case 'case_study':
      return 'Case study';
  }
}

/** Which items or criteria are listed: see composeFeedback. */
function scopeOf(test: Test, entries: number): string {
  switch (test) {
    case 'aptitude':
      return entries === 0 ? 'Every answer was given all its points.' : 'Each answer that was not given all its points, in the order of the test.';
    case 'case_study':
      return entries === 0 ? 'There are no remarks on the criteria.' : 'Each criterion of the case study, in the order of its rubric.';
  }
}
