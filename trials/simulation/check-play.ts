import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Test } from '../../domain/exam.ts';
import type { ExamForm } from '../../exams/form.ts';
import type { Stack } from '../../local/stack.ts';
import { download, handIn, register, saveAnswer, startTest, submitTest, untilOutOf, type Journey } from '../people/candidates.ts';
import { createCast, type Cast } from '../people/cast.ts';
import { toMarkIn } from '../people/client.ts';
import { runGraders } from '../people/graders.ts';
import { createHeadcount, headcountLine } from '../people/headcount.ts';
import { seededRandom } from '../people/random.ts';
import { drawItinerary, HAPPENINGS, type Happening, type Itinerary, type PeopleParameters, type Result } from './people.ts';

/** The people of a simulation, played for real: on the embedded stack, over its API, each at the times that were drawn. */

const EXAM: ExamForm = {
  examId: 'simulated',
  version: 1,
  title: 'Simulated',
  policy: { appealWindow: 'PT0S' },
  aptitudeTest: {
    items: [
      { id: 'c1', type: 'choice', prompt: 'Which is right?', points: 10, choices: ['a', 'b'], correct: ['a'] },
      { id: 't1', type: 'text', prompt: 'Explain.', points: 10, modelAnswer: 'So and so.' },
    ],
  },
  caseStudies: [
    { id: 'one', title: 'One', brief: 'Design it.', rubric: [{ id: 'all', title: 'All', description: 'Parts, duties, decisions', points: 10 }] },
  ],
};

/** What came of it, in the same terms as the simulation's story. */
export type Played = {
  readonly happened: Readonly<Record<Happening, number>>;
  readonly results: readonly Result[];
  readonly waits: Readonly<Record<Test, readonly number[]>>;
  /** Assignments that waited for a grader, most of them at once. */
  readonly waitingMost: number;
  readonly seconds: number;
};

export type PlayOptions = {
  readonly stack: Stack;
  readonly database: pg.Pool;
  /** With `registrations`. */
  readonly parameters: PeopleParameters;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
};

export async function playForReal(options: PlayOptions): Promise<Played> {
  const { stack, parameters, log, signal } = options;
  const registrations = parameters.registrations ?? [];
  const { apiUrl, issuerUrl } = stack;
  const cast = createCast({ apiUrl, issuerUrl, signal });
  await cast({ subject: 'examiner', name: 'Examiner', roles: ['grader', 'designated'] }).publishExam(EXAM);
  const headcount = createHeadcount();
  const people = new Map<string, Itinerary & { readonly claims: Record<Test, number> }>();
  const closing = new AbortController();
  const startedAt = performance.now();
  const now = () => (performance.now() - startedAt) / 1000;
  const waitUntil = (at: number) => pause(Math.max(0, at - now()) * 1000, undefined, { signal });
  const watching = watchWaiting(options, closing.signal, () => log(`${now().toFixed(0).padStart(4)} s  ${headcountLine(headcount)}`));

  const graders = runGraders({
    places: Array.from({ length: parameters.graders }, () => ({ designated: false })),
    hire: hireFrom(cast),
    staff: cast({ subject: 'staff', name: 'Staff', roles: ['staff'] }),
    desk: {
      judge({ assignment, attemptId }) {
        const itinerary = people.get(attemptId);
        if (!itinerary) throw new Error(`nobody knows the attempt ${attemptId}`);
        const isRight = itinerary.passes[assignment.test];
        const marks = toMarkIn(assignment).map(({ itemId, pointsMax }) => ({
          itemId,
          points: isRight ? pointsMax : 0,
          reason: isRight ? '' : 'Wrong.',
        }));
        return { kind: 'mark', marks };
      },
      refused(_work, problem) {
        throw problem;
      },
      completed: () => headcount.stirred(),
      readingMilliseconds({ assignment, attemptId }) {
        const itinerary = people.get(attemptId);
        const durations = itinerary?.markDurations[assignment.test] ?? [];
        const claim = itinerary ? itinerary.claims[assignment.test]++ : 0;
        return (durations[claim % durations.length] ?? 0) * 1000;
      },
    },
    signal: AbortSignal.any([closing.signal, signal]),
  });

  const play = async (at: number, index: number) => {
    // As simulatePeople() has it: the candidates count from 1, in order of their registrations.
    const itinerary = drawItinerary(parameters, at, seededRandom(parameters.seed, `candidate ${index + 1}`));
    await waitUntil(at);
    const api = cast({ subject: `candidate-${index}`, name: `Candidate ${index}`, roles: ['candidate'] });
    const journey = await register({ api, examId: EXAM.examId, headcount });
    people.set(journey.attemptId, { ...itinerary, claims: { aptitude: 0, case_study: 0 } });
    await waitUntil(itinerary.startAt);
    await playCandidate(journey, itinerary, signal);
  };
  try {
    await Promise.race([Promise.all(registrations.map(play)), graders]);
  } finally {
    closing.abort();
    await Promise.allSettled([graders, watching]);
  }
  await graders;
  return { ...(await readPlayed(options)), waitingMost: await watching, seconds: now() };
}

/** One candidate in one test, one answer after the other. */
export async function saveAnswers({ apiUrl, issuerUrl }: Stack, count: number, signal: AbortSignal): Promise<void> {
  const api = createCast({ apiUrl, issuerUrl, signal })({ subject: 'writer', name: 'Writer', roles: ['candidate'] });
  const journey = await register({ api, examId: EXAM.examId, headcount: createHeadcount() });
  await startTest(journey);
  for (let sequence = 1; sequence <= count; sequence += 1)
    await api.saveResponse(journey.attemptId, 't1', {
      value: 'An answer of a few lines, as candidates write them in the test. '.repeat(8),
      sequence,
    });
}

function hireFrom(cast: Cast) {
  let hired = 0;
  return ({ designated }: { designated: boolean }) => {
    hired += 1;
    const api = cast({ subject: `grader-${hired}`, name: `Grader ${hired}`, roles: ['grader'] });
    return { name: `grader ${hired}`, designated, api };
  };
}

async function playCandidate(journey: Journey, itinerary: Itinerary, signal: AbortSignal): Promise<void> {
  const wait = (seconds: number) => pause(Math.max(0, seconds) * 1000, undefined, { signal });
  await startTest(journey);
  const submitAt = Date.now() + itinerary.testDuration * 1000;
  await saveAnswer(journey, 'c1', ['a']);
  await saveAnswer(journey, 't1', 'An answer of a few lines, as candidates write them in the test.');
  await wait((submitAt - Date.now()) / 1000);
  await submitTest(journey);
  const { phase } = await untilOutOf(journey, ['registered', 'aptitude_test', 'aptitude_grading'], signal);
  if (phase !== 'case_study_offered') return;
  // It was looked for now and then: what it was late is taken off again.
  const decidedAt = Date.parse((await journey.api.results(journey.attemptId)).find(({ test }) => test === 'aptitude')?.decidedAt ?? '');
  await wait((decidedAt - Date.now()) / 1000 + (itinerary.downloadDelay ?? 0));
  await download(journey);
  await wait(itinerary.handInAfter ?? 0);
  await handIn(journey, { name: 'solution.md', content: '# Solution\n\nParts, duties, decisions and why.\n' });
  await untilOutOf(journey, ['case_study_offered', 'case_study', 'case_study_grading'], signal);
}

const LOOK_MILLISECONDS = 1000;
const LINE_LOOKS = 10;

async function watchWaiting({ database, signal }: PlayOptions, closed: AbortSignal, say: () => void): Promise<number> {
  let most = 0;
  for (let look = 0; !closed.aborted && !signal.aborted; look += 1) {
    const { rows } = await database.query<{ waiting: number }>(
      `SELECT count(*)::int AS waiting FROM assignment WHERE state = 'open' AND lease_expires_at IS NULL`,
    );
    most = Math.max(most, rows[0]?.waiting ?? 0);
    if (look % LINE_LOOKS === 0) say();
    await pause(LOOK_MILLISECONDS, undefined, { signal: closed }).catch(() => {});
  }
  return most;
}

async function readPlayed({ database }: PlayOptions): Promise<Pick<Played, 'happened' | 'results' | 'waits'>> {
  const { rows: results } = await database.query<Result>(
    `SELECT d.test, d.passed, extract(epoch FROM b.submitted_at)::float8 AS "submittedAt", extract(epoch FROM d.decided_at)::float8 AS "decidedAt"
     FROM decision d JOIN submission b ON b.id = d.submission_id`,
  );
  const { rows: claims } = await database.query<{ test: Test; seconds: number }>(
    `SELECT s.test, extract(epoch FROM c.claimed_at - t.created_at)::float8 AS seconds
     FROM claim c JOIN assignment t ON t.id = c.assignment_id JOIN submission b ON b.id = t.submission_id JOIN sitting s ON s.id = b.sitting_id`,
  );
  const count = async (sql: string) => (await database.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${sql}`)).rows[0]?.count ?? 0;
  const waitsOf = (test: Test) => claims.filter((claim) => claim.test === test).map(({ seconds }) => seconds);
  const decided = (test: Test) => results.filter((result) => result.test === test).length;
  const submitted = (test: Test) => count(`submission b JOIN sitting s ON s.id = b.sitting_id WHERE s.test = '${test}'`);
  const happened = Object.fromEntries(HAPPENINGS.map((what) => [what, 0])) as Record<Happening, number>;
  return {
    results,
    waits: { aptitude: waitsOf('aptitude'), case_study: waitsOf('case_study') },
    happened: {
      ...happened,
      registered: await count('attempt'),
      started: await count(`sitting WHERE test = 'aptitude'`),
      submitted: await submitted('aptitude'),
      marked: await count(`assignment WHERE state = 'completed'`),
      decided: decided('aptitude'),
      downloaded: await count(`sitting WHERE test = 'case_study'`),
      handed_in: await submitted('case_study'),
      decided_case_study: decided('case_study'),
    },
  };
}
