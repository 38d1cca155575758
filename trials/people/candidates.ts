import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../../domain/attempt.ts';
import type { ApiClient, AptitudeTest, Attempt, CaseStudy } from './client.ts';
import type { Headcount } from './headcount.ts';

/** One attempt in the hands of its candidate: every step goes over the API, and where it stands goes to the headcount. */
export type Journey = {
  readonly attemptId: string;
  readonly api: ApiClient;
  /** The phase that the API told, or that what it acknowledged leads to. */
  readonly isIn: (phase: Phase) => void;
};

const POLL_MILLISECONDS = { first: 150, most: 1500 };

export async function register({ api, examId, headcount }: { api: ApiClient; examId: string; headcount: Headcount }): Promise<Journey> {
  const attempt = await api.register(examId);
  let last: Phase | undefined;
  const isIn = (phase: Phase) => {
    headcount.moved(last, phase);
    last = phase;
  };
  isIn(attempt.phase);
  return { attemptId: attempt.id, api, isIn };
}

export async function startTest({ api, attemptId, isIn }: Journey): Promise<AptitudeTest> {
  const test = await api.startAptitudeTest(attemptId);
  isIn('aptitude_test');
  return test;
}

export async function submitTest({ api, attemptId, isIn }: Journey): Promise<void> {
  await api.submitAptitudeTest(attemptId);
  isIn('aptitude_grading');
}

export async function download({ api, attemptId, isIn }: Journey): Promise<CaseStudy> {
  const downloaded = await api.downloadCaseStudy(attemptId);
  isIn('case_study');
  return downloaded;
}

/** Uploads the solution as Markdown, and submits it. */
export async function handIn({ api, attemptId, isIn }: Journey, solution: { name: string; content: string }): Promise<void> {
  await api.upload(attemptId, { ...solution, mediaType: 'text/markdown' });
  await api.submitCaseStudy(attemptId);
  isIn('case_study_grading');
}

/** Asks where the attempt stands until it is in none of these phases any more. */
export async function untilOutOf(journey: Journey, phases: readonly Phase[], signal: AbortSignal): Promise<Attempt> {
  for (let milliseconds = POLL_MILLISECONDS.first; ; milliseconds = Math.min(milliseconds * 1.3, POLL_MILLISECONDS.most)) {
    const attempt = await look(journey);
    if (!phases.includes(attempt.phase)) return attempt;
    await pause(milliseconds, undefined, { signal });
  }
}

export async function look({ api, attemptId, isIn }: Journey): Promise<Attempt> {
  const attempt = await api.attempt(attemptId);
  isIn(attempt.phase);
  return attempt;
}

/** Saves an answer as an editor does: a text first half written, then whole, with rising sequence numbers. */
export async function saveAnswer({ api, attemptId }: Journey, itemId: string, value: string | readonly string[]): Promise<void> {
  const half = typeof value === 'string' ? value.slice(0, Math.floor(value.length / 2)) : '';
  if (half !== '') await api.saveResponse(attemptId, itemId, { value: half, sequence: 1 });
  await api.saveResponse(attemptId, itemId, { value, sequence: half === '' ? 1 : 2 });
}
