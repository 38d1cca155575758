import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { stringify } from 'yaml';
import { createToolbox, toolsBin } from '../../local/tools/install.ts';
import type { Work } from '../engine/cache.ts';
import type { Engine } from '../engine/engine.ts';
import { builtJudges, definitionsOfMonitors, type Judges } from './addon-programs.ts';
import { imageOf, importProgramImages } from './addons.ts';
import { MACHINES, NODE, PORTS } from './addresses.ts';
import type { Cluster } from './control-plane.ts';
import { RELEASE_NAMESPACE } from './release.ts';
import { scrapeConfigs, targetsOf, type PodMonitor, type ServiceMonitor, type TargetFiles } from './scrape-configuration.ts';

/** What judges a release: Argo Rollouts' controller in a pod, and Prometheus, which reads what the chart's monitors and rules say. */

const MONITORING = 'monitoring';
const ROLLOUTS = 'argo-rollouts';
const READY_SECONDS = 300;
const TELL_MILLISECONDS = 2000;

export async function readyJudges(work: Work): Promise<Judges> {
  await createToolbox(work).ensure('prometheus');
  return builtJudges(work);
}

/** For as long as `use` takes: their definitions, and Argo Rollouts. The definitions stay. */
export async function withJudges<Result>(engine: Engine, cluster: Cluster, work: Work, use: () => Promise<Result>): Promise<Result> {
  const { kubectl } = cluster;
  const { 'rollouts-controller': rollouts } = await readyJudges(work);
  await importProgramImages(engine, cluster, { programs: [rollouts], machine: MACHINES.node0 });
  try {
    await kubectl(['apply', '--server-side', '--filename', await definitionsOfMonitors(work)], { timeoutSeconds: READY_SECONDS });
    await kubectl(['create', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: SERVICE }) });
    await startRollouts(cluster, rollouts);
    work.log('Argo Rollouts: at work');
    return await use();
  } finally {
    await kubectl(['delete', 'namespace', MONITORING, ROLLOUTS, '--wait=false', '--ignore-not-found']).catch(() => undefined);
  }
}

/** As its authors configure it, with the image that lies on the node. */
async function startRollouts({ kubectl }: Cluster, { name, source }: Judges['rollouts-controller']): Promise<void> {
  const inNamespace = `--namespace=${ROLLOUTS}`;
  const deployment = [inNamespace, 'deployment/argo-rollouts'];
  await kubectl(['create', 'namespace', ROLLOUTS]);
  await kubectl(['apply', '--server-side', inNamespace, '-f', join(source, 'manifests', 'install.yaml')], { timeoutSeconds: READY_SECONDS });
  const pod = {
    // Its image's own user.
    securityContext: { runAsUser: 999 },
    containers: [{ name: 'argo-rollouts', image: imageOf(name), imagePullPolicy: 'IfNotPresent' }],
  };
  await kubectl(['patch', ...deployment, '--patch', JSON.stringify({ spec: { template: { spec: pod } } })]);
  await kubectl(['rollout', 'status', ...deployment, `--timeout=${READY_SECONDS}s`], { timeoutSeconds: READY_SECONDS + 30 });
}

type PrometheusRule = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly groups: readonly { readonly rules: readonly object[] }[] };
};

/**
 * On the node, with what the chart, which is installed, says of whom to ask and what to make of it. Answers how many rules these are. Debian's is built
 * without Kubernetes' discovery, so who there is is told to it by files.
 */
export async function startPrometheus({ cluster, signal }: Work & { cluster: Cluster }): Promise<{ rules: number; stop: () => Promise<void> }> {
  const { node, directory } = cluster;
  const at = (file: string) => join(directory, 'prometheus', file);
  await mkdir(at(''), { recursive: true });
  const rules = await monitoringOf<PrometheusRule>(cluster, 'prometheusrules');
  for (const { metadata, spec } of rules) await writeFile(at(`rules-${metadata.name}.yaml`), stringify(spec));
  const files: TargetFiles = { endpoints: at('endpoints.json'), pod: at('pods.json') };
  const [services, pods] = [await monitoringOf<ServiceMonitor>(cluster, 'servicemonitors'), await monitoringOf<PodMonitor>(cluster, 'podmonitors')];
  const scraped = { rule_files: [at('rules-*.yaml')], scrape_configs: scrapeConfigs({ services, pods, files }) };
  await writeFile(at('prometheus.yaml'), stringify({ global: { evaluation_interval: '30s' }, ...scraped }));
  await tellTargets(cluster, files);
  const ended = new AbortController();
  const telling = tellingTargets(cluster, { files, signal: AbortSignal.any([ended.signal, signal]) });
  const prometheus = await node.start({
    name: 'prometheus',
    command: join(toolsBin(), 'prometheus'),
    args: [`--config.file=${at('prometheus.yaml')}`, `--storage.tsdb.path=${at('data')}`, `--web.listen-address=${NODE.address}:${PORTS.prometheus}`],
    isReady: () => node.listensOn(PORTS.prometheus),
  });
  const stop = async () => {
    ended.abort();
    await telling;
    await prometheus.stop();
  };
  return { rules: rules.flatMap(({ spec }) => spec.groups.flatMap((group) => group.rules)).length, stop };
}

async function monitoringOf<Item>({ ask }: Cluster, kind: string): Promise<readonly Item[]> {
  return (await ask<{ items: readonly Item[] }>(`/apis/monitoring.coreos.com/v1/namespaces/${RELEASE_NAMESPACE}/${kind}`)).items;
}

async function tellTargets({ ask }: Cluster, files: TargetFiles): Promise<void> {
  const of = async <Item>(kind: string) => (await ask<{ items: readonly Item[] }>(`/api/v1/namespaces/${RELEASE_NAMESPACE}/${kind}`)).items;
  const targets = targetsOf({ pods: await of('pods'), services: await of('services') });
  for (const role of ['endpoints', 'pod'] as const) {
    // Prometheus reads it at any moment.
    await writeFile(`${files[role]}.new`, JSON.stringify(targets[role]));
    await rename(`${files[role]}.new`, files[role]);
  }
}

async function tellingTargets(cluster: Cluster, { files, signal }: { files: TargetFiles; signal: AbortSignal }): Promise<void> {
  while (!signal.aborted) {
    await pause(TELL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
    // The next one is soon.
    await tellTargets(cluster, files).catch(() => undefined);
  }
}

/** By which pods ask the one on the node. */
const SERVICE = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: MONITORING } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'prometheus', namespace: MONITORING },
    spec: { ports: [{ name: 'http', port: PORTS.prometheus }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'prometheus', namespace: MONITORING },
    subsets: [{ addresses: [{ ip: NODE.address }], ports: [{ name: 'http', port: PORTS.prometheus }] }],
  },
];

type Answer<Data> = { readonly status: string; readonly data: Data };

/** Asks Prometheus' API, from the node: the API server's door to a Service leads to pods alone. */
export async function askPrometheus<Data>({ node }: Cluster, path: string): Promise<Data> {
  const url = `http://${NODE.address}:${PORTS.prometheus}/api/v1/${path}`;
  return (JSON.parse(await node.says('curl', ['--silent', '--fail', '--globoff', url])) as Answer<Data>).data;
}
