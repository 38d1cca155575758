import { setTimeout as sleep } from 'node:timers/promises';

/** Doubles from the first, up to the longest, with a fifth of jitter so that many don't come back at once. */
export function backoffSeconds(tries: number, { firstSeconds, longestSeconds }: { firstSeconds: number; longestSeconds: number }): number {
  const base = Math.min(firstSeconds * 2 ** (tries - 1), longestSeconds);
  return base * (0.8 + 0.4 * Math.random());
}

/** Resolves after the time, or at once when the signal is aborted. */
export async function pauseUnlessAborted(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
}
