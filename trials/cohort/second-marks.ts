import type { AssessmentReason } from '../../domain/assessment.ts';
import type { ExamContent, Test } from '../../domain/exam.ts';
import { humanPartOf, machinePartOf, type GradableSubmission } from '../../domain/grading.ts';
import { COSTS } from '../../domain/marking-policies.ts';
import { millipointsFromPoints } from '../../domain/points.ts';
import { needsAdjudication, reconcile } from '../../domain/reconciliation.ts';
import type { Story } from '../people/client.ts';
import { answerTo, pointsBy, type CohortCandidate } from './data.ts';
import type { CohortRow } from './expectation.ts';

/** Who was marked twice, why, what that cost beside `double`, and what it decided otherwise. */

/** One test that somebody took, as it was marked. */
export type MarkedTest = {
  readonly candidate: string;
  readonly test: Test;
  /** By so many, the adjudicator not counted: none where every answer was blank. */
  readonly marks: number;
  readonly isAdjudicated: boolean;
  /** That a second mark turns the decision, in percent; null where nothing was assessed. */
  readonly probability: string | null;
  readonly reasons: readonly AssessmentReason[];
};

export function markedTestsOf(candidate: string, { submissions, assignments, assessments }: Story): readonly MarkedTest[] {
  return submissions.map(({ submissionId, test }) => {
    const completed = assignments.filter((one) => one.submissionId === submissionId && one.state === 'completed');
    const assessment = assessments.find((one) => one.submissionId === submissionId);
    return {
      candidate,
      test,
      marks: completed.filter(({ purpose }) => purpose === 'mark').length,
      isAdjudicated: completed.some(({ purpose }) => purpose === 'adjudicate'),
      probability: assessment?.probability ?? null,
      reasons: assessment ? assessment.reasons : completed.length > 0 ? ['no_model'] : [],
    };
  });
}

/** The tests of a candidate as they would be marked twice, by the rules that the product decides by. */
export function markedTwice(candidate: CohortCandidate, { exam, expected }: { exam: ExamContent; expected: CohortRow }): readonly MarkedTest[] {
  const responses = Object.fromEntries(exam.items.flatMap((item) => [[item.id, answerTo(candidate, item)] as const].filter(isGiven)));
  const aptitude: GradableSubmission = { test: 'aptitude', responses };
  const [caseStudy] = exam.caseStudies;
  const taken: readonly GradableSubmission[] =
    expected.aptitude === 'pass' && caseStudy ? [aptitude, { test: 'case_study', caseStudyId: caseStudy.id }] : [aptitude];
  return taken.map((gradable) => {
    const { markables, blanks } = humanPartOf(exam, gradable);
    const marks = (['first', 'second'] as const).flatMap((marker) =>
      [...pointsBy(candidate, gradable.test, marker)].map(([itemId, points]) => ({ itemId, millipoints: millipointsFromPoints(points) ?? 0 })),
    );
    const { settled, disputes } = reconcile(markables, marks, exam.policy);
    const all = [...machinePartOf(exam, gradable), ...blanks, ...settled];
    return {
      candidate: candidate.candidate,
      test: gradable.test,
      marks: markables.length === 0 ? 0 : 2,
      isAdjudicated: needsAdjudication({ settled: all, disputes }, exam.policy),
      probability: null,
      reasons: [],
    };
  });
}

function isGiven<Key, Value>(entry: readonly [Key, Value | undefined]): entry is readonly [Key, Value] {
  return entry[1] !== undefined;
}

/** What marking took. Hours and money are those of `npm run simulate`. */
export type MarkingWork = {
  readonly tests: number;
  readonly twice: number;
  readonly adjudicated: number;
  readonly hours: number;
  readonly cost: number;
};

export function workOf(tests: readonly MarkedTest[]): MarkingWork {
  const keys = { aptitude: 'aptitude', case_study: 'caseStudy' } as const;
  const hours = tests.reduce((total, { test, marks, isAdjudicated }) => {
    const key = keys[test];
    return total + marks * COSTS.hours[key] + (isAdjudicated ? COSTS.adjudicationHours[key] : 0);
  }, 0);
  return {
    tests: tests.filter(({ marks }) => marks > 0).length,
    twice: tests.filter(({ marks }) => marks > 1).length,
    adjudicated: tests.filter(({ isAdjudicated }) => isAdjudicated).length,
    hours,
    cost: hours * COSTS.hourly,
  };
}

/** Decisions that differ from those of marking twice, in words; points alone that do are none. */
export function differingDecisions(rows: readonly CohortRow[], expected: readonly CohortRow[]): readonly string[] {
  const expectedByName = new Map(expected.map((row) => [row.candidate, row]));
  return rows.flatMap((row) => {
    const wanted = expectedByName.get(row.candidate);
    if (!wanted || wanted.outcome === row.outcome) return [];
    return [`${row.candidate}: ${row.outcome} (${percentages(row)}); marked twice: ${wanted.outcome} (${percentages(wanted)})`];
  });
}

function percentages({ aptitude_percent, case_study_percent }: CohortRow): string {
  return `aptitude ${aptitude_percent} %${case_study_percent === '' ? '' : `, case study ${case_study_percent} %`}`;
}
