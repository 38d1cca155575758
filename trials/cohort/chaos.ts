import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '../../local/stack.ts';

/** What breaks while a cohort is played: every pool is killed, then Temporal is away for half a minute. */

export type ChaosOptions = {
  readonly stack: Stack;
  readonly log: (line: string) => void;
  /** What the people did so far, to tell what they did meanwhile. */
  readonly taken: () => Taken;
  readonly signal: AbortSignal;
};

/** Facts that the API acknowledged. */
export type Taken = { readonly answers: number; readonly submissions: number; readonly completions: number };

const KILL_AFTER_SECONDS = 8;
const DEAD_SECONDS = 2;
const STOP_AFTER_SECONDS = 6;
const TEMPORAL_AWAY_SECONDS = 30;

/** The pauses that keep people busy for as long as this lasts, in milliseconds. */
export const CHAOS_PACE = { arrival: 1500, reading: 3000 };

/** Resolves when everything is up again. Rejects when a process does not come back. */
export async function wreakHavoc({ stack, log, taken, signal }: ChaosOptions): Promise<void> {
  const wait = (seconds: number) => pause(seconds * 1000, undefined, { signal });
  const pools = Object.values(stack.processes).filter((process) => !['api', 'issuer', 'mailbox'].includes(process.name));

  await wait(KILL_AFTER_SECONDS);
  const beforeKill = taken();
  await Promise.all(pools.map((pool) => pool.kill()));
  log(`chaos: killed (-9) ${pools.length} worker pools: ${pools.map((pool) => pool.name).join(', ')}`);
  await wait(DEAD_SECONDS);
  await Promise.all(pools.map((pool) => pool.start()));
  log(`chaos: the pools are up again; meanwhile the API took ${takenSince(beforeKill, taken())}`);

  await wait(STOP_AFTER_SECONDS);
  const beforeStop = taken();
  await stack.temporal.stop();
  log(`chaos: stopped the Temporal server for ${TEMPORAL_AWAY_SECONDS} s`);
  try {
    await wait(TEMPORAL_AWAY_SECONDS);
  } finally {
    if (!signal.aborted) await stack.temporal.start();
  }
  log(`chaos: the Temporal server is up again; meanwhile the API took ${takenSince(beforeStop, taken())}`);
}

function takenSince(before: Taken, now: Taken): string {
  const counts = [
    [now.answers - before.answers, 'answers'],
    [now.submissions - before.submissions, 'submissions'],
    [now.completions - before.completions, 'completed assignments'],
  ] as const;
  return counts.map(([count, what]) => `${count} ${what}`).join(', ');
}
