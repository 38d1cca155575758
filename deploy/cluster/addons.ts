import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Work } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import type { Addon, Addons } from './addon-programs.ts';
import { MACHINES, NODE, type Machine } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import { containers } from './kubelet.ts';
import { until } from './node.ts';

/** Names, metrics and NetworkPolicies, as a provider's cluster has them before a chart comes. */

const COREDNS = fileURLToPath(new URL('coredns/coredns.yaml', import.meta.url));
const POLICIES_RIGHTS = fileURLToPath(new URL('network-policies/rights.yaml', import.meta.url));
const READY_SECONDS = 120;
/** Those that run in pods. */
const IN_PODS = ['coredns', 'metrics-server'] as const;

export async function startAddons(engine: Engine, cluster: Cluster, { addons, ...work }: Work & { addons: Addons }): Promise<void> {
  await startPolicies(cluster, addons);
  await importAddonImages(engine, cluster, { addons, machine: MACHINES.node0 });
  await cluster.kubectl(['apply', '-f', COREDNS]);
  await startMetricsServer(cluster, addons['metrics-server']);
  await untilServed(cluster, work);
  work.log('CoreDNS, the metrics server and the controller of NetworkPolicies: at work');
}

export async function importAddonImages(engine: Engine, cluster: Cluster, { addons, machine }: { addons: Addons; machine: Machine }): Promise<void> {
  await importProgramImages(engine, cluster, { programs: IN_PODS.map((name) => addons[name]), machine });
}

type Program = Pick<Addon, 'name' | 'program'>;

/** Each an image of one program: their authors publish images alone. */
export async function importProgramImages(
  engine: Engine,
  cluster: Cluster,
  { programs, machine }: { programs: readonly Program[]; machine: Machine },
): Promise<void> {
  const archive = join(cluster.directory, 'addons.tar');
  for (const program of programs) await buildImage(engine, cluster, program);
  await engine.dockerSays(['save', '--output', archive, ...programs.map(({ name }) => imageOf(name))]);
  await containers(cluster, machine)(['images', 'import', archive]);
  await rm(archive);
}

export function imageOf(name: string): string {
  return `registry.example.org/${name}:1`;
}

async function buildImage(engine: Engine, { directory }: Cluster, { name, program }: Program): Promise<void> {
  const context = await mkdtemp(join(directory, 'addon-'));
  try {
    await cp(program, join(context, name), { dereference: true });
    const lines = ['FROM debian:bookworm-slim', `COPY ${name} /bin/${name}`, `ENTRYPOINT ["${name}"]`, ''];
    await writeFile(join(context, 'Dockerfile'), lines.join('\n'));
    await engine.dockerSays(['build', '--quiet', '--tag', imageOf(name), context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** On the node, where whatever has a way to its packet rules must run anyway. It lets the node reach its own pods, for their probes. */
async function startPolicies({ node, kubectl, credentials }: Cluster, addons: Addons): Promise<void> {
  await kubectl(['apply', '-f', POLICIES_RIGHTS]);
  await node.start({
    name: 'network-policies',
    command: addons['network-policies'].program,
    args: [
      `--kubeconfig=${credentials.kubeconfig('policies')}`,
      `--hostname-override=${MACHINES.node0.name}`,
      `--service-cluster-ip-range=${NODE.services}`,
      '--enable-ipv6=false',
    ],
    isReady: async () => (await node.run('iptables', ['--list', 'KUBE-ROUTER-FORWARD', '--numeric'])).code === 0,
  });
}

/** As its authors configure it; kubelets' certificates are of our authority, which every namespace is told. */
async function startMetricsServer({ kubectl }: Cluster, { source, name }: Addon): Promise<void> {
  const base = join(source, 'manifests', 'base');
  const read = (file: string) => readFile(join(base, file), 'utf8');
  for (const file of ['rbac.yaml', 'apiservice.yaml']) await kubectl(['apply', '-f', join(base, file)]);
  const [deployment, service] = [parse(await read('deployment.yaml')) as Deployment, parse(await read('service.yaml')) as Service];
  const labels = { 'k8s-app': name };
  const [container] = deployment.spec.template.spec.containers;
  container.image = imageOf('metrics-server');
  container.args.push('--kubelet-certificate-authority=/authority/ca.crt');
  container.resources = { requests: { cpu: '10m', memory: '50Mi' } };
  container.volumeMounts.push({ name: 'authority', mountPath: '/authority' });
  deployment.spec.template.spec.volumes.push({ name: 'authority', configMap: { name: 'kube-root-ca.crt' } });
  deployment.spec.template.metadata = { labels };
  deployment.spec.selector = { matchLabels: labels };
  service.spec.selector = labels;
  await kubectl(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [deployment, service] }) });
}

type Deployment = {
  spec: {
    selector?: object;
    template: { metadata?: object; spec: { volumes: object[]; containers: [Container, ...Container[]] } };
  };
};
type Container = { image: string; args: string[]; resources: object; volumeMounts: object[] };
type Service = { spec: { selector?: object } };

async function untilServed({ node, kubectl, ask }: Cluster, { signal }: Pick<Work, 'signal'>): Promise<void> {
  const wait = { seconds: READY_SECONDS, signal };
  const name = 'kubernetes.default.svc.cluster.local';
  await until(`names are answered`, async () => (await node.run('getent', ['hosts', name])).code === 0, wait);
  const hasNumbers = async () => (await ask<{ items: readonly object[] }>('/apis/metrics.k8s.io/v1beta1/nodes')).items.length > 0;
  await until('the metrics server has numbers', () => hasNumbers().catch(() => false), wait).catch(async (error: unknown) => {
    throw new Error(await kubectl(['--namespace', 'kube-system', 'get', 'pods,events']), { cause: error });
  });
}
