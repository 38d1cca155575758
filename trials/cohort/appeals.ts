import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../../domain/attempt.ts';
import { download, handIn, untilOutOf, type Journey } from '../people/candidates.ts';
import type { Cast } from '../people/cast.ts';
import { toMarkIn, type ApiClient, type Assignment, type Decision, type OwnAppeal } from '../people/client.ts';
import { runGraders, type Verdict } from '../people/graders.ts';
import { appealOf } from './appeals-drawn.ts';
import {
  answeredByHand,
  gradedByHand,
  mayBeAppealed,
  unitsOf,
  type Answered,
  type Graded,
  type OracleExam,
  type OraclePolicy,
  type OracleTest,
} from './appeals-oracle.ts';
import type { CohortCandidate } from './data.ts';
import { GRADER_PLACES, hireFrom, marksBy, CannotPlay } from './play.ts';

/** Everybody of a cohort who failed appeals, over the API and marked by people, and what comes of it is compared with what comes of it by hand. */

export type FailedPlay = { readonly candidate: CohortCandidate; readonly journey: Journey };

export type AppealRow = {
  readonly candidate: string;
  readonly test: OracleTest;
  readonly items: number;
  readonly answer: string;
  readonly percentage: string;
  /** Where the attempt stands when nothing more follows. */
  readonly phase: Phase;
  /** From what comes of it by hand. */
  readonly differences: readonly string[];
};

export type AppealsOptions = {
  readonly cast: Cast;
  /** Of the play before: the same graders mark. */
  readonly runId: string;
  readonly exam: OracleExam;
  readonly policy: OraclePolicy;
  readonly failed: readonly FailedPlay[];
  readonly readingMilliseconds: () => number;
  readonly onStir: () => void;
  readonly onRow: (row: AppealRow) => void;
  readonly signal: AbortSignal;
};

/** What those who mark an attempt have before them, which they cannot tell: an appeal of these points, or a case study as any. */
type Stage =
  { readonly kind: 'appeal'; readonly marks: ReadonlyMap<string, number>; readonly differences: string[] } | { readonly kind: 'case_study' };
type Play = FailedPlay & { stage: Stage | undefined; readonly markers: Map<string, 'first' | 'second' | 'adjudicated'> };

/** Of a file the whole rubric is marked, whatever was appealed. */
const MARKED_WHOLE: Readonly<Record<OracleTest, boolean>> = { aptitude: false, case_study: true };
const PHASE_ONCE_PASSED: Readonly<Record<OracleTest, Phase>> = { aptitude: 'case_study_offered', case_study: 'certified' };
/** So that who appeals both does not appeal both alike. */
const TURN: Readonly<Record<OracleTest, number>> = { aptitude: 0, case_study: 1 };

const POLL_MILLISECONDS = 500;
const BEFORE_CASE_STUDY_RESULT: readonly Phase[] = ['case_study_offered', 'case_study', 'case_study_grading'];

/** Resolves once everybody's last appeal is answered. Rejects when the signal aborts or something unexpected happens. */
export async function playAppeals(options: AppealsOptions): Promise<void> {
  const { cast, failed, runId, signal } = options;
  const plays = failed.map((play): Play => ({ ...play, stage: undefined, markers: new Map() }));
  const playByAttempt = new Map(plays.map((play) => [play.journey.attemptId, play]));
  const closing = new AbortController();
  const ending = AbortSignal.any([closing.signal, signal]);
  const staff = cast({ subject: `cohort-${runId}-staff`, name: 'Cohort Staff', roles: ['staff'] });
  const graders = runGraders({
    places: GRADER_PLACES,
    hire: hireFrom({ cast, runId }),
    staff,
    desk: {
      judge: ({ assignment, attemptId }) => verdictOf(playByAttempt.get(attemptId), assignment),
      refused: (_work, problem) => closing.abort(problem),
      completed: options.onStir,
      readingMilliseconds: options.readingMilliseconds,
    },
    signal: ending,
  });
  const playing = Promise.all(plays.map((play, rank) => appealAll(play, { ...options, staff, rank, signal: ending })));
  try {
    await Promise.race([playing, graders]);
  } finally {
    closing.abort();
    await Promise.allSettled([playing, graders]);
  }
  await Promise.all([playing, graders]);
}

function verdictOf(play: Play | undefined, assignment: Assignment): Verdict {
  const { stage } = play ?? {};
  if (!play || !stage) return { kind: 'keep' };
  if (stage.kind === 'case_study') return { kind: 'mark', marks: marksBy(play, assignment) };
  const toMark = toMarkIn(assignment);
  const asked = toMark.map(({ itemId }) => itemId);
  if (assignment.purpose !== 'mark' || (!MARKED_WHOLE[assignment.test] && asked.toSorted().join() !== [...stage.marks.keys()].toSorted().join()))
    stage.differences.push(`was given to ${assignment.purpose} by ${asked.join(', ')}`);
  // What nobody appealed gets all of its points, which must count for nothing.
  const marks = toMark.map(({ itemId, pointsMax }) => {
    const points = stage.marks.get(itemId) ?? pointsMax;
    return { itemId, points, reason: points < pointsMax ? `Worth ${points} of ${pointsMax} points.` : '' };
  });
  return { kind: 'mark', marks };
}

type Context = AppealsOptions & { readonly staff: ApiClient; readonly rank: number };

/** The failed test; and where that passes by it, the case study as any, and an appeal of that where it fails. */
async function appealAll(play: Play, context: Context): Promise<void> {
  const { candidate, journey } = play;
  const failedTest: OracleTest = (await decisionsOf(journey, 'case_study')).length > 0 ? 'case_study' : 'aptitude';
  const passed = await appealOne(play, failedTest, context);
  if (failedTest === 'case_study' || !passed) return;
  if (candidate.caseStudySolution === '')
    throw new CannotPlay(`${candidate.candidate} passed by the appeal, and has no caseStudySolution to go on with`);
  play.stage = { kind: 'case_study' };
  await download(journey);
  await handIn(journey, { name: `${candidate.candidate}.md`, content: candidate.caseStudySolution });
  const { phase } = await untilOutOf(journey, BEFORE_CASE_STUDY_RESULT, context.signal);
  if (phase === 'failed') await appealOne(play, 'case_study', context);
}

/** Whether the test is passed now. */
async function appealOne(play: Play, test: OracleTest, context: Context): Promise<boolean> {
  const { candidate, journey } = play;
  const { exam, policy, rank, signal, onRow } = context;
  const graded = gradedByHand(candidate, { exam, test, policy });
  const marks = appealOf(graded, { candidate: candidate.candidate, test, rank: rank + TURN[test] });
  const expected = answeredByHand(graded, marks);
  const differences: string[] = [];
  play.stage = { kind: 'appeal', marks, differences };
  const before = await untilAppealable(journey, signal);
  differences.push(...differencesBefore(graded, before.items));
  const items = [...marks.keys()].map((itemId) => ({ itemId, reason: 'overlooked' as const, text: 'See the second half of my answer.' }));
  await journey.api.fileAppeal(journey.attemptId, { items });
  const appeal = await untilAnswered(journey, test, signal);
  const [, decision] = await decisionsOf(journey, test);
  if (!decision) throw new Error(`${candidate.candidate}: the appeal is answered by no decision`);
  const { phase } = await journey.api.attempt(journey.attemptId);
  differences.push(...differencesAfter(expected, { appeal, decision, phase, test }), ...(await involvedTwice(context.staff, journey)));
  onRow({ candidate: candidate.candidate, test, items: marks.size, answer: appeal.state, percentage: decision.percentage, phase, differences });
  return decision.passed;
}

async function untilAppealable(journey: Journey, signal: AbortSignal) {
  for (;;) {
    const { appealable } = await journey.api.appeals(journey.attemptId);
    if (appealable) return appealable;
    await pause(POLL_MILLISECONDS, undefined, { signal });
  }
}

async function untilAnswered(journey: Journey, test: OracleTest, signal: AbortSignal): Promise<OwnAppeal> {
  for (;;) {
    const { appeals } = await journey.api.appeals(journey.attemptId);
    const appeal = appeals.find((one) => one.test === test);
    if (appeal && appeal.state !== 'open') return appeal;
    await pause(POLL_MILLISECONDS, undefined, { signal });
  }
}

async function decisionsOf({ api, attemptId }: Journey, test: OracleTest): Promise<readonly Decision[]> {
  return (await api.results(attemptId)).filter((decision) => decision.test === test).toSorted((one, other) => one.round - other.round);
}

/** Between what may be appealed and with how many points, and the same by hand. */
function differencesBefore(graded: Graded, offered: readonly { readonly itemId: string; readonly points: number }[]): readonly string[] {
  const expected = pointsText(mayBeAppealed(graded).map(({ id, units }) => [id, units]));
  const actual = pointsText(offered.map(({ itemId, points }) => [itemId, unitsOf(points)]));
  return actual === expected ? [] : [`may appeal ${actual}, by hand ${expected}`];
}

type Outcome = { readonly appeal: OwnAppeal; readonly decision: Decision; readonly phase: Phase; readonly test: OracleTest };

function differencesAfter(expected: Answered, { appeal, decision, phase, test }: Outcome): readonly string[] {
  const expectedPhase = expected.passed ? PHASE_ONCE_PASSED[test] : 'failed';
  const compared = [
    ['answer', appeal.state, expected.answer],
    ['percentage', decision.percentage, expected.percentage],
    ['passed', String(decision.passed), String(expected.passed)],
    ['phase', phase, expectedPhase],
    [
      'points',
      pointsText(decision.items.map(({ itemId, points }) => [itemId, unitsOf(points)])),
      pointsText(expected.items.map(({ id, units }) => [id, units])),
    ],
  ] as const;
  return compared.flatMap(([what, actual, byHand]) => (actual === byHand ? [] : [`${what} is ${actual}, by hand ${byHand}`]));
}

function pointsText(points: readonly (readonly [id: string, units: number])[]): string {
  return points
    .map(([id, units]) => `${id}:${units}`)
    .toSorted()
    .join(' ');
}

/** Nobody marks a submission twice, and never an appeal after it. */
async function involvedTwice(staff: ApiClient, { attemptId }: Journey): Promise<readonly string[]> {
  const { assignments } = await staff.story(attemptId);
  const seen = new Set<string>();
  return assignments
    .filter(({ state }) => state === 'completed')
    .flatMap(({ submissionId, holder }) => {
      const key = `${submissionId} ${holder}`;
      if (seen.has(key)) return [`${holder} marked twice`];
      seen.add(key);
      return [];
    });
}

/** What came out of all of them, in figures. */
export function sumUp(rows: readonly AppealRow[]) {
  const count = (is: (row: AppealRow) => boolean) => rows.filter(is).length;
  return {
    appeals: rows.length,
    upheld: count(({ answer }) => answer === 'upheld'),
    partly: count(({ answer }) => answer === 'partly'),
    refused: count(({ answer }) => answer === 'refused'),
    turnedToCaseStudy: count(({ phase }) => phase === 'case_study_offered'),
    turnedToCertificate: count(({ phase }) => phase === 'certified'),
    asByHand: count(({ differences }) => differences.length === 0),
    differing: rows.filter(({ differences }) => differences.length > 0).map(({ candidate, test, differences }) => ({ candidate, test, differences })),
  };
}

export type AppealsSum = ReturnType<typeof sumUp>;
