import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Test } from '../domain/exam.ts';

/** One side of the pipeline benchmark, and the round that both of them play. */

export const RESPONSES = { c1: ['a'], c2: ['a', 'b'], t1: 'because', t2: 'because of that' };
export const SOLUTION = 'my solution';

/** The acts of people, each committed in PostgreSQL and then rung at the workflow. */
export type Side = {
  readonly register: () => Promise<string>;
  readonly start: (attemptId: string) => Promise<void>;
  readonly answer: (attemptId: string) => Promise<void>;
  readonly download: (attemptId: string) => Promise<void>;
  readonly upload: (attemptId: string) => Promise<void>;
  readonly submit: (attemptId: string, test: Test) => Promise<void>;
  /** Claims one assignment and marks it with full points. Resolves to its attempt, or undefined when there is none to claim. */
  readonly mark: (grader: string) => Promise<string | undefined>;
  /** Resolves when the workflow is through. Throws when it did not end in a certificate. */
  readonly result: (attemptId: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type RoundOptions = { readonly attempts: number; readonly atOnce: number; readonly graders: number; readonly signal: AbortSignal };

/** A grader who found nothing looks again after this. */
const GRADER_PAUSE_MILLISECONDS = 40;

/** Takes so many attempts through both tests, so many at once. Returns attempts a second. */
export async function playRound(side: Side, watcher: OfferWatcher, { attempts, atOnce, graders, signal }: RoundOptions): Promise<number> {
  const startedAt = performance.now();
  let left = attempts;
  const done = new AbortController();
  const ended = AbortSignal.any([signal, done.signal]);

  async function candidate(): Promise<void> {
    while (left > 0) {
      signal.throwIfAborted();
      left -= 1;
      const attemptId = await side.register();
      await side.start(attemptId);
      await side.answer(attemptId);
      await side.submit(attemptId, 'aptitude');
      await watcher.offered(attemptId);
      await side.download(attemptId);
      await side.upload(attemptId);
      await side.submit(attemptId, 'case_study');
      await side.result(attemptId);
    }
  }

  async function grader(subject: string): Promise<void> {
    while (!ended.aborted) {
      if ((await side.mark(subject)) === undefined) await pause(GRADER_PAUSE_MILLISECONDS, undefined, { signal: ended }).catch(() => {});
    }
  }

  const candidates = Promise.all(Array.from({ length: atOnce }, candidate));
  const marking = Promise.all(Array.from({ length: graders }, (_, index) => grader(`grader-${index}`)));
  try {
    // A grader ends by himself only when he fails: then no candidate would ever get a result.
    await unlessAborted(Promise.race([candidates, marking]), signal);
    return attempts / ((performance.now() - startedAt) / 1000);
  } finally {
    done.abort();
    await Promise.allSettled([marking]);
  }
}

/** The promise's end, or the signal's, whichever comes first. */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  let abort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

export type OfferWatcher = {
  /** Resolves when the case study is offered. */
  readonly offered: (attemptId: string) => Promise<void>;
  readonly close: () => Promise<void>;
};

const WATCH_MILLISECONDS = 50;

/** Waits for the offers of all candidates with one small query, the same on both sides, so that waiting weighs nothing. */
export function watchOffers(databaseUrl: string): OfferWatcher {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const waiting = new Map<string, { resolve: () => void; reject: (error: unknown) => void }>();
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      const { rows } = await pool.query<{ id: string }>('SELECT id FROM attempt WHERE id = ANY($1) AND download_by IS NOT NULL', [[...waiting.keys()]]);
      for (const { id } of rows) {
        waiting.get(id)?.resolve();
        waiting.delete(id);
      }
    } catch (error) {
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    }
    timer = waiting.size > 0 ? setTimeout(() => void look(), WATCH_MILLISECONDS) : undefined;
  }

  return {
    offered: (attemptId) =>
      new Promise((resolve, reject) => {
        waiting.set(attemptId, { resolve, reject });
        timer ??= setTimeout(() => void look(), WATCH_MILLISECONDS);
      }),
    async close() {
      clearTimeout(timer);
      waiting.clear();
      await pool.end();
    },
  };
}
