import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ManagedProcess } from '../../local/process.ts';
import type { Addons } from './addon-programs.ts';
import type { Cluster } from './control-plane.ts';

/** Nodes without machines: everything of Kubernetes treats them as nodes, and KWOK says of their pods what a kubelet would say. No pod runs. */

const KIND = 'kwok.x-k8s.io/node';
const ZONES = ['a', 'b', 'c'] as const;
const ROOM = { cpu: '4', memory: '15Gi', pods: '58' };
const LABELS = { 'node.kubernetes.io/instance-type': 'kwok' };
const SELECTOR = Object.entries(LABELS)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');
const STAGES = ['node/fast/node-initialize', 'node/heartbeat/node-heartbeat', 'pod/fast/pod-complete', 'pod/fast/pod-delete'];
const READY = 'pod/fast/pod-ready';

/** What makes the pods of a namespace go to these nodes, and others not. */
export const ONTO_KWOK = {
  'scheduler.alpha.kubernetes.io/node-selector': SELECTOR,
  'scheduler.alpha.kubernetes.io/defaultTolerations': JSON.stringify([{ key: KIND, operator: 'Exists', effect: 'NoSchedule' }]),
};

type Options = { readonly addons: Addons; readonly nodes: number; readonly podReadySeconds: number };

/** For as long as `use` takes, in three zones. A pod is ready so long after it was placed. */
export async function withKwokNodes<Result>(
  cluster: Cluster,
  { addons: { kwok }, nodes, podReadySeconds }: Options,
  use: (names: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const all = Array.from({ length: nodes }, (_, index) => nodeOf(index));
  let simulator: ManagedProcess | undefined;
  try {
    await cluster.kubectl(['create', '-f', '-'], { input: listOf(all), timeoutSeconds: 300 });
    simulator = await startKwok(cluster, { ...kwok, podReadySeconds });
    return await use(all.map(({ metadata }) => metadata.name));
  } finally {
    await cluster.kubectl(['delete', 'nodes', '--selector', SELECTOR, '--wait=false'], { timeoutSeconds: 300 }).catch(() => undefined);
    await simulator?.stop();
  }
}

export async function zoneGone(cluster: Cluster, zone: (typeof ZONES)[number]): Promise<void> {
  const selector = `${SELECTOR},topology.kubernetes.io/zone=${zone}`;
  await cluster.kubectl(['delete', 'nodes', '--selector', selector, '--wait=false'], { timeoutSeconds: 300 });
}

/** Of a node of that name, which says it itself. */
export function zoneOf(name: string): string {
  return name.split('-').at(-1) ?? '';
}

function nodeOf(index: number) {
  const zone = ZONES[index % ZONES.length] ?? ZONES[0];
  const name = `kwok-${index}-${zone}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: { [KIND]: 'fake' },
      labels: { ...LABELS, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': zone },
    },
    spec: { taints: [{ key: KIND, value: 'fake', effect: 'NoSchedule' }] },
    status: { capacity: ROOM, allocatable: ROOM, phase: 'Running' },
  };
}

type Stage = { readonly spec: { readonly selector: { readonly matchExpressions: readonly Expression[] } } };
type Expression = { readonly key: string; readonly operator: string; readonly values?: readonly string[] };

/** Also again, as a kubelet says it: Kubernetes calls all pods of a node not ready whose heartbeat was late. Exported for its test. */
export function readyAfter(stage: string, seconds: number): Stage & { readonly spec: { readonly delay: object } } {
  const { spec, ...rest } = parse(stage) as Stage;
  const matchExpressions = spec.selector.matchExpressions.map((expression) =>
    expression.key === '.status.phase' ? { ...expression, values: ['Pending', 'Running'] } : expression,
  );
  return { ...rest, spec: { ...spec, selector: { matchExpressions }, delay: { durationMilliseconds: seconds * 1000 } } };
}

export function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

type Kwok = { readonly program: string; readonly source: string; readonly podReadySeconds: number };

async function startKwok({ node, credentials, directory }: Cluster, { program, source, podReadySeconds }: Kwok): Promise<ManagedProcess> {
  const at = (stage: string) => join(source, 'kustomize', 'stage', `${stage}.yaml`);
  const ready = readyAfter(await readFile(at(READY), 'utf8'), podReadySeconds);
  const slower = join(directory, 'pod-ready.yaml');
  await writeFile(slower, stringify(ready));
  return node.start({
    name: 'kwok',
    command: program,
    args: [
      `--kubeconfig=${credentials.kubeconfig('admin')}`,
      '--manage-all-nodes=false',
      `--manage-nodes-with-annotation-selector=${KIND}=fake`,
      // Patches of their state instead: a lease that was written on a busy machine is in the way of the next.
      '--node-lease-duration-seconds=0',
      // Addresses that nobody has.
      '--cidr=10.246.0.0/16',
      '--node-ip=10.247.0.1',
      '--server-address=127.0.0.1:10247',
      ...[...STAGES.map(at), slower].map((file) => `--config=${file}`),
    ],
    isReady: () => node.listensOn(10_247),
  });
}
