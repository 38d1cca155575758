import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../../domain/attempt.ts';
import type { SubmittedMark } from '../../domain/marking.ts';
import { millipointsFromPoints, pointsFromMillipoints, sumOf } from '../../domain/points.ts';
import type { Person } from '../../local/tokens.ts';
import { download, handIn, register, saveAnswer, startTest, submitTest, untilOutOf, type Journey } from '../people/candidates.ts';
import type { Cast } from '../people/cast.ts';
import { toMarkIn, type AptitudeTest, type Assignment, type Decision } from '../people/client.ts';
import { answerTo, pointsBy, type CohortCandidate, type Marker } from './data.ts';
import type { CohortRow } from './expectation.ts';
import { runGraders, type Grader, type Verdict } from '../people/graders.ts';
import type { Headcount } from '../people/headcount.ts';
import { ProblemError } from '../people/http.ts';
import { seededRandom, shuffled, type Random } from '../people/random.ts';
import { forEachAtMost } from '../people/streams.ts';

/** Plays a cohort over the API: all candidates and their graders at once, so many of them at a time. */

export type PlayOptions = {
  readonly cast: Cast;
  readonly examId: string;
  readonly candidates: AsyncIterable<CohortCandidate>;
  readonly headcount: Headcount;
  /** Draws the order and the pauses; without it everything goes in the order of the file, without a pause. */
  readonly seed: string | undefined;
  /** Pauses that spread the cohort over time, in milliseconds: between two candidates, and over one assignment. 0 when there is no need. */
  readonly pace: { readonly arrival: () => number; readonly reading: () => number };
  /** Tells this play's people from those of another; the graders of one are hired again by the same. */
  readonly runId?: string | undefined;
  readonly onResult: (row: CohortRow, played: { readonly journey: Journey; readonly candidate: CohortCandidate }) => void;
  /** A candidate who could not be played to the end, and why. */
  readonly onFailure: (candidate: string, why: string) => void;
  readonly onMarked: (purpose: Assignment['purpose']) => void;
  readonly signal: AbortSignal;
};

/** Candidates under way at once: their data is all of the cohort that is held. */
const CANDIDATES_AT_ONCE = 32;

/**
 * No one marks a submission twice. Its two markers may both be designated, so there are three of those: one is always
 * left to adjudicate.
 */
export const GRADER_PLACES = [
  ...Array.from({ length: 9 }, () => ({ designated: false })),
  ...Array.from({ length: 3 }, () => ({ designated: true })),
];

const SHUFFLED_PAUSE_MILLISECONDS = { answer: 30, step: 400, reading: 600 };

const BEFORE_APTITUDE_RESULT: readonly Phase[] = ['registered', 'aptitude_test', 'aptitude_grading'];
const BEFORE_RESULT: readonly Phase[] = [...BEFORE_APTITUDE_RESULT, 'case_study_offered', 'case_study', 'case_study_grading'];

/** One candidate under way. */
type Play = {
  readonly candidate: CohortCandidate;
  /** Who marks which test: the first to claim it is `first`, whatever becomes of the claim. */
  readonly markers: Map<string, Marker>;
  /** Ends this candidate's play alone. */
  readonly spoiled: AbortController;
};

/** Resolves when every candidate has a result or has failed. Rejects when the signal aborts or something unexpected happens. */
export async function playCohort(options: PlayOptions): Promise<void> {
  const { candidates, signal, runId = Date.now().toString(36) } = options;
  const playByAttempt = new Map<string, Play>();
  const closing = new AbortController();
  const ending = AbortSignal.any([closing.signal, signal]);

  const graders = runGraders({
    places: GRADER_PLACES,
    hire: hireFrom({ cast: options.cast, runId }),
    staff: options.cast({ subject: `cohort-${runId}-staff`, name: 'Cohort Staff', roles: ['staff'] }),
    desk: deskOf(options, playByAttempt),
    signal: ending,
  });
  // Without graders nobody would get a result, so candidates end with them.
  const playing = forEachAtMost(paced(candidates, { ...options, signal: ending }), CANDIDATES_AT_ONCE, (candidate) =>
    playOne(candidate, { ...options, signal: ending, runId, playByAttempt }),
  );
  try {
    // Graders end only when they are told to: ending earlier is a failure.
    await Promise.race([playing, graders]);
  } finally {
    closing.abort();
    await Promise.allSettled([playing, graders]);
  }
  await Promise.all([playing, graders]);
}

async function* paced(candidates: AsyncIterable<CohortCandidate>, { pace, signal }: PlayOptions): AsyncGenerator<CohortCandidate> {
  for await (const candidate of candidates) {
    yield candidate;
    const milliseconds = pace.arrival();
    if (milliseconds > 0) await pause(milliseconds, undefined, { signal });
  }
}

export function hireFrom({ cast, runId }: { cast: Cast; runId: string }): (place: { designated: boolean }) => Grader {
  let hired = 0;
  return ({ designated }) => {
    hired += 1;
    const person: Person = {
      subject: `cohort-${runId}-grader-${hired}`,
      name: `Cohort Grader ${hired}`,
      roles: designated ? ['grader', 'designated'] : ['grader'],
    };
    return { name: `grader ${hired}`, designated, api: cast(person) };
  };
}

// Candidates

type PlayContext = PlayOptions & { readonly runId: string; readonly playByAttempt: Map<string, Play> };

async function playOne(candidate: CohortCandidate, context: PlayContext): Promise<void> {
  const { onResult, onFailure, signal, playByAttempt } = context;
  const play: Play = { candidate, markers: new Map(), spoiled: new AbortController() };
  let attemptId: string | undefined;
  try {
    const journey = await registered(play, context);
    attemptId = journey.attemptId;
    playByAttempt.set(attemptId, play);
    onResult(await playedThrough(journey, play, context), { journey, candidate });
  } catch (error) {
    if (signal.aborted) throw error;
    const why = play.spoiled.signal.aborted ? play.spoiled.signal.reason : error;
    if (!(why instanceof ProblemError) && !(why instanceof CannotPlay)) throw error;
    onFailure(candidate.candidate, why.message);
  } finally {
    if (attemptId !== undefined) playByAttempt.delete(attemptId);
  }
}

/** The cohort's data asks for something that cannot be. */
export class CannotPlay extends Error {}

async function registered({ candidate, spoiled }: Play, { cast, examId, headcount, runId }: PlayContext): Promise<Journey> {
  const person: Person = { subject: `cohort-${runId}-${candidate.candidate}`, name: candidate.candidate, roles: ['candidate'] };
  spoiled.signal.throwIfAborted();
  return register({ api: cast(person), examId, headcount });
}

async function playedThrough(journey: Journey, play: Play, context: PlayContext): Promise<CohortRow> {
  const { candidate } = play;
  const random = randomOf(context, `candidate ${candidate.candidate}`);
  const signal = AbortSignal.any([context.signal, play.spoiled.signal]);
  const rest = async (milliseconds: number) => {
    if (random) await pause(random() * milliseconds, undefined, { signal });
  };

  await rest(SHUFFLED_PAUSE_MILLISECONDS.step);
  const test = await startTest(journey);
  for (const item of random ? shuffled(test.items, random) : test.items) {
    const answer = answerTo(candidate, item);
    if (answer === undefined) continue;
    await saveAnswer(journey, item.id, answer);
    context.headcount.stirred();
    await rest(SHUFFLED_PAUSE_MILLISECONDS.answer);
  }
  await rest(SHUFFLED_PAUSE_MILLISECONDS.step);
  await submitTest(journey);

  const afterAptitude = await untilOutOf(journey, BEFORE_APTITUDE_RESULT, signal);
  if (afterAptitude.phase === 'case_study_offered') {
    if (candidate.caseStudySolution === '') throw new CannotPlay('passed the aptitude test, and there is no caseStudySolution to go on with');
    await rest(SHUFFLED_PAUSE_MILLISECONDS.step);
    await download(journey);
    await rest(SHUFFLED_PAUSE_MILLISECONDS.step);
    await handIn(journey, { name: `${candidate.candidate}.md`, content: candidate.caseStudySolution });
    await untilOutOf(journey, BEFORE_RESULT, signal);
  }
  return rowOf(candidate.candidate, test, await journey.api.results(journey.attemptId));
}

function rowOf(candidate: string, test: AptitudeTest, decisions: readonly Decision[]): CohortRow {
  const aptitude = decisions.find((decision) => decision.test === 'aptitude');
  const caseStudy = decisions.find((decision) => decision.test === 'case_study');
  if (!aptitude) throw new CannotPlay('has no aptitude decision');
  const choiceIds = new Set(test.items.filter((item) => item.type === 'choice').map((item) => item.id));
  const choicePoints = aptitude.items.filter((item) => choiceIds.has(item.itemId)).map((item) => millipointsFromPoints(item.points) ?? Number.NaN);
  return {
    candidate,
    choice_points: String(pointsFromMillipoints(sumOf(choicePoints))),
    aptitude_percent: aptitude.percentage,
    aptitude: aptitude.passed ? 'pass' : 'fail',
    case_study_percent: caseStudy?.percentage ?? '',
    outcome: aptitude.passed ? (caseStudy?.passed ? 'certified' : 'case-study-failed') : 'aptitude-failed',
  };
}

// Graders

function deskOf(options: PlayOptions, playByAttempt: ReadonlyMap<string, Play>) {
  const randoms = new Map<string, Random>();
  const randomFor = (label: string): Random | undefined => {
    const known = randoms.get(label) ?? randomOf(options, label);
    if (known) randoms.set(label, known);
    return known;
  };
  return {
    judge({ assignment, attemptId, grader }: { assignment: Assignment; attemptId: string; grader: Grader }): Verdict {
      const play = playByAttempt.get(attemptId);
      if (!play || play.spoiled.signal.aborted) return { kind: 'keep' };
      const random = randomFor(`marks of ${grader.name}`);
      try {
        const marks = marksBy(play, assignment);
        return { kind: 'mark', marks: random ? shuffled(marks, random) : marks };
      } catch (error) {
        if (!(error instanceof CannotPlay)) throw error;
        play.spoiled.abort(error);
        return { kind: 'keep' };
      }
    },
    refused({ attemptId }: { attemptId: string }, problem: ProblemError): void {
      playByAttempt.get(attemptId)?.spoiled.abort(problem);
    },
    completed({ assignment }: { assignment: Assignment }): void {
      options.headcount.stirred();
      options.onMarked(assignment.purpose);
    },
    readingMilliseconds({ grader }: { grader: Grader }): number {
      const random = randomFor(`pauses of ${grader.name}`);
      return options.pace.reading() + (random ? random() * SHUFFLED_PAUSE_MILLISECONDS.reading : 0);
    },
  };
}

type Marked = Pick<Play, 'candidate' | 'markers'>;

/** What the candidate's line says that this marker gives. Throws a CannotPlay where it says nothing of one. */
export function marksBy(play: Marked, assignment: Assignment): readonly SubmittedMark[] {
  const marker = markerOf(play, assignment);
  const points = pointsBy(play.candidate, assignment.test, marker);
  return toMarkIn(assignment).map(({ itemId, pointsMax }) => {
    const given = points.get(itemId);
    if (given === undefined) throw new CannotPlay(`${itemId} has no \`${marker}\` mark`);
    return { itemId, points: given, reason: given < pointsMax ? `Worth ${given} of ${pointsMax} points.` : '' };
  });
}

function markerOf({ markers, candidate }: Marked, { id, test, purpose }: Assignment): Marker {
  const key = `${test} ${id}`;
  const known = markers.get(key);
  if (known) return known;
  const before = [...markers].filter(([other, marker]) => other.startsWith(`${test} `) && marker !== 'adjudicated').length;
  if (purpose === 'mark' && before > 1) throw new Error(`${candidate.candidate}: a third assignment to mark the ${test} test was handed out`);
  const marker = purpose === 'adjudicate' ? 'adjudicated' : before === 0 ? 'first' : 'second';
  markers.set(key, marker);
  return marker;
}

function randomOf({ seed }: Pick<PlayOptions, 'seed'>, label: string): Random | undefined {
  return seed === undefined ? undefined : seededRandom(seed, label);
}
