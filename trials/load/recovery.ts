/** How long things take to be as they were. Times are seconds of one clock. */

export type AgeSample = { readonly at: number; readonly seconds: number };

export type Recovery = {
  /** Half as much again as the greatest age before the kill, which is seen for some seconds only: up to that all is normal. */
  readonly normalSeconds: number;
  /** The greatest after it. */
  readonly worstSeconds: number;
  /** From the kill until the age is normal and stays so; undefined where that never came. */
  readonly recoveredAfterSeconds: number | undefined;
};

/** Below it nobody notices a difference, however calm it was before. */
const NOTICED_SECONDS = 2;
const TOLERANCE = 1.5;

/** `holdSeconds`: so long it must stay normal, to the last sample. */
export function recoveryOf(samples: readonly AgeSample[], { killedAt, holdSeconds }: { killedAt: number; holdSeconds: number }): Recovery {
  const before = samples.filter(({ at }) => at <= killedAt);
  const after = samples.filter(({ at }) => at > killedAt);
  const greatest = (some: readonly AgeSample[]) => Math.max(0, ...some.map(({ seconds }) => seconds));
  const normalSeconds = Math.max(greatest(before) * TOLERANCE, NOTICED_SECONDS);
  const lastAbove = after.findLast(({ seconds }) => seconds > normalSeconds);
  const normalFrom = lastAbove ? after.find(({ at }) => at > lastAbove.at) : after[0];
  const heldSeconds = (after.at(-1)?.at ?? 0) - (normalFrom?.at ?? Infinity);
  const isNormal = normalFrom !== undefined && heldSeconds >= holdSeconds;
  return {
    normalSeconds,
    worstSeconds: greatest(after),
    recoveredAfterSeconds: !isNormal ? undefined : lastAbove ? normalFrom.at - killedAt : 0,
  };
}

export type CountSample = { readonly at: number; readonly count: number };

/** How many a second a backlog lost between nine tenths and one tenth of its beginning; undefined where it did not fall so far. */
export function drainRate(samples: readonly CountSample[]): number | undefined {
  const most = samples[0]?.count ?? 0;
  const from = samples.findLast(({ count }) => count >= most * 0.9);
  const to = samples.find(({ count }) => count <= most * 0.1);
  if (most === 0 || !from || !to || to.at <= from.at) return undefined;
  return (from.count - to.count) / (to.at - from.at);
}
