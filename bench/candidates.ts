import { setTimeout as pause } from 'node:timers/promises';
import type { Phase } from '../domain/attempt.ts';
import type { ApiClient, AptitudeTest, Attempt } from './client.ts';
import type { Headcount } from './headcount.ts';

/** One attempt in the hands of its candidate: every step goes over the API, and what is seen goes to the headcount. */
export type Journey = {
  readonly attemptId: string;
  readonly api: ApiClient;
  seen(attempt: Attempt): void;
};

const POLL_MILLISECONDS = { first: 150, most: 1500 };

export async function register({ api, examId, headcount }: { api: ApiClient; examId: string; headcount: Headcount }): Promise<Journey> {
  const attempt = await api.register(examId);
  let phase: Phase | undefined;
  const seen = (now: Attempt) => {
    headcount.moved(phase, now.phase);
    phase = now.phase;
  };
  seen(attempt);
  return { attemptId: attempt.id, api, seen };
}

/** Asks where the attempt stands until it is in none of these phases any more. */
export async function untilOutOf(journey: Journey, phases: readonly Phase[], signal: AbortSignal): Promise<Attempt> {
  for (let milliseconds = POLL_MILLISECONDS.first; ; milliseconds = Math.min(milliseconds * 1.3, POLL_MILLISECONDS.most)) {
    const attempt = await look(journey);
    if (!phases.includes(attempt.phase)) return attempt;
    await pause(milliseconds, undefined, { signal });
  }
}

export async function look({ api, attemptId, seen }: Journey): Promise<Attempt> {
  const attempt = await api.attempt(attemptId);
  seen(attempt);
  return attempt;
}

export type Answers = (item: AptitudeTest['items'][number]) => string | readonly string[] | undefined;

/** Saves an answer as an editor does: a text first half written, then whole, with rising sequence numbers. */
export async function saveAnswer({ api, attemptId }: Journey, itemId: string, value: string | readonly string[]): Promise<void> {
  const half = typeof value === 'string' ? value.slice(0, Math.floor(value.length / 2)) : '';
  if (half !== '') await api.saveResponse(attemptId, itemId, { value: half, sequence: 1 });
  await api.saveResponse(attemptId, itemId, { value, sequence: half === '' ? 1 : 2 });
}
