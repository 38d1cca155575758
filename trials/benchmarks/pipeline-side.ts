import pg from 'pg';
import type { Test } from '../../domain/exam.ts';

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

/** Takes so many attempts through both tests, so many at once. Returns attempts a second. */
export async function playRound(side: Side, watcher: Watcher, { attempts, atOnce, graders, signal }: RoundOptions): Promise<number> {
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
      if ((await side.mark(subject)) === undefined) await unlessAborted(watcher.claimable(), ended).catch(() => {});
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

/** Who waits looks with one small query for all of them, the same on both sides, so that waiting weighs nothing. */
export type Watcher = {
  /** Resolves when the case study is offered. */
  readonly offered: (attemptId: string) => Promise<void>;
  /** Resolves when there is an assignment that nobody holds, and it is this grader's turn to look for it. */
  readonly claimable: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const WATCH_MILLISECONDS = 50;

type Waiting = { readonly resolve: () => void; readonly reject: (error: unknown) => void };

export function createWatcher(databaseUrl: string): Watcher {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  const candidates = new Map<string, Waiting>();
  let graders: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    try {
      const { rows } = await pool.query<{ offered: string[]; free: number }>(
        `SELECT ARRAY(SELECT id::text FROM attempt WHERE id = ANY($1) AND download_by IS NOT NULL) AS offered,
                (SELECT count(*)::int FROM assignment WHERE state = 'open' AND holder IS NULL) AS free`,
        [[...candidates.keys()]],
      );
      const [{ offered, free } = { offered: [], free: 0 }] = rows;
      for (const id of offered) {
        candidates.get(id)?.resolve();
        candidates.delete(id);
      }
      for (const grader of graders.splice(0, free)) grader.resolve();
    } catch (error) {
      for (const waiting of [...candidates.values(), ...graders]) waiting.reject(error);
      candidates.clear();
      graders = [];
    }
    timer = undefined;
    lookSoon();
  }

  function lookSoon(): void {
    if (candidates.size + graders.length > 0) timer ??= setTimeout(() => void look(), WATCH_MILLISECONDS);
  }

  return {
    offered: (attemptId) =>
      new Promise((resolve, reject) => {
        candidates.set(attemptId, { resolve, reject });
        lookSoon();
      }),
    claimable: () =>
      new Promise((resolve, reject) => {
        graders.push({ resolve, reject });
        lookSoon();
      }),
    async close() {
      clearTimeout(timer);
      candidates.clear();
      graders = [];
      await pool.end();
    },
  };
}
