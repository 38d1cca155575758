import type { AssessmentReason } from '../../domain/assessment.ts';
import { SCRIPTS_MIN } from '../../domain/marking-fit.ts';
import { formatTable } from '../support/table.ts';
import type { MarkedTest, MarkingWork } from './second-marks.ts';

/** A cohort that was played by risk, beside the same marked twice. */
export type SecondMarks = {
  /** That the marking model was fitted on; null: this command brought none. */
  readonly scripts: number | null;
  readonly tests: readonly MarkedTest[];
  readonly double: MarkingWork;
  readonly risk: MarkingWork;
  readonly differing: readonly string[];
};

const REASONS: Readonly<Record<AssessmentReason, string>> = {
  no_model: 'no marking model',
  probability: 'above the limit',
  new_grader: 'new grader',
  drifting: 'drifting grader',
  sample: 'random sample',
};

const TESTS = { aptitude: 'aptitude', case_study: 'case study' } as const;

export function tellSecondMarks({ scripts, tests, double, risk, differing }: SecondMarks): readonly string[] {
  const twice = tests.filter(({ marks }) => marks > 1);
  const wasAsked = tests.some(({ probability }) => probability !== null);
  return [
    '',
    scripts === null
      ? withoutModel(wasAsked)
      : `marking model: fitted on ${scripts} scripts of --train, of other graders and items than those played`,
    '',
    formatTable(twice, [
      { title: 'marked twice', value: ({ candidate }) => candidate },
      { title: 'test', value: ({ test }) => TESTS[test] },
      { title: 'probability %', value: ({ probability }) => probability ?? '', align: 'right' },
      { title: 'why', value: ({ reasons }) => reasons.map((reason) => REASONS[reason]).join(', ') },
    ]),
    '',
    formatTable(
      [
        { name: 'double', ...double },
        { name: 'risk', ...risk },
      ],
      [
        { title: '', value: ({ name }) => name },
        { title: 'tests', value: (work) => String(work.tests), align: 'right' },
        { title: 'marked twice', value: (work) => String(work.twice), align: 'right' },
        { title: 'adjudicated', value: (work) => String(work.adjudicated), align: 'right' },
        { title: 'hours', value: (work) => String(work.hours), align: 'right' },
        { title: 'cost $', value: (work) => String(work.cost), align: 'right' },
      ],
    ),
    '',
    differing.length === 0 ? 'every decision is that of marking twice' : `decisions that differ from those of marking twice: ${differing.length}`,
    ...differing,
  ];
}

function withoutModel(wasAsked: boolean): string {
  if (wasAsked) return 'marking model: the one that is active there';
  return `no marking model: nothing is known of these graders before they marked, and ${SCRIPTS_MIN} scripts marked twice are needed. So all are marked twice; --train FILE fits one`;
}
