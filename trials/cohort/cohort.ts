import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readStackFile } from '../../local/stack-file.ts';
import type { Stack } from '../../local/stack.ts';
import { createCast, type Cast } from '../people/cast.ts';
import { CHAOS_PACE, wreakHavoc, type Taken } from './chaos.ts';
import {
  candidatesOf,
  checkCohort,
  CohortError,
  expectationFile,
  publish,
  readExam,
  readExpectation,
  readRawExam,
  type CohortExam,
} from './folder.ts';
import { COHORT_USAGE, readCohortOptions, type CohortOptions } from './options.ts';
import { playCohort } from './play.ts';
import { playAppeals, sumUp, type AppealRow, type AppealsSum, type FailedPlay } from './appeals.ts';
import { startDisplay } from '../support/display.ts';
import { withEmbeddedStack } from '../support/embedded.ts';
import { COHORT_COLUMNS, compareRows, formatExpectation, type CohortRow } from './expectation.ts';
import { createHeadcount, headcountLine, type Headcount } from '../people/headcount.ts';
import type { Answer } from '../people/http.ts';
import { stopSignal } from '../../local/stop-signal.ts';
import { formatTable } from '../support/table.ts';
import type { CohortCandidate } from './data.ts';
import { differingDecisions, markedTestsOf, markedTwice, workOf, type MarkedTest } from './second-marks.ts';
import { tellSecondMarks, type SecondMarks } from './second-marks-report.ts';
import { lookedAgain } from '../support/looked-again.ts';
import { activateTrained, trainOn, type Trained } from './train.ts';

/** `npm run cohort -- DIR`: a whole cohort through the REST API. Exit code 0 when everything came out as expected. */

const LINE_SECONDS = 3;
/** Nothing has moved for longer than any time-out that mends a fault (activities 2 minutes, the sweep 3): waiting on helps nobody. */
const STALLED_SECONDS = 300;

type Exit = 0 | 1 | 2 | 130;

async function main(): Promise<Exit> {
  let options: CohortOptions | undefined;
  try {
    options = readCohortOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${COHORT_USAGE}`);
    return 2;
  }
  if (!options) {
    console.log(COHORT_USAGE);
    return 0;
  }
  const stop = stopSignal();
  try {
    return await runCohort(options, stop);
  } catch (error) {
    if (stop.aborted) {
      console.error('stopped');
      return 130;
    }
    console.error(error instanceof CohortError ? error.message : error);
    return 1;
  }
}

async function runCohort(options: CohortOptions, stop: AbortSignal): Promise<Exit> {
  const exam = await readExam(options);
  const expectation = await readExpectation(options);
  await checkCohort(options, { content: exam.content, expectation });
  const given = { options, exam, expectation, stop };
  if (options.apiUrl !== undefined) {
    const play = await playOn({ ...given, apiUrl: options.apiUrl, issuerUrl: options.issuerUrl ?? (await localIssuer()) });
    return settle(play, { options, expectation });
  }
  const trained = options.trainFile === undefined ? undefined : await trainOn(options.trainFile);
  const log = (line: string) => (options.json ? console.error(line) : console.log(line));
  const play = await withEmbeddedStack({ temporalKeepsData: options.chaos, codec: options.codec, log, signal: stop }, async (stack) => {
    if (trained) await activateTrained(trained, stack.databaseUrl);
    const played = await playOn({ ...given, apiUrl: stack.apiUrl, issuerUrl: stack.issuerUrl, stack, trained });
    const again = await lookedAgain(stack);
    return { ...played, problems: [...played.problems, ...again.problems], recomputed: again.decisions, ledgerEntries: again.entries };
  });
  return settle(play, { options, expectation });
}

async function localIssuer(): Promise<string> {
  const stack = await readStackFile(fileURLToPath(new URL('../../.certifiable', import.meta.url)));
  if (!stack) throw new CohortError('--api: tokens come from the issuer of the stack that "npm start" runs, and none is running here');
  return stack.issuerUrl;
}

type Target = {
  options: CohortOptions;
  exam: CohortExam;
  expectation: readonly CohortRow[] | undefined;
  stop: AbortSignal;
  apiUrl: string;
  issuerUrl: string;
  stack?: Stack;
  trained?: Trained | undefined;
};

type Played = {
  rows: readonly CohortRow[];
  problems: readonly string[];
  seconds: number;
  /** That were answered well, and those of them that had to be repeated. */
  requests: number;
  repeated: number;
  marked: number;
  adjudicated: number;
  /** By risk alone. */
  secondMarks?: SecondMarks;
  /** With --appeals. */
  appeals?: AppealsSum;
  /** Decisions that were decided again from their records; of a stack of its own alone. */
  recomputed?: number;
  /** Of the ledger, all of which fit their records. */
  ledgerEntries?: number;
};

async function playOn(target: Target): Promise<Played> {
  const { options, exam, stop, apiUrl, issuerUrl, stack } = target;
  const { form } = exam;
  const ending = new AbortController();
  const signal = AbortSignal.any([stop, ending.signal]);
  const headcount = createHeadcount();
  const rows: CohortRow[] = [];
  const runId = Date.now().toString(36);
  const failed: FailedPlay[] = [];
  const appealRows: AppealRow[] = [];
  const problems: string[] = [];
  const seconds = secondMarksOf(target);
  const taken = { answers: 0, submissions: 0, completions: 0, adjudications: 0 };
  const asked = { requests: 0, repeated: 0 };
  const onAnswer = ({ method, path, tries }: Answer) => {
    count(taken, method, path);
    asked.requests += 1;
    if (tries > 1) asked.repeated += 1;
  };
  const cast = createCast({ apiUrl, issuerUrl, signal, onAnswer });
  await publish(cast, form);

  const line = () => `${secondsSince(startedAt)} s  ${headcountLine(headcount)}; ${taken.completions} assignments marked`;
  const startedAt = Date.now();
  const display = startDisplay({ output: options.json ? process.stderr : process.stdout, block: () => [line()], line, lineSeconds: LINE_SECONDS });
  const watch = setInterval(() => {
    if (headcount.secondsSinceMove() > STALLED_SECONDS)
      ending.abort(new CohortError(`nothing has moved for ${STALLED_SECONDS} s: ${headcountLine(headcount)}`));
  }, 1000);
  let secondMarks: SecondMarks | undefined;
  let havocIsOver = stack === undefined || !options.chaos;
  try {
    const havoc = stack && !havocIsOver ? wreakHavoc({ stack, log: display.print, taken: () => ({ ...taken }), signal }) : undefined;
    const pace = (milliseconds: number) => () => (havocIsOver ? 0 : milliseconds);
    const play = playCohort({
      cast,
      examId: form.examId,
      candidates: seconds.watched(
        candidatesOf(options, (problem) => {
          problems.push(problem);
          display.print(problem);
        }),
      ),
      headcount,
      seed: options.seed,
      pace: { arrival: pace(CHAOS_PACE.arrival), reading: pace(CHAOS_PACE.reading) },
      runId,
      onResult: (row, played) => {
        rows.push(row);
        seconds.finished(row.candidate, played.journey.attemptId);
        if (options.appeals && row.outcome !== 'certified') failed.push(played);
      },
      onFailure: (candidate, why) => {
        problems.push(`${candidate}: ${why}`);
        display.print(`${candidate}: ${why}`);
      },
      onMarked: (purpose) => (taken.adjudications += purpose === 'adjudicate' ? 1 : 0),
      signal,
    });
    await Promise.all([play, havoc?.finally(() => (havocIsOver = true))]);
    secondMarks = await seconds.found(cast, rows);
    if (options.appeals) await playAppealsOf({ ...target, cast, runId, failed, appealRows, headcount, signal, log: display.print, taken });
  } catch (error) {
    ending.abort(error);
    throw ending.signal.reason ?? error;
  } finally {
    clearInterval(watch);
    display.stop();
  }
  rows.sort(byName);
  const counts = { ...asked, seconds: secondsSince(startedAt), marked: taken.completions, adjudicated: taken.adjudications };
  for (const { candidate, test, differences } of appealRows)
    for (const difference of differences) problems.push(`${candidate}: the appeal of the ${test} test: ${difference}`);
  return { rows, problems, ...counts, ...(secondMarks ? { secondMarks } : {}), ...(options.appeals ? { appeals: sumUp(appealRows) } : {}) };
}

type ToAppeal = Target & {
  cast: Cast;
  runId: string;
  failed: FailedPlay[];
  appealRows: AppealRow[];
  headcount: Headcount;
  signal: AbortSignal;
  log: (line: string) => void;
  taken: Taken;
};

/** In the order of their names, so that each appeals the same in every play. */
async function playAppealsOf({ options, stack, cast, runId, failed, appealRows, headcount, signal, log, taken }: ToAppeal): Promise<void> {
  const { marking, adjudication } = options.policy;
  if (marking === 'risk') throw new TypeError('appeals are not played by risk');
  let isOver = !stack || !options.chaos;
  const havoc = stack && !isOver ? wreakHavoc({ stack, log, taken: () => ({ ...taken }), signal }) : undefined;
  const playing = playAppeals({
    cast,
    runId,
    exam: await readRawExam(options),
    policy: { marking, adjudication },
    failed: failed.toSorted((one, other) => byName(one.candidate, other.candidate)),
    readingMilliseconds: () => (isOver ? 0 : CHAOS_PACE.reading),
    onStir: () => headcount.stirred(),
    onRow: (row) => {
      appealRows.push(row);
      log(appealLine(row));
    },
    signal,
  });
  await Promise.all([playing, havoc?.finally(() => (isOver = true))]);
}

function appealLine({ candidate, test, items, answer, percentage, phase, differences }: AppealRow): string {
  const what = `${candidate}: ${items} of the ${test} test appealed: ${answer}, ${percentage} %, ${phase}`;
  return differences.length === 0 ? what : `${what}; ${differences.join('; ')}`;
}

/** What is to be told of a cohort that is played by risk; of any other, nothing is asked. */
function secondMarksOf({ options, exam, expectation, trained }: Target) {
  const isRisk = options.policy.marking === 'risk';
  const expectedByName = new Map(expectation?.map((row) => [row.candidate, row]));
  const twice: MarkedTest[] = [];
  const attempts: { readonly candidate: string; readonly attemptId: string }[] = [];
  return {
    async *watched(candidates: AsyncIterable<CohortCandidate>): AsyncGenerator<CohortCandidate> {
      for await (const candidate of candidates) {
        const expected = expectedByName.get(candidate.candidate);
        if (isRisk && expected) twice.push(...markedTwice(candidate, { exam: exam.content, expected }));
        yield candidate;
      }
    },
    finished: (candidate: string, attemptId: string) => void (isRisk && attempts.push({ candidate, attemptId })),
    async found(cast: Cast, rows: readonly CohortRow[]): Promise<SecondMarks | undefined> {
      if (!isRisk || !expectation) return undefined;
      const staff = cast({ subject: 'cohort-staff', name: 'Cohort Staff', roles: ['staff'] });
      const tests: MarkedTest[] = [];
      for (const { candidate, attemptId } of attempts.toSorted(byName)) tests.push(...markedTestsOf(candidate, await staff.story(attemptId)));
      const scripts = trained?.model.scripts ?? null;
      return { scripts, tests, double: workOf(twice), risk: workOf(tests), differing: differingDecisions(rows.toSorted(byName), expectation) };
    },
  };
}

function byName(first: { readonly candidate: string }, second: { readonly candidate: string }): number {
  return first.candidate.localeCompare(second.candidate, 'en', { numeric: true });
}

function count(taken: { -readonly [Key in keyof Taken]: number }, method: string, path: string): void {
  if (method === 'PUT' && path.includes('/responses/')) taken.answers += 1;
  else if (path.endsWith('/submission')) taken.submissions += 1;
  else if (path.endsWith('/completion')) taken.completions += 1;
}

// What came out

const TITLES: Readonly<Record<(typeof COHORT_COLUMNS)[number], string>> = {
  candidate: 'candidate',
  choice_points: 'choice points',
  aptitude_percent: 'aptitude %',
  aptitude: 'aptitude',
  case_study_percent: 'case study %',
  outcome: 'outcome',
};

type Expected = { readonly options: CohortOptions; readonly expectation: readonly CohortRow[] | undefined };

/** Compares with what is expected, or writes that down, and says what came out. */
async function settle(played: Played, { options, expectation }: Expected): Promise<Exit> {
  const { rows, problems, secondMarks } = played;
  // By risk a decision may differ, which is told and is no failure; a candidate without a result is one.
  const comparison = expectation && !secondMarks ? compareRows(rows, expectation) : undefined;
  const isWritten = !expectation && problems.length === 0;
  if (isWritten) await writeFile(expectationFile(options), formatExpectation(rows), { flag: 'wx' });
  const isAsExpected = problems.length === 0 && (isWritten || secondMarks !== undefined || comparison?.differences.length === 0);
  if (options.json) {
    const { seconds: took, requests, repeated, marked, adjudicated, recomputed, ledgerEntries, appeals } = played;
    const written = isWritten ? expectationFile(options) : null;
    const told = {
      isAsExpected,
      rows,
      problems,
      comparison: comparison ?? null,
      written,
      seconds: took,
      requests,
      repeated,
      marked,
      adjudicated,
      recomputed,
      ledgerEntries,
      ...(appeals ? { appeals } : {}),
    };
    console.log(JSON.stringify({ ...told, ...(secondMarks ? { secondMarks } : {}) }));
  } else {
    report(played);
    if (secondMarks) for (const line of tellSecondMarks(secondMarks)) console.log(line);
    if (isWritten) console.log(`written as what is expected: ${expectationFile(options)}`);
    for (const difference of comparison?.differences ?? []) console.log(difference);
    if (comparison) console.log(`${comparison.matching} of ${comparison.expected} as expected`);
    if (played.appeals) console.log(JSON.stringify({ ...played.appeals, recomputed: played.recomputed ?? null }));
  }
  return isAsExpected ? 0 : 1;
}

function report({ rows, problems, seconds: took, marked, adjudicated, recomputed, ledgerEntries }: Played): void {
  const isNumber = (column: string) => column.endsWith('percent') || column.endsWith('points');
  console.log(
    formatTable(
      rows,
      COHORT_COLUMNS.map((column) => ({
        title: TITLES[column],
        value: (row: CohortRow) => row[column],
        ...(isNumber(column) ? { align: 'right' as const } : {}),
      })),
    ),
  );
  console.log(`\n${rows.length} candidates in ${took} s; ${marked} assignments marked, ${adjudicated} of them adjudications`);
  if (recomputed !== undefined)
    console.log(`${recomputed} decisions decided again from their records; ${ledgerEntries ?? 0} entries of the ledger checked`);
  for (const problem of problems) console.log(problem);
}

function secondsSince(since: number): number {
  return Math.round((Date.now() - since) / 1000);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

process.exit(await main());
