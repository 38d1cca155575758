import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDemoPolicy } from '../../exams/demo-policy.ts';
import type { ExamForm } from '../../exams/form.ts';
import type { Stack } from '../../local/stack.ts';
import { createCast, type Cast } from '../people/cast.ts';
import { readCandidates } from '../cohort/data.ts';
import { examFormOfCohort } from '../cohort/exam.ts';
import { playCohort } from '../cohort/play.ts';
import { playDemo } from '../demo/play.ts';
import { surprises } from '../demo/report.ts';
import { compareRows, parseExpectation, type CohortRow } from '../cohort/expectation.ts';
import { createHeadcount } from '../people/headcount.ts';

/** What the people do while alerts are watched: a cohort of past candidates where there is one, else the demo's cast. */

export type PlayOptions = {
  readonly stack: Stack;
  /** Of the cohort; undefined: the demo's cast. */
  readonly directory: string | undefined;
  readonly onSubmission: () => void;
  readonly signal: AbortSignal;
};

/** What came out, in a line; and what did not come out as it should have. */
export type Played = { readonly summary: string; readonly problems: readonly string[] };

const ARRIVAL_MILLISECONDS = 700;

/** Undefined where there is no cohort. */
export async function cohortDirectory(directory: string): Promise<string | undefined> {
  return access(join(directory, 'candidates.jsonl')).then(
    () => directory,
    () => undefined,
  );
}

export async function play({ stack, directory, onSubmission, signal }: PlayOptions): Promise<Played> {
  const cast = createCast({
    apiUrl: stack.apiUrl,
    issuerUrl: stack.issuerUrl,
    signal,
    onAnswer: ({ path }) => {
      if (path.endsWith('/submission')) onSubmission();
    },
  });
  return directory === undefined ? playDemoCast(cast, signal) : playCohortOf(directory, cast, signal);
}

async function publish(cast: Cast, form: ExamForm): Promise<void> {
  await cast({ subject: 'watch-examiner', name: 'Examiner', roles: ['grader', 'designated'] }).publishExam(form);
}

async function playCohortOf(directory: string, cast: Cast, signal: AbortSignal): Promise<Played> {
  const policy = { marking: 'double', adjudication: 'when-decisive' } as const;
  const form = examFormOfCohort(JSON.parse(await readFile(join(directory, 'exam.json'), 'utf8')), policy);
  const expectation = parseExpectation(await readFile(join(directory, 'expected-when-decisive.csv'), 'utf8'));
  await publish(cast, form);
  const rows: CohortRow[] = [];
  const problems: string[] = [];
  await playCohort({
    cast,
    examId: form.examId,
    candidates: readCandidates(createReadStream(join(directory, 'candidates.jsonl')), ({ line, problem }) =>
      problems.push(`line ${line}: ${problem}`),
    ),
    headcount: createHeadcount(),
    seed: undefined,
    pace: { arrival: () => ARRIVAL_MILLISECONDS, reading: () => 0 },
    onResult: (row) => rows.push(row),
    onFailure: (candidate, why) => problems.push(`${candidate}: ${why}`),
    onMarked: () => {},
    signal,
  });
  const { expected, matching, differences } = compareRows(rows, expectation);
  return { summary: `${matching} of ${expected} candidates as expected`, problems: [...problems, ...differences] };
}

async function playDemoCast(cast: Cast, signal: AbortSignal): Promise<Played> {
  const file = new URL('../../exams/software-architect.json', import.meta.url);
  const form = withDemoPolicy(JSON.parse(await readFile(file, 'utf8')) as ExamForm);
  await publish(cast, form);
  const ends = await playDemo({ cast, form, headcount: createHeadcount(), tell: () => {}, onMarked: () => {}, signal });
  return { summary: `${ends.length} attempts of the demo ended`, problems: surprises(ends) };
}
