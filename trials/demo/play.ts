import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../../domain/attempt.ts';
import { TEST_NAMES } from '../../domain/exam.ts';
import type { ExamForm } from '../../exams/form.ts';
import { download, handIn, look, register, saveAnswer, startTest, submitTest, untilOutOf, type Journey } from '../people/candidates.ts';
import type { Cast } from '../people/cast.ts';
import { toMarkIn, type Assignment, type Attempt, type Decision } from '../people/client.ts';
import { DEMO_CANDIDATES, DEMO_GRADERS, DEMO_STAFF, demoAnswers, demoMarks, personOf, type DemoCandidate } from './cast.ts';
import { runGraders, type Grader, type GraderDesk, type Verdict } from '../people/graders.ts';
import type { Headcount } from '../people/headcount.ts';

/** Plays the demo's candidates and graders over the API. */

export type DemoOptions = {
  readonly cast: Cast;
  readonly form: ExamForm;
  readonly headcount: Headcount;
  readonly tell: (who: string, what: string) => void;
  readonly onMarked: (purpose: Assignment['purpose']) => void;
  readonly signal: AbortSignal;
};

/** One attempt as it ended. */
export type DemoEnd = {
  readonly candidate: DemoCandidate;
  readonly attemptNumber: number;
  readonly journey: Journey;
  readonly attempt: Attempt;
  readonly decisions: readonly Decision[];
};

/** The human pace of the demo; its limits are in exams/demo-policy.ts. */
const MILLISECONDS = { betweenArrivals: 300, answer: 140, writing: 3000, reading: 1200, readingMore: 1200 };

const BEFORE_APTITUDE_RESULT: readonly Phase[] = ['registered', 'aptitude_test', 'aptitude_grading'];
const BEFORE_RESULT: readonly Phase[] = [...BEFORE_APTITUDE_RESULT, 'case_study_offered', 'case_study', 'case_study_grading'];

type Owner = { readonly candidate: DemoCandidate; readonly attemptNumber: number };

/** Resolves with every attempt as it ended, in the order of the cast. */
export async function playDemo(options: DemoOptions): Promise<readonly DemoEnd[]> {
  const ownerByAttempt = new Map<string, Owner>();
  const closing = new AbortController();
  const graders = runGraders({
    places: DEMO_GRADERS.map((person) => ({ designated: person.roles.includes('designated') })),
    hire: hireFrom(options),
    staff: options.cast(DEMO_STAFF),
    desk: deskOf(options, ownerByAttempt),
    signal: AbortSignal.any([closing.signal, options.signal]),
  });
  const journeys = Promise.all(
    DEMO_CANDIDATES.map(async (candidate, place) => {
      await pause(place * MILLISECONDS.betweenArrivals, undefined, { signal: options.signal });
      return playCandidate(candidate, { ...options, ownerByAttempt });
    }),
  );
  try {
    await Promise.race([journeys, graders]);
  } finally {
    closing.abort();
    await Promise.allSettled([journeys, graders]);
  }
  const [ends] = await Promise.all([journeys, graders]);
  return ends.flat();
}

// Candidates

type Context = DemoOptions & { readonly ownerByAttempt: Map<string, Owner> };

async function playCandidate(candidate: DemoCandidate, context: Context): Promise<readonly DemoEnd[]> {
  const api = context.cast(personOf(candidate));
  const attempts = candidate.behaviour === 'registers anew' ? 2 : 1;
  const ends: DemoEnd[] = [];
  for (let attemptNumber = 1; attemptNumber <= attempts; attemptNumber += 1) {
    const journey = await register({ api, examId: context.form.examId, headcount: context.headcount });
    context.ownerByAttempt.set(journey.attemptId, { candidate, attemptNumber });
    if (attemptNumber > 1) context.tell(candidate.name, 'registers anew and keeps the aptitude pass');
    const attempt = await playAttempt(journey, candidate, context);
    const decisions = await api.results(journey.attemptId);
    context.tell(candidate.name, endInWords(attempt, decisions));
    ends.push({ candidate, attemptNumber, journey, attempt, decisions });
  }
  return ends;
}

async function playAttempt(journey: Journey, candidate: DemoCandidate, context: Context): Promise<Attempt> {
  const { signal } = context;
  const registered = await look(journey);
  if (registered.phase === 'registered') {
    const afterTest = await takeTest(journey, candidate, context);
    if (afterTest.phase !== 'case_study_offered') return afterTest;
  }
  if (candidate.behaviour === 'never downloads') return untilOutOf(journey, ['case_study_offered'], signal);
  await writeCaseStudy(journey, candidate, context);
  return untilOutOf(journey, BEFORE_RESULT, signal);
}

async function takeTest(journey: Journey, candidate: DemoCandidate, { form, headcount, tell, signal }: Context): Promise<Attempt> {
  if (candidate.behaviour === 'never starts') return untilOutOf(journey, ['registered'], signal);
  const test = await startTest(journey);
  const answerTo = demoAnswers(form, candidate);
  for (const [place, item] of test.items.entries()) {
    if (candidate.behaviour === 'withdraws' && place > test.items.length / 3) {
      await journey.api.withdraw(journey.attemptId);
      return look(journey);
    }
    await saveAnswer(journey, item.id, answerTo(item));
    headcount.stirred();
    await pause(MILLISECONDS.answer, undefined, { signal });
  }
  if (candidate.behaviour === 'runs out of time') tell(candidate.name, 'has saved everything, and never submits');
  else await submitTest(journey);
  return untilOutOf(journey, BEFORE_APTITUDE_RESULT, signal);
}

async function writeCaseStudy(journey: Journey, candidate: DemoCandidate, { signal }: Context): Promise<void> {
  const { caseStudy } = await download(journey);
  await pause(MILLISECONDS.writing, undefined, { signal });
  const content = [
    `# ${caseStudy.title}`,
    `By ${candidate.name}`,
    ...caseStudy.rubric.map((criterion) => `## ${criterion.title}\n\nWhat I would do, and why.`),
  ].join('\n\n');
  await handIn(journey, { name: 'architecture.md', content });
}

function endInWords({ phase, outcomeReason }: Attempt, decisions: readonly Decision[]): string {
  const score = decisions.at(-1)?.percentage;
  switch (phase) {
    case 'certified':
      return `is certified (case study ${score ?? ''} %)`;
    case 'failed':
      return `failed: ${outcomeReason ?? ''} (${score ?? ''} %)`;
    case 'lapsed':
      return `lapsed: ${outcomeReason ?? ''}`;
    default:
      return outcomeReason ?? phase;
  }
}

// Graders

function hireFrom({ cast }: DemoOptions): () => Grader {
  const people = [...DEMO_GRADERS];
  return () => {
    const person = people.shift();
    if (!person) throw new Error('a grader met an assignment that is none of the demo');
    return { name: person.name, designated: person.roles.includes('designated'), api: cast(person) };
  };
}

function deskOf({ tell, onMarked, headcount }: DemoOptions, ownerByAttempt: ReadonlyMap<string, Owner>): GraderDesk {
  const firstMarkers = new Map<string, string>();
  const designatedMarkers = new Map<string, string>();
  return {
    judge({ assignment, attemptId, grader }): Verdict {
      const owner = ownerByAttempt.get(attemptId);
      if (!owner) return { kind: 'keep' };
      const key = `${attemptId} ${assignment.test}`;
      // With two designated graders, one must stay free to adjudicate.
      if (grader.designated && assignment.purpose === 'mark') {
        if ((designatedMarkers.get(key) ?? grader.name) !== grader.name) return { kind: 'release' };
        designatedMarkers.set(key, grader.name);
      }
      if (assignment.purpose === 'mark' && !firstMarkers.has(key)) firstMarkers.set(key, assignment.id);
      if (assignment.purpose === 'adjudicate') tell(owner.candidate.name, `${TEST_NAMES[assignment.test]} disputed; ${grader.name} adjudicates`);
      const marker = assignment.purpose === 'adjudicate' ? 'adjudicated' : firstMarkers.get(key) === assignment.id ? 'first' : 'second';
      return { kind: 'mark', marks: demoMarks({ ...owner, test: assignment.test, marker, toMark: toMarkIn(assignment) }) };
    },
    refused: (_work, problem) => {
      throw problem;
    },
    completed({ assignment }) {
      headcount.stirred();
      onMarked(assignment.purpose);
    },
    readingMilliseconds: () => MILLISECONDS.reading + Math.random() * MILLISECONDS.readingMore,
  };
}
