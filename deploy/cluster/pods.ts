import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../platform/failure.ts';
import type { Work } from '../engine/cache.ts';
import { CONTAINERD, type Cluster } from './control-plane.ts';
import { RELEASE_NAMESPACE } from './release.ts';

/** Looking at the chart's pods. */

type Pod = {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly deletionTimestamp?: string };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly {
      readonly containerID?: string;
      readonly ready: boolean;
      readonly restartCount: number;
      readonly state: object;
    }[];
  };
};
type Deployment = {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly readyReplicas?: number; readonly updatedReplicas?: number; readonly replicas?: number };
};

const COMPONENT = 'app.kubernetes.io/component';

async function listed<Item>({ kubectl }: Cluster, kind: string, ...selector: readonly string[]): Promise<readonly Item[]> {
  return (JSON.parse(await kubectl(['--namespace', RELEASE_NAMESPACE, 'get', kind, '--output', 'json', ...selector])) as { items: readonly Item[] })
    .items;
}

/** Until each deployment has the replicas that it wants, each of them ready and of the newest template, and each job is done. */
export async function untilPodsReady(cluster: Cluster, { seconds, signal, log }: Work & { seconds: number }): Promise<void> {
  const giveUpAt = Date.now() + seconds * 1000;
  for (;;) {
    const deployments = await listed<Deployment>(cluster, 'deployments');
    const waiting = deployments.filter(
      ({ spec, status }) => status.readyReplicas !== spec.replicas || status.updatedReplicas !== spec.replicas || status.replicas !== spec.replicas,
    );
    const jobs = await listed<{ metadata: { name: string }; status: { succeeded?: number } }>(cluster, 'jobs');
    const undone = jobs.filter(({ status }) => status.succeeded !== 1);
    if (deployments.length > 0 && waiting.length === 0 && undone.length === 0) return;
    if (Date.now() > giveUpAt) {
      await tellPods(cluster, log);
      throw new Failure(`not ready within ${seconds} s: ${[...waiting, ...undone].map(({ metadata }) => metadata.name).join(', ')}`);
    }
    await pause(1000, undefined, { signal });
  }
}

/** For a person who looks for what is wrong. */
async function tellPods({ kubectl }: Cluster, log: (line: string) => void): Promise<void> {
  const namespace = ['--namespace', RELEASE_NAMESPACE];
  log(await kubectl([...namespace, 'get', 'pods,jobs,hpa', '--output', 'wide']).catch(String));
  log(await kubectl([...namespace, 'get', 'events', '--sort-by=.lastTimestamp']).catch(String));
}

/** Of each container of the API that runs, as its node counts them. */
export async function apiProcesses(cluster: Cluster): Promise<readonly string[]> {
  const pods = await listed<Pod>(cluster, 'pods', '--selector', `${COMPONENT}=api`);
  const containers = new Set(
    pods.flatMap(({ status }) => (status.containerStatuses ?? []).flatMap(({ containerID }) => containerID?.replace('containerd://', '') ?? [])),
  );
  const tasks = await cluster.node.says('ctr', ['--address', CONTAINERD, '--namespace', 'k8s.io', 'tasks', 'list']);
  return tasks.split('\n').flatMap((line) => {
    const [container = '', pid = '', status] = line.trim().split(/\s+/);
    return containers.has(container) && status === 'RUNNING' ? [pid] : [];
  });
}

/** How many of each pool there are, by name, as its deployment wants them. */
export async function replicas(cluster: Cluster): Promise<Readonly<Record<string, number>>> {
  const deployments = await listed<Deployment>(cluster, 'deployments');
  const counts: Record<string, number> = {};
  for (const { metadata, spec } of deployments) {
    const pool = metadata.labels[COMPONENT] ?? metadata.name;
    counts[pool] = (counts[pool] ?? 0) + spec.replicas;
  }
  return counts;
}
