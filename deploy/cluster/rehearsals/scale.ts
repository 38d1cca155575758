import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pMap from 'p-map';
import { parse } from 'yaml';
import { toolsBin } from '../../../local/tools/install.ts';
import { describeFailure, Failure } from '../../../platform/failure.ts';
import { seconds } from '../../engine/build.ts';
import type { Cluster } from '../control-plane.ts';
import { until } from '../node.ts';
import { listOf, ONTO_KWOK, withKwokNodes, zoneGone, zoneOf } from '../kwok.ts';
import { CHART, REPOSITORY } from '../release.ts';
import type { Stage } from '../stage.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';
import { spreadOf, type Placed, type Spread } from './spread.ts';

/**
 * The production chart at ten and a hundred times its replicas on nodes without machines: whether all of it finds a place, how it lies over zones, what a
 * drain, a zone that is lost and a quota do. No pod runs, and nobody is in it.
 */

const NAMESPACE = 'at-scale';
const PRODUCTION = fileURLToPath(new URL('../../environments/aws-production.yaml', import.meta.url));
/** Enough that two of three zones hold all of it. */
const SCALES = [
  { times: 10, nodes: 30 },
  { times: 100, nodes: 270 },
] as const;
const ZONES = ['a', 'b', 'c'];
const POD_READY_SECONDS = 5;
/** KWOK speaks for each of two thousand pods, and a machine that others use as well lets it do so seldom. */
const READY_SECONDS = 1800;
const DRAIN_SECONDS = 1800;
/** `kubectl`s at once. */
const AT_ONCE = 10;
const LOOK_MILLISECONDS = 250;

export const scale: Rehearsal = { name: 'scale', play };

async function play(stage: Stage): Promise<Outcome> {
  const shown: Record<string, object> = {};
  for (const size of SCALES) shown[`${size.times} times`] = await playedAt(stage, size);
  return { requests: 0, requestsFailed: 0, answersLost: 0, shown };
}

type Size = (typeof SCALES)[number];

async function playedAt(stage: Stage, { times, nodes }: Size): Promise<object> {
  const { cluster, addons, log } = stage;
  return withKwokNodes(cluster, { addons, nodes, podReadySeconds: POD_READY_SECONDS }, async (names) => {
    try {
      await makeNamespace(cluster);
      const ready = await installed(stage, times);
      const spread = await spreadOver(cluster);
      const worst = worstOf(spread);
      log(`${times} times: ${ready.pods} pods on ${nodes} nodes, all ready after ${ready.seconds} s; zones differ by ${worst.zonesDiffer} at most`);
      const drained = await drain(stage, names.slice(0, nodes / 10));
      log(`${times} times: ${drained.nodes} nodes drained at once in ${drained.seconds} s, ${drained.refusals} evictions put off by a budget`);
      const zoneLost = await loseZone(stage);
      log(`${times} times: a zone lost, all ready again after ${zoneLost.seconds} s`);
      const quota = await quotaHolds(stage);
      return { nodes, ...ready, spread: worst, drained, zoneLost, quota };
    } finally {
      await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']).catch(() => undefined);
      // What went wrong before is what is told.
      await gone(stage).catch((error: unknown) => log(`what was made at ${times} times is not gone: ${describeFailure(error)}`));
    }
  });
}

async function makeNamespace({ kubectl }: Cluster): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, annotations: ONTO_KWOK, labels } };
  await kubectl(['create', '-f', '-'], { input: listOf([namespace]) });
}

/** A namespace that is on its way out takes nothing new. */
async function gone({ cluster, signal }: Stage): Promise<void> {
  const isThere = async () => (await cluster.kubectl(['get', 'namespace', NAMESPACE, '--ignore-not-found'])) !== '';
  // Nobody finishes the pods of nodes that are gone.
  await cluster.kubectl(['--namespace', NAMESPACE, 'delete', 'pods', '--all', '--force', '--grace-period=0', '--wait=false'], {
    timeoutSeconds: READY_SECONDS,
  });
  while (await isThere()) await pause(1000, undefined, { signal });
}

// The chart

type ChartValues = {
  readonly api: { readonly scaling: { readonly min: number } };
  readonly poolDefaults: { readonly scaling: { readonly min: number } };
  readonly pools: Readonly<Record<string, { readonly scaling?: { readonly min?: number } }>>;
};

async function installed(stage: Stage, times: number): Promise<{ pods: number; seconds: number }> {
  const { cluster, image } = stage;
  const startedAt = Date.now();
  const chart = parse(await readFile(join(CHART, 'values.yaml'), 'utf8')) as ChartValues;
  const scaling = (min: number) => ({ scaling: { min: min * times, max: 1000 } });
  const values = {
    image: { repository: REPOSITORY, digest: image.digest },
    buildId: image.buildId,
    // Nothing of it is there: replicas stay as they are said, and the way in is closed.
    autoscaling: { enabled: false },
    monitoring: { enabled: false },
    edge: { kind: 'none' },
    jobs: { migrate: { enabled: false }, promote: { enabled: false } },
    api: { ...scaling(chart.api.scaling.min), rollout: { enabled: false } },
    pools: Object.fromEntries(Object.entries(chart.pools).map(([pool, own]) => [pool, scaling(own.scaling?.min ?? chart.poolDefaults.scaling.min)])),
  };
  const target = [`--kubeconfig=${cluster.credentials.kubeconfig('admin')}`, `--namespace=${NAMESPACE}`, `--values=${PRODUCTION}`, '--values=-'];
  await cluster.node.says(join(toolsBin(), 'helm'), ['install', 'certifiable', CHART, ...target], {
    input: JSON.stringify(values),
    timeoutSeconds: READY_SECONDS,
  });
  const pods = await untilReady(stage);
  return { pods, seconds: seconds(startedAt) };
}

type Deployment = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly readyReplicas?: number };
};

async function deployments({ ask }: Cluster): Promise<readonly Deployment[]> {
  return (await ask<{ items: readonly Deployment[] }>(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`)).items;
}

/** Answers how many pods there are. */
async function untilReady({ cluster, signal }: Stage): Promise<number> {
  const giveUpAt = Date.now() + READY_SECONDS * 1000;
  for (;;) {
    const all = await deployments(cluster);
    const waiting = all.filter(({ spec, status }) => (status.readyReplicas ?? 0) !== spec.replicas);
    if (waiting.length === 0) return all.reduce((sum, { spec }) => sum + spec.replicas, 0);
    if (Date.now() > giveUpAt) throw new Failure(`not ready within ${READY_SECONDS} s: ${waiting.map(({ metadata }) => metadata.name).join(', ')}`);
    await pause(1000, undefined, { signal });
  }
}

// How it lies

type Pod = {
  readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
};

async function spreadOver({ ask }: Cluster): Promise<Readonly<Record<string, Spread>>> {
  const { items } = await ask<{ items: readonly Pod[] }>(`/api/v1/namespaces/${NAMESPACE}/pods`);
  const placed = items.flatMap(({ metadata, spec }): Placed[] =>
    spec.nodeName === undefined || metadata.deletionTimestamp !== undefined
      ? []
      : [{ component: metadata.labels['app.kubernetes.io/component'] ?? '', node: spec.nodeName }],
  );
  return spreadOf(placed, ZONES);
}

/** Throws where a zone that is lost would take more than its share of a component. */
function worstOf(spread: Readonly<Record<string, Spread>>): Omit<Spread, 'pods'> {
  const uneven = Object.entries(spread).filter(([, { pods, zonesDiffer }]) => zonesDiffer > Math.max(1, pods / 10));
  if (uneven.length > 0) throw new Failure(`lie unevenly over the zones: ${JSON.stringify(Object.fromEntries(uneven))}`);
  const all = Object.values(spread);
  return { zonesDiffer: Math.max(...all.map(({ zonesDiffer }) => zonesDiffer)), nodeMost: Math.max(...all.map(({ nodeMost }) => nodeMost)) };
}

// What happens to it

type Budget = {
  readonly metadata: { readonly name: string };
  readonly status: { readonly currentHealthy: number; readonly desiredHealthy: number; readonly disruptionsAllowed: number };
};

async function budgetsOf({ ask }: Cluster): Promise<readonly Budget[]> {
  return (await ask<{ items: readonly Budget[] }>(`/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`)).items;
}

/** They are counted a while after pods are ready. */
async function untilBudgetsCounted({ cluster, signal }: Stage): Promise<void> {
  const areCounted = async () => (await budgetsOf(cluster)).every(({ status }) => status.disruptionsAllowed > 0);
  await until('budgets allow a pod each', areCounted, { seconds: READY_SECONDS, signal });
}

/** By `kubectl drain`, as many at once as a provider does that renews a group of nodes. Throws when a budget was not kept. */
async function drain(stage: Stage, nodes: readonly string[]): Promise<{ nodes: number; seconds: number; refusals: number; leastHealthy: number }> {
  const { cluster } = stage;
  await untilBudgetsCounted(stage);
  const startedAt = Date.now();
  const kubeconfig = cluster.credentials.kubeconfig('admin');
  const args = ['--kubeconfig', kubeconfig, 'drain', '--delete-emptydir-data', '--ignore-daemonsets', `--timeout=${DRAIN_SECONDS}s`];
  const ended = new AbortController();
  const watching = leastHealthy(cluster, AbortSignal.any([ended.signal, stage.signal]));
  const said = await pMap(nodes, (node) => cluster.node.run('kubectl', [...args, node], { timeoutSeconds: DRAIN_SECONDS + 30 }), {
    concurrency: AT_ONCE,
  }).finally(() => ended.abort());
  const failed = said.find(({ code }) => code !== 0);
  if (failed) throw new Failure(`a node was not drained: ${failed.stderr.slice(-2000)}`);
  const took = seconds(startedAt);
  const { unkept, least } = await watching;
  if (unkept.size > 0) throw new Failure(`fewer were healthy than the budget says: ${[...unkept].join(', ')}`);
  await untilReady(stage);
  // As the new ones that come in their place: without them a zone less is too little room.
  await cluster.kubectl(['uncordon', ...nodes], { timeoutSeconds: READY_SECONDS });
  return { nodes: nodes.length, seconds: took, refusals: said.reduce((sum, run) => sum + refusalsIn(run), 0), leastHealthy: least };
}

function refusalsIn({ stderr }: { stderr: string }): number {
  return stderr.split('\n').filter((line) => line.includes('violate the pod')).length;
}

/** Budgets of which fewer pods were healthy than they say, and the least share of a component's pods that was. */
async function leastHealthy(cluster: Cluster, signal: AbortSignal): Promise<{ unkept: ReadonlySet<string>; least: number }> {
  const unkept = new Set<string>();
  let least = 1;
  while (!signal.aborted) {
    for (const { metadata, status } of await budgetsOf(cluster)) {
      if (status.currentHealthy < status.desiredHealthy) unkept.add(`${metadata.name} (${status.currentHealthy} of ${status.desiredHealthy})`);
    }
    for (const { spec, status } of await deployments(cluster)) least = Math.min(least, (status.readyReplicas ?? 0) / spec.replicas);
    await pause(LOOK_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }
  return { unkept, least: Math.round(least * 100) / 100 };
}

/** Its machines are gone at once, and whatever was on them. */
async function loseZone(stage: Stage): Promise<{ seconds: number; podsLost: number }> {
  const { cluster, signal } = stage;
  const startedAt = Date.now();
  const podsThere = async () => {
    const { items } = await cluster.ask<{ items: readonly Pod[] }>(`/api/v1/namespaces/${NAMESPACE}/pods`);
    return items.filter(({ spec }) => spec.nodeName !== undefined && zoneOf(spec.nodeName) === 'a').length;
  };
  const podsLost = await podsThere();
  await zoneGone(cluster, 'a');
  const giveUpAt = Date.now() + READY_SECONDS * 1000;
  // Kubernetes notices after a while that their nodes are gone: until then they count as ready.
  while ((await podsThere()) > 0) {
    if (Date.now() > giveUpAt) throw new Failure(`pods of a lost zone are there after ${READY_SECONDS} s`);
    await pause(1000, undefined, { signal });
  }
  await untilReady(stage);
  return { seconds: seconds(startedAt), podsLost };
}

/** One pool wants more than the namespace may have: it gets that, is told why no more, and nobody else loses a pod. */
async function quotaHolds({ cluster, signal }: Stage): Promise<{ said: string }> {
  const { kubectl } = cluster;
  const inNamespace = ['--namespace', NAMESPACE];
  const now = (await deployments(cluster)).reduce((sum, { spec }) => sum + spec.replicas, 0);
  await kubectl([...inNamespace, 'create', 'quota', 'room', `--hard=pods=${now + 5}`]);
  const [pool] = (await deployments(cluster)).filter(({ metadata }) => metadata.name === 'grading-auto');
  const wanted = (pool?.spec.replicas ?? 0) + 20;
  await kubectl([...inNamespace, 'scale', 'deployment/grading-auto', `--replicas=${wanted}`]);
  const giveUpAt = Date.now() + 60_000;
  for (;;) {
    const events = await kubectl([...inNamespace, 'get', 'events', '--field-selector=reason=FailedCreate', '--output=jsonpath={.items[*].message}']);
    const said = /exceeded quota: room, [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+ [^ ]+/.exec(events)?.[0];
    const all = await deployments(cluster);
    const others = all.filter(({ metadata, spec, status }) => metadata.name !== 'grading-auto' && status.readyReplicas !== spec.replicas);
    if (others.length > 0) throw new Failure(`lost pods to another's growth: ${others.map(({ metadata }) => metadata.name).join(', ')}`);
    const grown = all.find(({ metadata }) => metadata.name === 'grading-auto')?.status.readyReplicas ?? 0;
    if (said !== undefined && grown === wanted - 15) return { said };
    if (Date.now() > giveUpAt) throw new Failure(`a quota of ${now + 5} pods: ${grown} of ${wanted} are there; ${events}`);
    await pause(1000, undefined, { signal });
  }
}
