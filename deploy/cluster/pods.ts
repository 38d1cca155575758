import { setTimeout as pause } from 'node:timers/promises';
import { Failure } from '../../platform/failure.ts';
import type { Work } from '../engine/cache.ts';
import { MACHINES } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import { containerdOf } from './kubelet.ts';
import { RELEASE_NAMESPACE } from './release.ts';

/** Looking at the chart's pods. */

export type Pod = {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly deletionTimestamp?: string };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
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

const PATHS = {
  pods: `/api/v1/namespaces/${RELEASE_NAMESPACE}/pods`,
  deployments: `/apis/apps/v1/namespaces/${RELEASE_NAMESPACE}/deployments`,
  jobs: `/apis/batch/v1/namespaces/${RELEASE_NAMESPACE}/jobs`,
} as const;

async function listed<Item>({ ask }: Cluster, kind: keyof typeof PATHS, selector = ''): Promise<readonly Item[]> {
  return (await ask<{ items: readonly Item[] }>(`${PATHS[kind]}?labelSelector=${encodeURIComponent(selector)}`)).items;
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

/** API and pools, by name. */
export async function componentsOf(cluster: Cluster): Promise<readonly string[]> {
  const deployments = await listed<Deployment>(cluster, 'deployments');
  return [...new Set(deployments.map(({ metadata }) => metadata.labels[COMPONENT] ?? metadata.name))].toSorted((a, b) => a.localeCompare(b));
}

const VERSION = 'app.kubernetes.io/version';

/** Whether there is a pod of that build, be it on its way out. */
export async function hasPodsOf(cluster: Cluster, { component, buildId }: { component: string; buildId: string }): Promise<boolean> {
  return (await listed<Pod>(cluster, 'pods', `${COMPONENT}=${component},${VERSION}=${buildId}`)).length > 0;
}

/** Those that are not on their way out. */
export async function podsOf(cluster: Cluster, component: string): Promise<readonly Pod[]> {
  return (await listed<Pod>(cluster, 'pods', `${COMPONENT}=${component}`)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** Tells of each container of the API that runs, also of those that are on their way out, its process as the node counts them. */
export function apiProcesses(cluster: Cluster): () => Promise<readonly string[]> {
  let known = new Map<string, string>();
  return async () => {
    const pods = await listed<Pod>(cluster, 'pods', `${COMPONENT}=api`);
    const running = pods.flatMap(containersRunning);
    // Asking the node begins a program, and is done for new ones alone.
    if (running.some((id) => !known.has(id))) known = await processesOfContainers(cluster);
    return running.flatMap((id) => known.get(id) ?? []);
  };
}

export function containersRunning({ status }: Pod): readonly string[] {
  return (status.containerStatuses ?? []).flatMap(({ containerID, state }) =>
    containerID !== undefined && 'running' in state ? [containerID.replace('containerd://', '')] : [],
  );
}

/** By container, as the node counts them; of each machine that is up. */
export async function processesOfContainers({ node }: Cluster): Promise<Map<string, string>> {
  const tasks = Object.values(MACHINES).map((machine) =>
    node.run('ctr', ['--address', containerdOf(machine), '--connect-timeout', '2s', '--namespace', 'k8s.io', 'tasks', 'list']),
  );
  const lines = (await Promise.all(tasks)).flatMap(({ stdout }) => stdout.split('\n')).map((line) => line.trim().split(/\s+/));
  return new Map(lines.flatMap(([container = '', pid = '', status]) => (status === 'RUNNING' ? [[container, pid] as const] : [])));
}

/** By pool. */
export type Counts = Readonly<Record<string, number>>;

/** How many of each pool its deployments want, and how many of these are ready. */
export async function replicas(cluster: Cluster): Promise<{ readonly wanted: Counts; readonly ready: Counts }> {
  const [wanted, ready]: [Record<string, number>, Record<string, number>] = [{}, {}];
  for (const { metadata, spec, status } of await listed<Deployment>(cluster, 'deployments')) {
    const pool = metadata.labels[COMPONENT] ?? metadata.name;
    wanted[pool] = (wanted[pool] ?? 0) + spec.replicas;
    ready[pool] = (ready[pool] ?? 0) + (status.readyReplicas ?? 0);
  }
  return { wanted, ready };
}
