import { setTimeout as pause } from 'node:timers/promises';
import type { Work } from '../engine/cache.ts';
import type { Cluster } from './control-plane.ts';
import { replicas } from './pods.ts';

const EVERY_MILLISECONDS = 1000;

/** Replicas by pool. */
type Counts = Readonly<Record<string, number>>;

/** Looks at the pools each second while `use` goes on; answers the most of each that were wanted at once, too. */
export async function watchingScaling<Result>(
  cluster: Cluster,
  { signal }: Work,
  use: () => Promise<Result>,
): Promise<{ result: Result; replicasMost: Counts }> {
  const ended = new AbortController();
  const stop = AbortSignal.any([ended.signal, signal]);
  const watching = watch(cluster, stop);
  try {
    const result = await use();
    ended.abort();
    return { result, replicasMost: await watching };
  } finally {
    ended.abort();
    await watching.catch(() => undefined);
  }
}

async function watch(cluster: Cluster, stop: AbortSignal): Promise<Counts> {
  const most: Record<string, number> = {};
  while (!stop.aborted) {
    // A look that fails, such as one that is cut off, is one look less.
    const counts = await replicas(cluster).catch((): Counts => ({}));
    for (const [pool, count] of Object.entries(counts)) most[pool] = Math.max(most[pool] ?? 0, count);
    await pause(EVERY_MILLISECONDS, undefined, { signal: stop }).catch(() => undefined);
  }
  return most;
}
