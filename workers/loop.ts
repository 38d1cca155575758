import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../platform/logging.ts';

/** Work that a pool does beside or instead of a task queue. `run` resolves once it was stopped and what it had begun is through. */
export type Loop = { readonly run: () => Promise<void>; readonly stop: () => void };

/** What is to be done now and then, after a round. */
type Chore = { readonly everyMilliseconds: number; readonly work: () => Promise<void> };

export type Rounds = {
  /** Tells whether the next round should follow at once, since there is more. */
  readonly round: () => Promise<boolean>;
  readonly chores?: readonly Chore[];
  /** The pause after a round that found little, or that failed. */
  readonly idleMilliseconds: number;
  /** The pause after one that failed, where that should be another. */
  readonly retryMilliseconds?: number;
  /** Logged, with the error, when a round or a chore fails: it is tried again. */
  readonly onFailure: string;
  readonly logger: Logger;
  readonly stopping: AbortSignal;
};

/**
 * Round after round until stopped. A round that fails keeps the chores waiting; one that was due and failed is due again
 * after its usual time, so that it cannot hold up the rounds.
 */
export async function loop({
  round,
  chores = [],
  idleMilliseconds,
  retryMilliseconds = idleMilliseconds,
  onFailure,
  logger,
  stopping,
}: Rounds): Promise<void> {
  const beganAt = new Map<Chore, number>();
  while (!stopping.aborted) {
    let more = false;
    let failed = true;
    try {
      more = await round();
      failed = false;
      for (const chore of chores) {
        if (Date.now() - (beganAt.get(chore) ?? 0) < chore.everyMilliseconds) continue;
        beganAt.set(chore, Date.now());
        await chore.work();
      }
    } catch (error) {
      logger.error({ err: error }, onFailure);
    }
    if (!more) await rest(failed ? retryMilliseconds : idleMilliseconds, stopping);
  }
}

/** Cut short when stopped. */
async function rest(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal: stopping }).catch(() => {});
}

/**
 * Tries at least once, and again until it works; undefined when it was stopped before that. `onFailure` hears of each try
 * that failed, and may throw where another one is of no use.
 */
export async function untilDone<Result>({
  work,
  onFailure,
  pauseMilliseconds,
  stopping,
}: {
  work: () => Promise<Result>;
  onFailure: (error: unknown, tries: number) => void;
  pauseMilliseconds: number;
  stopping: AbortSignal;
}): Promise<Result | undefined> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      onFailure(error, tries);
    }
    if (stopping.aborted) return undefined;
    await rest(pauseMilliseconds, stopping);
  }
}
