import { describe, expect, it } from 'vitest';
import type { Cluster } from './control-plane.ts';
import { mostOf, watchingScaling } from './scaling.ts';

/** What is seen of the pools, against an API server whose answers are written down. */

const deployment = (name: string, pool: string, { wanted, ready }: { wanted: number; ready: number }) => ({
  metadata: { name, labels: { 'app.kubernetes.io/component': pool } },
  spec: { replicas: wanted },
  status: { readyReplicas: ready },
});

const autoscaler = (pool: string, metrics: readonly object[]) => ({
  metadata: { labels: { 'app.kubernetes.io/component': pool } },
  spec: { metrics },
});
const external = (name: string) => ({ external: { metric: { name, selector: { matchLabels: { 'scaledobject.keda.sh/name': name } } } } });

function clusterThat(answers: (path: string) => unknown): Cluster {
  return { ask: async (path: string) => answers(path) } as unknown as Cluster;
}

const working = clusterThat((path) => {
  if (path.includes('/deployments')) {
    return {
      items: [
        deployment('certification-a', 'certification', { wanted: 2, ready: 2 }),
        deployment('certification-b', 'certification', { wanted: 1, ready: 0 }),
        deployment('api', 'api', { wanted: 2, ready: 2 }),
      ],
    };
  }
  if (path.includes('/horizontalpodautoscalers')) {
    return { items: [autoscaler('certification', [external('a')]), autoscaler('certification', [external('b')]), autoscaler('api', [{}])] };
  }
  if (path.includes('/a?')) return { items: [{ value: '12' }] };
  if (path.includes('/b?')) return { items: [{ value: '1500m' }] };
  throw new Error(`404: ${path}`);
});

async function lookedAt(cluster: Cluster) {
  const signal = new AbortController().signal;
  const { result, looks } = await watchingScaling(
    cluster,
    { signal, backlog: true },
    () => new Promise((resolve) => setTimeout(resolve, 50, 'done')),
  );
  expect(result).toBe('done');
  return looks;
}

describe('watching pools', () => {
  it('counts the builds of a pool together, replicas and waiting tasks', async () => {
    const [look] = await lookedAt(working);
    expect(look).toMatchObject({ wanted: { certification: 3, api: 2 }, ready: { certification: 2, api: 2 }, backlog: { certification: 13.5 } });
  });

  it('goes on without the numbers of a build that never polled', async () => {
    const [look] = await lookedAt(clusterThat((path) => (path.includes('/b?') ? Promise.reject(new Error('404')) : working.ask(path))));
    expect(look?.backlog).toEqual({ certification: 12 });
  });

  it('takes an API server that is away for one look less', async () => {
    expect(await lookedAt(clusterThat(() => Promise.reject(new Error('ECONNREFUSED'))))).toEqual([]);
  });

  it('tells the most of each pool', () => {
    const look = (wanted: Readonly<Record<string, number>>) => ({ atSeconds: 0, wanted, ready: {}, backlog: {} });
    expect(mostOf([look({ a: 1, b: 4 }), look({ a: 3 }), look({ b: 2, c: 1 })])).toEqual({ a: 3, b: 4, c: 1 });
  });
});
