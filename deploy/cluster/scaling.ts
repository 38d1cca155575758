import { setTimeout as pause } from 'node:timers/promises';
import type { Work } from '../engine/cache.ts';
import type { Cluster } from './control-plane.ts';
import { replicas, type Counts } from './pods.ts';
import { RELEASE_NAMESPACE } from './release.ts';

/** Looks at the pools again and again while something goes on. */

const EVERY_MILLISECONDS = 1000;

export type Look = {
  readonly atSeconds: number;
  /** By pool, as its deployment wants them, and of these the ready ones. */
  readonly wanted: Counts;
  readonly ready: Counts;
  /** Tasks that wait, by pool, as KEDA tells the autoscaler; empty where nobody asked for it. */
  readonly backlog: Counts;
};

type Watching = Pick<Work, 'signal'> & {
  /** Whether to ask KEDA too, which asks Temporal each time. */
  readonly backlog?: boolean;
};

/** Answers what `use` came to, and all that was seen meanwhile. */
export async function watchingScaling<Result>(
  cluster: Cluster,
  { signal, backlog = false }: Watching,
  use: () => Promise<Result>,
): Promise<{ result: Result; looks: readonly Look[] }> {
  const ended = new AbortController();
  const watching = watch(cluster, { signal: AbortSignal.any([ended.signal, signal]), backlog });
  try {
    const result = await use();
    ended.abort();
    return { result, looks: await watching };
  } finally {
    ended.abort();
    await watching.catch(() => undefined);
  }
}

/** The most of each pool that were wanted at once. */
export function mostOf(looks: readonly Look[], key: 'wanted' | 'ready' | 'backlog' = 'wanted'): Counts {
  const most: Record<string, number> = {};
  for (const look of looks) {
    for (const [pool, count] of Object.entries(look[key])) most[pool] = Math.max(most[pool] ?? 0, count);
  }
  return most;
}

async function watch(cluster: Cluster, { signal, backlog }: Required<Watching>): Promise<readonly Look[]> {
  const looks: Look[] = [];
  const startedAt = Date.now();
  while (!signal.aborted) {
    const atSeconds = (Date.now() - startedAt) / 1000;
    // A look that fails, such as one that is cut off, is one look less.
    const seen = await Promise.all([replicas(cluster), backlog ? waitingTasks(cluster) : {}]).catch(() => undefined);
    if (seen) looks.push({ atSeconds, ...seen[0], backlog: seen[1] });
    await pause(EVERY_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }
  return looks;
}

type Autoscaler = {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly metrics: readonly {
      readonly external?: {
        readonly metric: { readonly name: string; readonly selector: { readonly matchLabels: Readonly<Record<string, string>> } };
      };
    }[];
  };
};

async function waitingTasks({ ask }: Cluster): Promise<Counts> {
  const autoscalers = await ask<{ items: readonly Autoscaler[] }>(`/apis/autoscaling/v2/namespaces/${RELEASE_NAMESPACE}/horizontalpodautoscalers`);
  const metrics = autoscalers.items.flatMap(({ metadata, spec }) =>
    spec.metrics.flatMap(({ external }) => (external ? [{ pool: metadata.labels?.['app.kubernetes.io/component'] ?? '', ...external.metric }] : [])),
  );
  const counts: Record<string, number> = {};
  const asked = metrics.map(async ({ pool, name, selector }) => {
    const labels = Object.entries(selector.matchLabels).map(([label, value]) => `${label}=${value}`);
    const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${RELEASE_NAMESPACE}/${name}?labelSelector=${encodeURIComponent(labels.join(','))}`;
    // A build that never polled has no numbers.
    const { items } = await ask<{ items: readonly { value: string }[] }>(path).catch(() => ({ items: [] }));
    counts[pool] = items.reduce((sum, { value }) => sum + countOf(value), counts[pool] ?? 0);
  });
  await Promise.all(asked);
  return counts;
}

/** "1500m" is one and a half. */
function countOf(quantity: string): number {
  return quantity.endsWith('m') ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}
