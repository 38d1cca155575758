import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describeFailure, Failure } from '../../../platform/failure.ts';
import { seconds } from '../../engine/build.ts';
import { readKnownMetrics } from '../../check/checks/known-metrics.ts';
import { askPrometheus, readyJudges, startPrometheus, withJudges } from '../judges.ts';
import { until } from '../node.ts';
import { componentsOf, hasPodsOf, podsOf } from '../pods.ts';
import { RELEASE_NAMESPACE, type NodeImage } from '../release.ts';
import { READY_SECONDS, release, type Stage } from '../stage.ts';
import { furtherBuilds } from './images.ts';
import type { Outcome, Rehearsal } from './rehearsal.ts';
import { inWords, visitors, type Visitors } from './visitors.ts';

/**
 * The API as a canary of Argo Rollouts, judged by a Prometheus that scrapes the pods: a build that fails a part of what it is asked goes back by itself, one
 * that does well is promoted, while people save answers.
 */

const VALUES = fileURLToPath(new URL('canary-values.yaml', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const VISITORS = 4;
/** Longer than all steps of a canary, on a machine with nothing to spare. */
const JUDGED_SECONDS = 1200;
/** So long people are looked at when a canary is gone. */
const CALM_SECONDS = 20;

export const canary: Rehearsal = { name: 'canary', ready: readyJudges, play };

async function play(stage: Stage): Promise<Outcome> {
  const { engine, cluster, image, log } = stage;
  const { failing, next } = await furtherBuilds(stage, ['failing', 'next']);
  return withJudges(engine, cluster, stage, async () => {
    let prometheus: Awaited<ReturnType<typeof startPrometheus>> | undefined;
    try {
      await release(stage, { image, values: [VALUES] });
      await untilHealthy(stage, image);
      prometheus = await startPrometheus(stage);
      const watched = await untilWatched(stage, prometheus.rules);
      log(`Prometheus: ${watched.targets} pods scraped, ${watched.rules} rules evaluated, ${watched.metrics} metrics of ours, all of them known`);
      const people = await visitors(stage, VISITORS, 'anew');
      const bad = await aborted(stage, people, failing);
      const good = await promoted(stage, people, next);
      const { requests } = people.total();
      const answersLost = await people.leave();
      return { requests, requestsFailed: bad.failedByOthers + bad.afterwards.refused + good.refused, answersLost, shown: { watched, bad, good } };
    } finally {
      await prometheus?.stop();
      // What went wrong before is what is told.
      await release(stage, { image, retiring: [next], forced: true }).catch((error: unknown) =>
        log(`not back from the canary: ${describeFailure(error)}`),
      );
    }
  });
}

// The Rollout

type Rollout = {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly abort?: boolean;
    readonly observedGeneration?: string;
    readonly stableRS?: string;
    readonly currentPodHash?: string;
  };
};

async function rolloutOf({ cluster }: Stage): Promise<Rollout> {
  return cluster.ask<Rollout>(`/apis/argoproj.io/v1alpha1/namespaces/${RELEASE_NAMESPACE}/rollouts/api`);
}

/** With all its pods of that build. */
async function untilHealthy(stage: Stage, { buildId }: NodeImage): Promise<void> {
  const isHealthy = async () => {
    const { metadata, status } = await rolloutOf(stage);
    const isSeen = status?.observedGeneration === String(metadata.generation);
    return isSeen && status.phase === 'Healthy' && status.stableRS === status.currentPodHash && (await isAll(stage, buildId));
  };
  const wait = { seconds: JUDGED_SECONDS, signal: stage.signal };
  await until(`the API is healthy with ${buildId}`, isHealthy, wait).catch(async (error: unknown) => {
    throw new Failure(JSON.stringify((await rolloutOf(stage)).status), { cause: error });
  });
}

async function isAll({ cluster }: Stage, buildId: string): Promise<boolean> {
  const pods = await podsOf(cluster, 'api');
  const isOne = pods.map(({ metadata, status }) => {
    const isReady = (status.containerStatuses ?? []).some(({ ready }) => ready);
    return metadata.labels['app.kubernetes.io/version'] === buildId && isReady;
  });
  return isOne.length >= 2 && isOne.every(Boolean);
}

type AnalysisRun = {
  readonly spec: { readonly args?: readonly { readonly name: string; readonly value?: string }[] };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly metricResults?: readonly {
      readonly name: string;
      readonly phase: string;
      readonly measurements?: readonly { readonly phase: string; readonly value?: string }[];
    }[];
  };
};

type Verdict = { readonly phase: string | undefined; readonly message?: string; readonly measured: Readonly<Record<string, readonly string[]>> };

async function verdictOn({ cluster }: Stage, { buildId }: NodeImage): Promise<Verdict> {
  const { items } = await cluster.ask<{ items: readonly AnalysisRun[] }>(`/apis/argoproj.io/v1alpha1/namespaces/${RELEASE_NAMESPACE}/analysisruns`);
  const run = items.find(({ spec }) => spec.args?.some(({ value }) => value === buildId));
  const results = run?.status?.metricResults ?? [];
  return {
    phase: run?.status?.phase,
    ...(run?.status?.message === undefined ? {} : { message: run.status.message }),
    measured: Object.fromEntries(
      results.map(({ name, measurements = [] }) => [name, measurements.map(({ phase, value = '' }) => `${phase} ${value}`)]),
    ),
  };
}

// What happens to a build

type Aborted = {
  readonly seconds: number;
  readonly saved: number;
  /** By the canary, whose fault answers with 500. */
  readonly failedByCanary: number;
  readonly failedByOthers: number;
  readonly message: string | undefined;
  readonly verdict: Verdict;
  readonly afterwards: { readonly saved: number; readonly refused: number };
  /** What an on-call would have been told meanwhile. */
  readonly alerts: readonly string[];
};

async function aborted(stage: Stage, people: Visitors, build: NodeImage): Promise<Aborted> {
  const { image, log, signal } = stage;
  people.seen();
  const startedAt = Date.now();
  await release(stage, { image: build, retiring: [image], values: [VALUES], forced: true });
  const isAborted = async () => (await rolloutOf(stage)).status?.abort === true;
  await until(`${build.buildId} is sent back`, isAborted, { seconds: JUDGED_SECONDS, signal });
  const alerts = await alertsNow(stage);
  // One on its way out answers for a while, and as badly as before.
  const isBack = async () => (await isAll(stage, image.buildId)) && !(await hasPodsOf(stage.cluster, { component: 'api', buildId: build.buildId }));
  await until(`the API is ${image.buildId} again, and nothing else`, isBack, { seconds: READY_SECONDS, signal });
  const took = seconds(startedAt);
  const { saved, refused, refusals } = people.seen();
  await pause(CALM_SECONDS * 1000, undefined, { signal });
  const calm = people.seen();
  const { message } = (await rolloutOf(stage)).status ?? {};
  const verdict = await verdictOn(stage, build);
  if (verdict.phase !== 'Failed') throw new Failure(`${build.buildId} was sent back, and not by what was measured: ${JSON.stringify(verdict)}`);
  const failedByCanary = refusals['500'] ?? 0;
  log(`${build.buildId}: sent back after ${took} s, ${saved} answers saved, ${failedByCanary} failed by it; afterwards ${inWords(calm)}`);
  return {
    seconds: took,
    saved,
    failedByCanary,
    failedByOthers: refused - failedByCanary,
    message,
    verdict,
    afterwards: { saved: calm.saved, refused: calm.refused },
    alerts,
  };
}

type Promoted = { readonly seconds: number; readonly saved: number; readonly refused: number; readonly verdict: Verdict };

async function promoted(stage: Stage, people: Visitors, build: NodeImage): Promise<Promoted> {
  const { image, log } = stage;
  people.seen();
  const startedAt = Date.now();
  await release(stage, { image: build, retiring: [image], values: [VALUES], forced: true });
  await untilHealthy(stage, build);
  const took = seconds(startedAt);
  const seen = people.seen();
  const verdict = await verdictOn(stage, build);
  if (verdict.phase !== 'Successful') throw new Failure(`${build.buildId} was promoted, though ${JSON.stringify(verdict)}`);
  log(`${build.buildId}: promoted after ${took} s, ${inWords(seen)}`);
  return { seconds: took, saved: seen.saved, refused: seen.refused, verdict };
}

// What Prometheus sees

type Watched = { readonly targets: number; readonly rules: number; readonly metrics: number };
type Targets = { readonly activeTargets: readonly { readonly health: string; readonly labels: Readonly<Record<string, string>> }[] };
type Rules = {
  readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[] }[];
};

/** Until each pod is scraped well and each rule of the chart was evaluated. Throws if a pod tells a metric that the checks of rules do not know. */
async function untilWatched(stage: Stage, wanted: number): Promise<Watched> {
  const { cluster, signal } = stage;
  const wait = { seconds: READY_SECONDS, signal };
  const components = new Set([...(await componentsOf(cluster)), 'api']);
  let targets: Targets['activeTargets'] = [];
  let rules: Rules['groups'][number]['rules'] = [];
  const isWatched = async () => {
    ({ activeTargets: targets } = await askPrometheus<Targets>(cluster, 'targets?state=active'));
    rules = (await askPrometheus<Rules>(cluster, 'rules')).groups.flatMap((group) => group.rules);
    const pools = new Set(targets.map(({ labels }) => labels['pool']));
    const isScraped = targets.every(({ health }) => health === 'up') && [...components].every((component) => pools.has(component));
    return isScraped && rules.length === wanted && rules.every(({ health }) => health === 'ok');
  };
  await until('every pod is scraped and every rule evaluated', () => isWatched().catch(() => false), wait).catch((error: unknown) => {
    const unwell = [...targets.filter(({ health }) => health !== 'up'), ...rules.filter(({ health }) => health !== 'ok')];
    throw new Failure(`${targets.length} targets, ${rules.length} of ${wanted} rules: ${JSON.stringify(unwell).slice(0, 4000)}`, { cause: error });
  });
  return { targets: targets.length, rules: rules.length, metrics: await knownMetrics(stage) };
}

async function knownMetrics({ cluster }: Stage): Promise<number> {
  const ours = encodeURIComponent('{job=~"certifiable-.*"}');
  const told = (await askPrometheus<readonly string[]>(cluster, `label/__name__/values?match[]=${ours}`)).filter((name) => !/^scrape_|:/.test(name));
  const known = await readKnownMetrics(ROOT);
  const unknown = told.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Failure(`pods tell what no check knows: ${unknown.join(', ')}`);
  return told.length;
}

type Alerts = { readonly alerts: readonly { readonly state: string; readonly labels: Readonly<Record<string, string>> }[] };

async function alertsNow({ cluster }: Stage): Promise<readonly string[]> {
  const { alerts } = await askPrometheus<Alerts>(cluster, 'alerts');
  return [...new Set(alerts.map(({ state, labels }) => `${labels['alertname']} ${state}`))].toSorted((a, b) => a.localeCompare(b));
}
