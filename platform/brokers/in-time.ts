import { setTimeout as sleep } from 'node:timers/promises';

/** The work's result, or an error after the time; the work itself goes on. */
export async function inTime<Result>(work: Promise<Result>, seconds: number): Promise<Result> {
  const timer = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${seconds} s`);
  });
  // It also ends, by its abort, after the race is over.
  late.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
